// SPDX-License-Identifier: GPL-2.0-or-later
/* The page cache of real guests: contents, what is dirty, how much, what is in swap. */
#include <sys/sysmacros.h>

#include "guest/buffer.h"
#include "guest/cache.h"
#include "guest/inode.h"
#include "guest/superblock.h"
#include "ktap.h"
#include "view.h"
#include "vm.h"

/**
 * struct counts - pages of what was walked
 * @present: in memory
 * @dirty: of them not on a disk
 * @large: of them in folios of several
 * @evicted: of which a trace is left
 * @swapped: in swap
 * @entries: how many were told
 */
struct counts {
	uint64_t present;
	uint64_t dirty;
	uint64_t large;
	uint64_t evicted;
	uint64_t swapped;
	uint64_t entries;
};

static struct guest_doubts doubts;
static struct guest_super_block system_of;
static struct guest_inode inode_of;
static uint64_t wanted;
static const char *wanted_path;

static int find_system(const struct guest_super_block *sb, void *data)
{
	if ((uint64_t)sb->major << 20 != (wanted & ~0xfffffull) ||
	    sb->minor != (wanted & 0xfffff))
		return 0;
	system_of = *sb;
	return 1;
}

static int find_inode(const struct guest_inode *inode, void *data)
{
	if (inode->number != wanted)
		return 0;
	inode_of = *inode;
	return 1;
}

/* By what the guest says of its device and its number. */
static void find_file(const char *path)
{
	char command[200], *told;
	unsigned int device;
	uint64_t number;

	snprintf(command, sizeof(command), "stat -c '%%d %%i' %s", path);
	told = view_ask(command, NULL);
	ASSERT(sscanf(told, "%u %" SCNu64, &device, &number) == 2);
	free(told);
	guest_refresh(view_guest);
	/* From a dev_t of glibc to one of the kernel. */
	wanted = (uint64_t)major(device) << 20 | minor(device);
	wanted_path = path;
	ASSERT(guest_super_blocks(view_guest, find_system, NULL, &doubts) == 1);
	wanted = number;
	ASSERT(guest_inodes(view_guest, &system_of, find_inode, NULL, &doubts) == 1);
}

static int count_pages(const struct guest_pages *pages, void *data)
{
	struct counts *c = data;

	c->entries++;
	if (pages->kind == GUEST_PAGES_SWAPPED)
		c->swapped += pages->count;
	if (pages->kind == GUEST_PAGES_EVICTED)
		c->evicted += pages->count;
	if (pages->kind != GUEST_PAGES_PRESENT)
		return 0;
	c->present += pages->count;
	c->dirty += pages->dirty ? pages->count : 0;
	c->large += pages->count > 1 ? pages->count : 0;
	return 0;
}

static struct counts count_file(const char *path)
{
	struct counts c = { 0 };

	find_file(path);
	EXPECT_INT(guest_cache(view_guest, &inode_of, count_pages, &c, &doubts), 0);
	return c;
}

/**
 * struct contents - of a file, as they are in memory
 * @bytes: of it
 * @there: of each page whether it was told
 * @size: of it
 */
struct contents {
	char *bytes;
	char *there;
	size_t size;
};

static int copy_pages(const struct guest_pages *pages, void *data)
{
	struct contents *c = data;
	uint64_t i;

	if (pages->kind != GUEST_PAGES_PRESENT)
		return 0;
	EXPECT(pages->uptodate);
	for (i = 0; i < pages->count && (pages->index + i) * MEM_PAGE < c->size; i++) {
		EXPECT(!c->there[pages->index + i]);
		c->there[pages->index + i] = 1;
		view_physical(pages->address + i * MEM_PAGE,
			      c->bytes + (pages->index + i) * MEM_PAGE, MEM_PAGE);
	}
	return 0;
}

/* All that the guest reads there is what we see, and all of it is seen. */
static void compare_contents(const char *path)
{
	struct contents c = { 0 };
	char command[200], *told;
	size_t i, pages, size;

	snprintf(command, sizeof(command), "cat %s", path);
	told = view_ask(command, &size);
	find_file(path);
	EXPECT_U64(inode_of.size, size);
	pages = (size + MEM_PAGE - 1) / MEM_PAGE;
	c.size = size;
	c.bytes = calloc(pages, MEM_PAGE);
	c.there = calloc(pages, 1);
	ASSERT(c.bytes && c.there);
	EXPECT_INT(guest_cache(view_guest, &inode_of, copy_pages, &c, &doubts), 0);
	for (i = 0; i < pages; i++)
		if (!c.there[i]) {
			KTAP_SAY("page %zu of %s was not seen", i, path);
			break;
		}
	EXPECT(memcmp(c.bytes, told, size) == 0);
	free(c.bytes);
	free(c.there);
	free(told);
}

