// SPDX-License-Identifier: GPL-2.0-or-later
/* File systems and inodes of real guests, held against their own stat. */
#include <sys/stat.h>
#include <sys/sysmacros.h>

#include "guest/inode.h"
#include "guest/superblock.h"
#include "ktap.h"
#include "view.h"
#include "vm.h"

#define SYSTEMS		100
#define INODES		20000

static struct guest_super_block systems[SYSTEMS];
static size_t system_count;
static struct guest_inode *seen;
static size_t seen_count;
static struct guest_doubts doubts;

static int note_system(const struct guest_super_block *sb, void *data)
{
	ASSERT(system_count < SYSTEMS);
	systems[system_count++] = *sb;
	return 0;
}

static int note_inode(const struct guest_inode *inode, void *data)
{
	ASSERT(seen_count < INODES);
	seen[seen_count++] = *inode;
	return 0;
}

static void look(void)
{
	system_count = 0;
	EXPECT_INT(guest_super_blocks(view_guest, note_system, NULL, &doubts), 0);
}

static const struct guest_super_block *find_type(const char *type)
{
	size_t i;

	for (i = 0; i < system_count; i++)
		if (strcmp(systems[i].type, type) == 0)
			return &systems[i];
	ASSERT(!"such a file system");
	return NULL;
}

static const struct guest_inode *find(uint64_t number)
{
	size_t i;

	for (i = 0; i < seen_count; i++)
		if (seen[i].number == number)
			return &seen[i];
	return NULL;
}

static void look_into(const struct guest_super_block *sb)
{
	if (!seen)
		seen = calloc(INODES, sizeof(*seen));
	ASSERT(seen);
	seen_count = 0;
	EXPECT_INT(guest_inodes(view_guest, sb, note_inode, NULL, &doubts), 0);
}

/* Of each mounted device that there is one, with that type. */
TEST(super_blocks)
{
	char *told, *line, *rest, uuid[64];
	const struct guest_super_block *ext4;
	unsigned int magic;
	size_t i, count = 0;

	vm_start(VIEWED);
	told = view_ask("cat /proc/1/mountinfo", NULL);
	view_open();
	look();
	for (line = strtok_r(told, "\r\n", &rest); line; line = strtok_r(NULL, "\r\n", &rest)) {
		const char *end = strstr(line, " - ");
		unsigned int first, second;
		char type[64];

		ASSERT(end && sscanf(line, "%*u %*u %u:%u", &first, &second) == 2 &&
		       sscanf(end, " - %63s", type) == 1);
		for (i = 0; i < system_count; i++)
			if (systems[i].major == first && systems[i].minor == second)
				break;
		if (i == system_count)
			KTAP_SAY("%u:%u (%s) was not seen", first, second, type);
		else
			EXPECT_STR(systems[i].type, type);
		count++;
	}
	EXPECT(count > 4);
	free(told);

	ext4 = find_type("ext4");
	told = view_ask("stat -f -c '%s 0x%t' /mnt", NULL);
	ASSERT(sscanf(told, "%zu %x", &count, &magic) == 2);
	EXPECT_U64(ext4->block_size, count);
	EXPECT_U64(ext4->magic, magic);
	EXPECT_STR(ext4->name, "vda");
	for (i = 0, count = 0; i < sizeof(ext4->uuid); i++)
		count += (size_t)sprintf(uuid + count, "%s%02x",
					 i == 4 || i == 6 || i == 8 || i == 10 ? "-" : "",
					 ext4->uuid[i]);
	EXPECT_STR(uuid, VIEW_UUID);
	free(told);
	printf("# %zu file systems\n", system_count);
	view_close();
}

