// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Memory that moves, comes and goes under the page cache: compaction, collapse
 * into huge pages, processors and memory taken offline.  Oracles are the memory
 * cgroup's memory.stat and /proc/meminfo.
 */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/syscall.h>

#include "box.h"
#include "disk.h"
#include "fuse.h"
#include "huge.h"
#include "ktap.h"

#define FILE_A "/var/tmp/filecache-a"
#define FILE_B "/var/tmp/filecache-b"
#define SERVED "/mnt/filecache-fuse"

static struct client client;

/* Reads with holes punched into memory between, so that there is what to move. */
static void fragmented_read(int n)
{
	const size_t size = 60 * MB;
	char *hog = mmap(NULL, 2 * size, PROT_READ | PROT_WRITE,
			 MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	char block[PAGE];
	size_t i;
	int fd = open(FILE_A, O_RDONLY);

	madvise(hog, 2 * size, MADV_NOHUGEPAGE);
	for (i = 0; i < size; i += PAGE) {
		hog[2 * i] = 1;
		if (read(fd, block, PAGE) != PAGE)
			_exit(1);
		hog[2 * i + PAGE] = 1;
	}
	/* Every other page of the hog goes; the file's stay in between. */
	munmap(hog, 2 * size);
	close(fd);
}

TEST(compaction_moves_pages)
{
	uint64_t before;
	struct box box;
	struct sums s;
	int i;

	need_module(&client);
	make_file(FILE_A, 60 * MB);
	before = anomalies(&client);
	box_start(&box, "compact", fragmented_read);
	box_step(&box);
	EXPECT(box_agrees(&client, &box, 60 * MB / PAGE));
	for (i = 0; i < 20 && (s = box_sums(&client, &box)).moved < 1000; i++)
		write_text("/proc/sys/vm/compact_memory", "1");
	/* Otherwise this test proves nothing. */
	EXPECT(s.moved > 0);
	EXPECT(box_agrees(&client, &box, 60 * MB / PAGE));
	EXPECT_U64(box_sums(&client, &box).file, 60 * MB / PAGE);
	/* Had a tag stayed behind, its page's removal would be missed now. */
	EXPECT(box_drops_away(&client, &box));
	EXPECT_U64(anomalies(&client), before);
	box_end(&box);
	box_remove(&box);
}

#define HUGE_FILE "/mnt/filecache-huge/file"

/* Step 0 reads half of it, step 1 makes huge pages of all, step 2 cuts it short. */
static void collapse_file(int n)
{
	const size_t bytes = 8 * MB;
	int fd = open(HUGE_FILE, O_RDONLY);
	char *map;

	if (n == 2) {
		if (truncate(HUGE_FILE, 3 * MB + 100))
			_exit(1);
		return;
	}
	map = huge_map(fd, bytes);
	if (n == 0)
		touch_pages(map, bytes / 2);
	else
		huge_collapse(map, bytes);
	/* A kernel that cannot do it for files must have left all as it was. */
	touch_pages(map, bytes);
	munmap(map, bytes);
	close(fd);
}

/* Regular files, where the kernel can. */
TEST(collapse_of_files)
{
	const uint64_t whole = 8 * MB / PAGE;
	uint64_t before, huge;
	struct attrs s;
	const char *why;
	struct box box;

	need_module(&client);
	before = anomalies(&client);
	ASSERT(client_stats(&client, &s) == 0);
	if (s.v[FILECACHE_A_STATS_BLIND] & FILECACHE_BLIND_COLLAPSE)
		SKIP("this kernel does not show it, which stats say");
	why = disk_mount("ext4", "/mnt/filecache-huge");
	if (why)
		SKIP(why);
	make_file(HUGE_FILE, 8 * MB);
	box_start(&box, "collapse", collapse_file);
	box_step(&box);
	EXPECT(box_agrees(&client, &box, whole));
	box_step(&box);
	EXPECT(box_agrees(&client, &box, whole));
	EXPECT(box_has_file(&client, &box, whole));
	huge = box_stat(&box, "file_thp");
	box_step(&box);
	EXPECT(box_agrees(&client, &box, 3 * MB / PAGE));
	EXPECT(box_has_file(&client, &box, 3 * MB / PAGE + 1));
	box_end(&box);
	EXPECT(disk_umount("/mnt/filecache-huge"));
	EXPECT(until(box_sums(&client, &box).pages == 0));
	EXPECT_U64(anomalies(&client), before);
	EXPECT(identity_holds(&client));
	box_remove(&box);
	if (!huge && !ktap_failed)
		SKIP("this kernel makes no huge pages of files; what it tried is exact");
	EXPECT(huge > 0);
}

static char *mapped;

/* Step 1 moves all that is mapped to the other node, step 2 back. */
static void map_and_migrate(int n)
{
	const unsigned long node[] = { 1, 2 };
	int fd;

	if (n == 0) {
		fd = open(FILE_A, O_RDONLY);
		mapped = mmap(NULL, 12 * MB, PROT_READ, MAP_SHARED, fd, 0);
		if (mapped == MAP_FAILED)
			_exit(1);
		touch_pages(mapped, 12 * MB);
		close(fd);
		return;
	}
	if (syscall(SYS_migrate_pages, 0, 8 * sizeof(long), &node[n - 1], &node[2 - n]) < 0)
		_exit(1);
}

TEST(migration_between_nodes)
{
	struct sums s, there;
	uint64_t before;
	struct box box;

	need_module(&client);
	if (access("/sys/devices/system/node/node1", F_OK))
		SKIP("one memory node");
	make_file(FILE_A, 12 * MB);
	before = anomalies(&client);
	box_start(&box, "nodes", map_and_migrate);
	box_step(&box);
	EXPECT(box_agrees(&client, &box, 12 * MB / PAGE));
	box_step(&box);
	there = box_sums(&client, &box);
	EXPECT(box_agrees(&client, &box, 12 * MB / PAGE));
	box_step(&box);
	EXPECT(box_agrees(&client, &box, 12 * MB / PAGE));
	s = box_sums(&client, &box);
	EXPECT_U64(s.file, 12 * MB / PAGE);
	/* All of them were on the one or the other; the way back moves all. */
	EXPECT(s.moved - there.moved >= 12 * MB / PAGE);
	box_end(&box);
	EXPECT(box_drops_away(&client, &box));
	EXPECT_U64(anomalies(&client), before);
	box_remove(&box);
}

static void read_on_cpu_1(int n)
{
	stay_on_cpu(1);
	read_file(FILE_A);
}

/* What a CPU has counted is not lost when it goes. */
TEST(a_processor_goes)
{
	static const char cpu[] = "/sys/devices/system/cpu/cpu1/online";
	struct box box;
	struct sums s;

	need_module(&client);
	if (access(cpu, W_OK))
		SKIP("no second processor, or it cannot be taken offline");
	make_file(FILE_A, 8 * MB);
	box_start(&box, "cpu", read_on_cpu_1);
	box_step(&box);
	EXPECT(write_text(cpu, "0") == 0);
	EXPECT(box_agrees(&client, &box, 8 * MB / PAGE));
	box_end(&box);
	/* Freeing them empties the slots of the one that is not there, too. */
	EXPECT(until((empty_caches(), s = box_sums(&client, &box), s.owners == 0)));
	EXPECT(write_text(cpu, "1") == 0);
	EXPECT(identity_holds(&client));
	box_remove(&box);
}

static void wake_up(int signal)
{
}

/* The kernel tries for ever to free a section with a page in use: another one, then. */
static int offline(const char *state)
{
	const struct sigaction wake = { .sa_handler = wake_up };
	struct sigaction hangs;
	int err;

	sigaction(SIGALRM, &wake, &hangs);
	alarm(5);
	err = write_text(state, "offline");
	sigaction(SIGALRM, &hangs, NULL);
	alarm(KTAP_HANGS_S);
	return err;
}

/* A section's tags go with its memory and come back with it. */
TEST(memory_goes_and_comes)
{
	struct attrs before, without, after;
	char path[96], online[96] = "";
	uint64_t odd;
	int i;

	need_module(&client);
	odd = anomalies(&client);
	make_file(FILE_A, 40 * MB);
	read_file(FILE_A);
	ASSERT(client_stats(&client, &before) == 0);
	for (i = 63; i > 0 && !online[0]; i--) {
		snprintf(path, sizeof(path),
			 "/sys/devices/system/memory/memory%d/state", i);
		if (!access(path, F_OK) && !offline(path))
			strcpy(online, path);
	}
	if (!online[0])
		SKIP("no memory can be taken offline here");
	ASSERT(client_stats(&client, &without) == 0);
	EXPECT(without.v[FILECACHE_A_STATS_TAG_BYTES] < before.v[FILECACHE_A_STATS_TAG_BYTES]);
	EXPECT(identity_holds(&client));
	EXPECT(write_text(online, "online") == 0);
	ASSERT(client_stats(&client, &after) == 0);
	EXPECT_U64(after.v[FILECACHE_A_STATS_TAG_BYTES],
		   before.v[FILECACHE_A_STATS_TAG_BYTES]);
	/* Fill it again. */
	make_file(FILE_B, 200 * MB);
	read_file(FILE_B);
	EXPECT(identity_holds(&client));
	empty_caches();
	EXPECT(identity_holds(&client));
	EXPECT_U64(anomalies(&client), odd);
	unlink(FILE_B);
}

static void read_b(int n)
{
	read_file(FILE_B);
}

static int64_t memory_total(void)
{
	return read_number("/proc/meminfo", "MemTotal:");
}

/* Memory that was not there at boot has tags before it is used. */
TEST(memory_is_plugged_in_and_out)
{
	static const char control[] = "/run/lab-control";
	struct attrs before, after;
	int64_t total;
	uint64_t odd;
	struct box box;

	need_module(&client);
	if (access(control, W_OK))
		SKIP("nobody plugs memory in here");
	/* What cannot be moved would keep it from being unplugged. */
	ASSERT(write_text("/sys/devices/system/memory/auto_online_blocks",
			  "online_movable") == 0);
	odd = anomalies(&client);
	total = memory_total();
	ASSERT(client_stats(&client, &before) == 0);
	ASSERT(write_text(control, "plug 128\n") == 0);
	ASSERT(until(memory_total() >= total + 120 * 1024));
	ASSERT(client_stats(&client, &after) == 0);
	/* A tag of four bytes for each page, and where they are to be found. */
	EXPECT(after.v[FILECACHE_A_STATS_TAG_BYTES] >=
	       before.v[FILECACHE_A_STATS_TAG_BYTES] + 128 * MB / PAGE * 4);
	make_file(FILE_B, 300 * MB);
	box_start(&box, "plugged", read_b);
	box_step(&box);
	EXPECT(box_agrees(&client, &box, 300 * MB / PAGE));
	/* Its pages move elsewhere, with their tags. */
	ASSERT(write_text(control, "unplug last\n") == 0);
	EXPECT(until(memory_total() <= total));
	EXPECT(box_agrees(&client, &box, 1));
	EXPECT(until(client_stats(&client, &after) == 0 &&
		     after.v[FILECACHE_A_STATS_TAG_BYTES] <
		     before.v[FILECACHE_A_STATS_TAG_BYTES] + 128 * MB / PAGE * 4));
	box_end(&box);
	EXPECT(box_drops_away(&client, &box));
	EXPECT(identity_holds(&client));
	ASSERT(client_stats(&client, &after) == 0);
	EXPECT_U64(after.v[FILECACHE_A_STATS_UNTAGGABLE], 0);
	EXPECT_U64(anomalies(&client), odd);
	box_remove(&box);
	unlink(FILE_B);
}

static void read_served_near(int n)
{
	/* On the node that memory is plugged into. */
	stay_on_cpu(0);
	read_file(SERVED "/" FUSE_FILE);
}

static uint64_t pages_of(uint64_t owner)
{
	struct attrs a;

	return client_owner(&client, owner, &a) ? 0 : attrs_pages(&a);
}

/* Tags that pages have left behind go with their memory. */
TEST(memory_goes_with_what_was_left_behind)
{
	static const char control[] = "/run/lab-control";
	uint64_t owner, before;
	const char *why;
	struct attrs a;
	struct box box;
	int64_t total;
	pid_t server;

	need_module(&client);
	if (access(control, W_OK))
		SKIP("nobody plugs memory in here");
	if (sources(&client) & FILECACHE_SOURCE_REPLACE)
		SKIP("this kernel leaves none behind");
	why = fuse_start(SERVED, 48 * MB, true, &server);
	if (why)
		SKIP(why);
	ASSERT(write_text("/sys/devices/system/memory/auto_online_blocks",
			  "online_movable") == 0);
	total = memory_total();
	ASSERT(write_text(control, "plug 128\n") == 0);
	ASSERT(until(memory_total() >= total + 120 * 1024));
	box_start(&box, "left-behind", read_served_near);
	box_step(&box);
	ASSERT(client_pid(&client, box.process.pid, &a) == 0);
	owner = a.v[FILECACHE_A_OWNER_ID];
	box_end(&box);
	EXPECT(fuse_stop(SERVED, server));
	empty_caches();
	before = pages_of(owner);
	ASSERT(write_text(control, "unplug last\n") == 0);
	EXPECT(until(memory_total() <= total));
	/* Nearly all of it was there, if it was not used again at once. */
	if (before > 1000)
		EXPECT(until(pages_of(owner) < before / 10));
	box_remove(&box);
	/* What was elsewhere would be in the way of other tests. */
	module_renew(&client);
	EXPECT(identity_holds(&client));
	if (before <= 1000 && !ktap_failed)
		SKIP("this kernel uses the memory again at once; what is left is exact");
}

/* Neither is in Cached less Shmem, and both use the same tracepoints. */
static void shmem_and_huge_pages(int n)
{
	int fd = memfd_create("shmem", 0);
	int huge = memfd_create("huge", MFD_HUGETLB);
	char *map;

	if (n == 1) {
		/* Those of step 0, which are still open. */
		close(fd - 2);
		close(huge - 2);
		return;
	}
	map = mmap(NULL, 8 * MB, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	if (ftruncate(fd, 8 * MB) || map == MAP_FAILED)
		_exit(1);
	memset(map, 1, 8 * MB);
	munmap(map, 8 * MB);
	if (ftruncate(fd, 2 * MB))
		_exit(1);
	map = mmap(NULL, 4 * MB, PROT_READ | PROT_WRITE, MAP_SHARED, huge, 0);
	if (ftruncate(huge, 4 * MB) || map == MAP_FAILED)
		_exit(1);
	memset(map, 1, 4 * MB);
	munmap(map, 4 * MB);
}

/* On every kernel: hugetlb is never counted, shmem only where it is shown. */
TEST(hugetlb_and_shmem_that_is_not_shown)
{
	uint64_t odd, shown;
	struct box box;
	struct sums s;

	need_module(&client);
	if (write_text("/proc/sys/vm/nr_hugepages", "4") ||
	    read_number("/proc/meminfo", "HugePages_Free:") < 4)
		SKIP("no huge pages");
	shown = sources(&client) & FILECACHE_SOURCE_SHMEM ? 2 * MB / PAGE : 0;
	odd = anomalies(&client);
	box_start(&box, "shmem", shmem_and_huge_pages);
	box_step(&box);
	EXPECT(box_agrees(&client, &box, 0));
	s = box_sums(&client, &box);
	EXPECT_U64(s.shmem, shown);
	EXPECT_U64(s.file, 0);
	EXPECT(identity_holds(&client));
	box_end(&box);
	EXPECT(identity_holds(&client));
	EXPECT_U64(anomalies(&client), odd);
	write_text("/proc/sys/vm/nr_hugepages", "0");
	box_remove(&box);
}

KTAP_MAIN()