TEST(contents_and_dirt)
{
	struct counts c;

	vm_start(VIEWED);
	vm_run("/dev/null", "echo 360000 >/proc/sys/vm/dirty_expire_centisecs; sync; "
			    "dd if=/dev/urandom of=/mnt/random bs=4096 count=300; "
			    "echo short >/mnt/short; "
			    "dd if=/dev/urandom of=/mnt/holes bs=4096 seek=1000000 count=2");
	view_open();
	c = count_file("/mnt/random");
	EXPECT_U64(c.present, 300);
	EXPECT_U64(c.dirty, 300);
	EXPECT_U64(inode_of.pages, 300);
	EXPECT_U64(count_file("/mnt/short").dirty, 1);
	c = count_file("/mnt/holes");
	EXPECT_U64(c.dirty, 2);
	compare_contents("/mnt/random");
	compare_contents("/mnt/short");
	vm_run("/dev/null", "sync");
	c = count_file("/mnt/random");
	EXPECT_U64(c.present, 300);
	EXPECT_U64(c.dirty, 0);
	compare_contents("/mnt/random");
	/*
	 * Gone, but for what somebody in the kernel holds just then, and back again by the read in
	 * the comparison, in larger pieces where it can.
	 */
	vm_run("/dev/null", "echo 3 >/proc/sys/vm/drop_caches");
	EXPECT(count_file("/mnt/random").present < 10);
	compare_contents("/mnt/random");
	c = count_file("/mnt/random");
	EXPECT_U64(c.present, 300);
	printf("# read again: %llu entries, %llu pages in large folios\n",
	       (unsigned long long)c.entries, (unsigned long long)c.large);
	compare_contents("/bin/busybox");
	EXPECT_U64(doubts.bad + doubts.cut, 0);
	view_close();
}

TEST(large_folios)
{
	struct counts c;

	vm_start(VIEWED);
	/* 2 MiB at once, and an odd rest. */
	vm_run("/dev/null", "mkdir -p /tmp/huge; "
			    "mount -t tmpfs -o huge=always,size=40M x /tmp/huge; "
			    "dd if=/dev/urandom of=/tmp/huge/file bs=2M count=2; "
			    "dd if=/dev/urandom of=/tmp/huge/file bs=5000 count=1 seek=1000");
	view_open();
	c = count_file("/tmp/huge/file");
	printf("# %llu entries, %llu pages of %llu in large folios\n",
	       (unsigned long long)c.entries, (unsigned long long)c.large,
	       (unsigned long long)c.present);
	EXPECT(c.large >= 512);
	compare_contents("/tmp/huge/file");
	EXPECT_U64(doubts.bad + doubts.cut + doubts.torn, 0);
	vm_run("/dev/null", "umount /tmp/huge");
	view_close();
}

/* --- how much it is in all -------------------------------------------------------------- */

static int count_inode(const struct guest_inode *inode, void *data)
{
	return guest_cache(view_guest, inode, count_pages, data, &doubts);
}

static int count_system(const struct guest_super_block *sb, void *data)
{
	if (strcmp(sb->type, "hugetlbfs") == 0)
		return 0;
	return guest_inodes(view_guest, sb, count_inode, data, &doubts);
}

/* After what each processor has for itself was added up. */
static uint64_t ask_pages(void)
{
	uint64_t pages, swapped = 0;
	char *told = view_ask("cat /proc/sys/vm/stat_refresh; cat /proc/vmstat", NULL);
	const char *at = strstr(told, "nr_file_pages "), *swap = strstr(told, "nr_swapcached ");

	ASSERT(at && sscanf(at, "%*s %" SCNu64, &pages) == 1);
	if (swap)
		sscanf(swap, "%*s %" SCNu64, &swapped);
	free(told);
	return pages - swapped;
}

TEST(all_of_the_page_cache)
{
	uint64_t before, after;
	struct counts c;
	int tries;

	vm_start(VIEWED);
	vm_run("/dev/null", "dd if=/dev/zero of=/mnt/much bs=1M count=20; "
			    "cat /mnt/* >/dev/null; true");
	view_open();
	/* Until there is a moment in which nothing moves. */
	for (tries = 0; tries < 10; tries++) {
		c = (struct counts){ 0 };
		before = ask_pages();
		guest_refresh(view_guest);
		EXPECT_INT(guest_super_blocks(view_guest, count_system, &c, &doubts), 0);
		after = ask_pages();
		if (before == after && c.present == before)
			break;
	}
	printf("# %llu pages seen, %llu and %llu told\n", (unsigned long long)c.present,
	       (unsigned long long)before, (unsigned long long)after);
	EXPECT_U64(c.present, before);
	EXPECT_U64(c.present, after);
	EXPECT(c.present > 5000);
	EXPECT_U64(doubts.bad + doubts.cut, 0);
	view_close();
}

/* --- blocks of the disk ----------------------------------------------------------------- */

#define BLOCKS_MAX	20000

static struct guest_buffer blocks[BLOCKS_MAX];
static size_t block_count;
static size_t not_uptodate;

static int note_block(const struct guest_buffer *buffer, void *data)
{
	ASSERT(block_count < BLOCKS_MAX);
	EXPECT_U64(buffer->size, 1024);
	if (buffer->uptodate)
		blocks[block_count++] = *buffer;
	else
		not_uptodate++;
	return 0;
}