/* As below; what is mounted somewhere is of another file system. */
static bool compare(const char *line, const struct guest_super_block *sb)
{
	static const char format[] =
		"%u %llu %x %u %u %u %llu %x %x %llu %llu "
		"%*s %*[^.].%llu %*s %*s %*[^.].%llu %*s %511[^\n]";
	unsigned long long number, size, mtime, ctime, mtime_ns, ctime_ns;
	unsigned int device, mode, uid, gid, links, first, second;
	char path[GUEST_PATH_MAX], name[512];
	const struct guest_inode *inode;

	ASSERT(sscanf(line, format, &device, &number, &mode, &uid, &gid, &links, &size, &first,
		      &second, &mtime, &ctime, &mtime_ns, &ctime_ns, name) == 14);
	if (major(device) != sb->major || minor(device) != sb->minor)
		return false;
	inode = find(number);
	if (!inode) {
		KTAP_SAY("%llu (%s) was not seen", number, name);
		return false;
	}
	EXPECT_U64(inode->mode, mode);
	EXPECT_U64(inode->uid, uid);
	EXPECT_U64(inode->gid, gid);
	EXPECT_U64(inode->links, links);
	EXPECT_U64(inode->size, size);
	EXPECT_U64(inode->major, first);
	EXPECT_U64(inode->minor, second);
	EXPECT_INT(inode->modified.seconds, mtime);
	EXPECT_INT(inode->changed.seconds, ctime);
	EXPECT_U64(inode->modified.ns, mtime_ns);
	EXPECT_U64(inode->changed.ns, ctime_ns);
	/* Of a file with two names it may be either. */
	if (links > 1 && !S_ISDIR(mode))
		return true;
	EXPECT_INT(guest_inode_path(view_guest, inode->address, path), 1);
	EXPECT_STR(path, name);
	return true;
}

static size_t compare_all(const char *type, const char *folder)
{
	const struct guest_super_block *sb;
	char command[300], *told, *line, *rest;
	size_t count = 0;

	snprintf(command, sizeof(command),
		 "cd %s; find . -xdev -exec stat -c '%%d %%i %%f %%u %%g %%h %%s %%t %%T %%Y %%Z %%y %%z %%n' {} \\; | sed 's, \\./, /,; s, \\.$, /,'",
		 folder);
	told = view_ask(command, NULL);
	guest_refresh(view_guest);
	look();
	sb = find_type(type);
	look_into(sb);
	for (line = strtok_r(told, "\r\n", &rest); line; line = strtok_r(NULL, "\r\n", &rest))
		count += compare(line, sb);
	free(told);
	printf("# %s: %zu inodes, %zu compared\n", type, seen_count, count);
	return count;
}

TEST(inodes)
{
	vm_start(VIEWED);
	vm_run("/dev/null", "mkdir -p /mnt/in/side && cd /mnt/in && echo hello >side/file && "
			    "chown 12:345 side/file && chmod 4751 side/file && ln side/file other && "
			    "ln -s there link && mkfifo pipe && mknod null c 1 3 && mknod disk b 259 70000 && "
			    "touch -d 1969-12-31 old; mkdir -p /tmp/in; echo 1 >'/tmp/in/a b'");
	view_open();
	EXPECT(compare_all("rootfs", "/") > 100);
	EXPECT(compare_all("ext4", "/mnt") > 8);
	EXPECT_U64(doubts.bad + doubts.cut, 0);
	view_close();
}

static const struct guest_inode *find_path(const char *wanted)
{
	char path[GUEST_PATH_MAX];
	size_t i;

	for (i = 0; i < seen_count; i++)
		if (guest_inode_path(view_guest, seen[i].address, path) == 1 &&
		    strcmp(path, wanted) == 0)
			return &seen[i];
	ASSERT(!"such a path");
	return NULL;
}

static void expect_dirty(const char *path, bool inode, bool pages)
{
	const struct guest_inode *i;

	guest_refresh(view_guest);
	look_into(find_type("ext4"));
	i = find_path(path);
	EXPECT_INT(i->dirty, inode);
	EXPECT_INT(i->dirty_pages, pages);
}

/* Nothing is written back on its own meanwhile, being too young. */
TEST(dirty_inodes)
{
	vm_start(VIEWED);
	vm_run("/dev/null", "echo 360000 >/proc/sys/vm/dirty_expire_centisecs; sync; "
			    "echo hello >/mnt/dirty; sync");
	view_open();
	look();
	expect_dirty("/dirty", false, false);
	vm_run("/dev/null", "echo more >>/mnt/dirty");
	expect_dirty("/dirty", true, true);
	/* Its time of access only, which is older than what was written. */
	vm_run("/dev/null", "sync; cat /mnt/dirty");
	expect_dirty("/dirty", true, false);
	vm_run("/dev/null", "sync");
	expect_dirty("/dirty", false, false);
	view_close();
}