static int note_blocks(const struct guest_pages *pages, void *data)
{
	return pages->kind == GUEST_PAGES_PRESENT ?
	       guest_buffers(view_guest, pages, note_block, NULL, &doubts) : 0;
}

static int find_bdev(const struct guest_super_block *sb, void *data)
{
	if (strcmp(sb->type, "bdev") != 0)
		return 0;
	system_of = *sb;
	return 1;
}

static int find_disk(const struct guest_inode *inode, void *data)
{
	if (inode->major != wanted >> 20 || inode->minor != (wanted & 0xfffff))
		return 0;
	inode_of = *inode;
	return 1;
}

/* What is in memory of the disk is what the guest reads of it. */
TEST(blocks_of_the_disk)
{
	unsigned int first, second;
	size_t i, dirty = 0, size, differ = 0;
	char *told, *copies;

	vm_start(VIEWED);
	vm_run("/dev/null", "echo 360000 >/proc/sys/vm/dirty_expire_centisecs; sync; "
			    "echo 3 >/proc/sys/vm/drop_caches; mkdir /mnt/new; "
			    "echo 1 >/mnt/new/file; sync; mkdir /mnt/newer");
	view_open();
	told = view_ask("cat /sys/block/vda/dev", NULL);
	ASSERT(sscanf(told, "%u:%u", &first, &second) == 2);
	free(told);
	wanted = (uint64_t)first << 20 | second;
	ASSERT(guest_super_blocks(view_guest, find_bdev, NULL, &doubts) == 1);
	ASSERT(guest_inodes(view_guest, &system_of, find_disk, NULL, &doubts) == 1);
	EXPECT_INT(guest_cache(view_guest, &inode_of, note_blocks, NULL, &doubts), 0);
	copies = malloc(1024 * (block_count + 1));
	ASSERT(copies);
	for (i = 0; i < block_count; i++) {
		view_physical(blocks[i].address, copies + 1024 * i, 1024);
		dirty += blocks[i].dirty;
		EXPECT_U64(blocks[i].offset, blocks[i].block * 1024);
	}
	told = view_ask("dd if=/dev/vda bs=1M count=24 2>/dev/null", &size);
	for (i = 0; i < block_count; i++)
		if (blocks[i].offset + 1024 <= size)
			differ += memcmp(told + blocks[i].offset, copies + 1024 * i, 1024) != 0;
	printf("# %zu blocks, %zu dirty, %zu not uptodate beside them\n", block_count, dirty,
	       not_uptodate);
	EXPECT_U64(differ, 0);
	EXPECT(block_count > 4);
	EXPECT_U64(doubts.bad + doubts.cut + doubts.torn, 0);
	free(copies);
	free(told);
	view_close();
}

/* --- swap ------------------------------------------------------------------------------- */

TEST(swapped_tmpfs)
{
	struct counts c;
	char *told;
	uint64_t swapped, shmem, in_both;

	vm_start(VIEWED);
	vm_run("/dev/null", "dd if=/dev/zero of=/mnt/swap bs=1M count=40 && mkswap /mnt/swap && "
			    "swapon /mnt/swap; mkdir -p /tmp/cg /tmp/sw; "
			    "mount -t cgroup2 cg /tmp/cg; mount -t tmpfs -o size=20M x /tmp/sw; "
			    "echo +memory >/tmp/cg/cgroup.subtree_control; mkdir -p /tmp/cg/swapped; "
			    "(echo 0 >/tmp/cg/swapped/cgroup.procs; dd if=/dev/urandom of=/tmp/sw/file bs=4096 count=3000); "
			    "echo 6M >/tmp/cg/swapped/memory.reclaim; true");
	view_open();
	c = count_file("/tmp/sw/file");
	told = view_ask("cd /tmp/cg/swapped; cat memory.swap.current memory.stat", NULL);
	swapped = strtoull(told, NULL, 10) / MEM_PAGE;
	ASSERT(strstr(told, "\nshmem ") && strstr(told, "\nswapcached "));
	shmem = strtoull(strstr(told, "\nshmem ") + 7, NULL, 10) / MEM_PAGE;
	in_both = strtoull(strstr(told, "\nswapcached ") + 12, NULL, 10) / MEM_PAGE;
	free(told);
	printf("# %llu pages in memory, %llu in swap; told %llu, %llu (%llu of it in both)\n",
	       (unsigned long long)c.present, (unsigned long long)c.swapped,
	       (unsigned long long)shmem, (unsigned long long)swapped,
	       (unsigned long long)in_both);
	EXPECT_U64(c.present + c.swapped, 3000);
	EXPECT(c.swapped > 500);
	EXPECT_U64(c.swapped, swapped);
	EXPECT_U64(c.evicted, 0);
	/* Read by the guest it is all there again. */
	compare_contents("/tmp/sw/file");
	EXPECT_U64(count_file("/tmp/sw/file").swapped, 0);
	vm_run("/dev/null", "umount /tmp/sw; swapoff /mnt/swap");
	view_close();
}
