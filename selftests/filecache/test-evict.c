// SPDX-License-Identifier: GPL-2.0-or-later
/* Eviction: the owner's clean pages go, everything else stays. */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <sys/wait.h>

#include "box.h"
#include "ktap.h"

#define FILE_A "/var/tmp/filecache-a"
#define FILE_B "/var/tmp/filecache-b"

static struct client client;

static void read_a(int n)
{
	read_file(FILE_A);
}

static void read_b(int n)
{
	read_file(FILE_B);
}

TEST(only_the_owners_pages_go)
{
	struct attrs e, one, other;
	struct box a, b;
	uint64_t before;

	need_module(&client);
	make_file(FILE_A, 20 * MB);
	make_file(FILE_B, 10 * MB);
	box_start(&a, "evict-a", read_a);
	box_start(&b, "evict-b", read_b);
	box_step(&a);
	box_step(&b);
	ASSERT(client_pid(&client, a.process.pid, &one) == 0);
	ASSERT(client_pid(&client, b.process.pid, &other) == 0);
	before = attrs_pages(&one);
	EXPECT(before >= 20 * MB / PAGE);
	box_end(&a);

	ASSERT(client_evict(&client, FILECACHE_A_EVICT_ID, one.v[FILECACHE_A_OWNER_ID], &e) == 0);
	EXPECT(e.v[FILECACHE_A_EVICT_EVICTED] >= 20 * MB / PAGE);
	/* Block-device pages may be in use by the file system; files' are not. */
	EXPECT(e.v[FILECACHE_A_EVICT_KEPT] < 100);
	EXPECT_U64(e.v[FILECACHE_A_EVICT_EVICTED] + e.v[FILECACHE_A_EVICT_KEPT], before);
	if (client_owner(&client, one.v[FILECACHE_A_OWNER_ID], &one) == 0) {
		EXPECT_U64(one.v[FILECACHE_A_OWNER_FILE_PAGES], 0);
		EXPECT_U64(attrs_pages(&one), e.v[FILECACHE_A_EVICT_KEPT]);
	}
	/* The kernel agrees that they are gone, and that the others are not. */
	EXPECT(box_agrees(&client, &a, 0));
	EXPECT(until(box_stat(&a, "file") < 100));
	EXPECT(box_agrees(&client, &b, 10 * MB / PAGE));
	ASSERT(client_pid(&client, b.process.pid, &one) == 0);
	EXPECT_U64(attrs_pages(&one), attrs_pages(&other));
	EXPECT(identity_holds(&client));
	box_end(&b);
	box_remove(&a);
	box_remove(&b);
}

static void read_half(size_t from)
{
	static char block[64 * 1024];
	int fd = open(FILE_A, O_RDONLY);
	size_t i;

	/* No readahead, which would bring in pages of the other half. */
	posix_fadvise(fd, 0, 0, POSIX_FADV_RANDOM);
	for (i = 0; i < 8 * MB; i += sizeof(block))
		if (pread(fd, block, sizeof(block), from + i) != sizeof(block))
			_exit(1);
	close(fd);
}

static void read_first_half(int n)
{
	read_half(0);
}

static void read_second_half(int n)
{
	read_half(8 * MB);
}

TEST(the_others_half_of_a_file_stays)
{
	struct attrs e, other;
	struct box a, b;
	uint64_t before;

	need_module(&client);
	make_file(FILE_A, 16 * MB);
	box_start(&a, "half-a", read_first_half);
	box_start(&b, "half-b", read_second_half);
	box_step(&a);
	box_step(&b);
	ASSERT(client_pid(&client, b.process.pid, &other) == 0);
	before = attrs_pages(&other);
	EXPECT(before >= 8 * MB / PAGE);
	ASSERT(client_evict(&client, FILECACHE_A_EVICT_PID, a.process.pid, &e) == 0);
	EXPECT(e.v[FILECACHE_A_EVICT_EVICTED] >= 8 * MB / PAGE);
	ASSERT(client_pid(&client, b.process.pid, &other) == 0);
	EXPECT_U64(attrs_pages(&other), before);
	EXPECT(box_agrees(&client, &b, 8 * MB / PAGE));
	EXPECT(box_agrees(&client, &a, 0));
	box_end(&a);
	box_end(&b);
	box_remove(&a);
	box_remove(&b);
}

static void write_dirty_and_map(int n)
{
	static char block[64 * 1024];
	const char *map;
	size_t i;
	int fd;

	if (n == 0) {
		/* Clean, mapped: 4 MB. */
		fd = open(FILE_B, O_RDONLY);
		map = mmap(NULL, 4 * MB, PROT_READ, MAP_SHARED, fd, 0);
		if (map == MAP_FAILED)
			_exit(1);
		touch_pages(map, 4 * MB);
		return;
	}
	fd = open(FILE_A, O_RDWR | O_CREAT | O_TRUNC, 0644);
	for (i = 0; i < 6 * MB; i += sizeof(block))
		if (write(fd, block, sizeof(block)) < 0)
			_exit(1);
	close(fd);
}

/*
 * Dirty pages stay dirty until they are synced.  The thresholds are not enough:
 * a cgroup that has never written has no share in them, so that its first dirty
 * page is over it and all is written back at once; unless its disk is promised
 * a share.
 */
static bool hold_writeback(bool hold)
{
	char path[64];
	struct stat st;

	if (stat(FILE_B, &st))
		return false;
	snprintf(path, sizeof(path), "/sys/class/bdi/%u:%u/min_ratio",
		 major(st.st_dev), minor(st.st_dev));
	return !write_text("/proc/sys/vm/dirty_writeback_centisecs", hold ? "0" : "500") &&
	       !write_text("/proc/sys/vm/dirty_ratio", hold ? "95" : "20") &&
	       !write_text("/proc/sys/vm/dirty_background_ratio", hold ? "90" : "10") &&
	       !write_text(path, hold ? "90" : "0");
}

TEST(dirty_and_mapped_pages_stay)
{
	const uint64_t mapped = 4 * MB / PAGE, dirty = 6 * MB / PAGE;
	struct attrs e, owner;
	struct box box;
	uint64_t kept;

	need_module(&client);
	make_file(FILE_B, 4 * MB);
	unlink(FILE_A);
	empty_caches();
	box_start(&box, "evict-dirty", write_dirty_and_map);
	ASSERT(hold_writeback(true));
	box_step(&box);
	box_step(&box);
	ASSERT(client_evict(&client, FILECACHE_A_EVICT_PID, box.process.pid, &e) == 0);
	kept = e.v[FILECACHE_A_EVICT_KEPT];
	ASSERT(client_pid(&client, box.process.pid, &owner) == 0);
	EXPECT_U64(owner.v[FILECACHE_A_OWNER_FILE_PAGES], mapped + dirty);
	EXPECT_U64(attrs_pages(&owner), kept);
	/* The kernel calls the same ones mapped and dirty. */
	EXPECT(until(box_stat(&box, "file_mapped") >= mapped));
	EXPECT(until(box_stat(&box, "file_dirty") >= dirty));
	EXPECT(box_agrees(&client, &box, mapped + dirty));
	/* Written and unmapped, they go. */
	ASSERT(hold_writeback(false));
	sync();
	box_end(&box);
	ASSERT(client_pid(&client, box.process.pid, &e) == 0);
	ASSERT(client_evict(&client, FILECACHE_A_EVICT_ID, e.v[FILECACHE_A_OWNER_ID], &e) == 0);
	EXPECT(e.v[FILECACHE_A_EVICT_EVICTED] >= mapped + dirty);
	EXPECT_U64(box_sums(&client, &box).file, 0);
	box_remove(&box);
}

/* The contents of what was evicted are what they were. */
TEST(contents_survive)
{
	char *before = malloc(MB), *after = malloc(MB);
	struct attrs e;
	int fd, i;

	need_module(&client);
	make_file(FILE_A, MB);
	fd = open(FILE_A, O_RDWR);
	for (i = 0; i < (int)MB; i++)
		before[i] = i * 7 + i / 251;
	ASSERT(pwrite(fd, before, MB, 0) == (ssize_t)MB);
	/* Dirty: must not be lost by a first eviction, nor by a second one. */
	ASSERT(client_evict(&client, FILECACHE_A_EVICT_PID, getpid(), &e) == 0);
	fsync(fd);
	ASSERT(client_evict(&client, FILECACHE_A_EVICT_PID, getpid(), &e) == 0);
	EXPECT(e.v[FILECACHE_A_EVICT_EVICTED] >= MB / PAGE);
	ASSERT(pread(fd, after, MB, 0) == (ssize_t)MB);
	EXPECT(!memcmp(before, after, MB));
	close(fd);
}

TEST(nothing_to_evict)
{
	struct attrs e;
	pid_t pid;

	need_module(&client);
	EXPECT_INT(client_evict(&client, FILECACHE_A_EVICT_ID, 1ULL << 60, &e), -ENOENT);
	EXPECT_HAS(client.error, "no such owner");
	EXPECT_INT(client_evict(&client, FILECACHE_A_EVICT_PID, 4000000, &e), -ESRCH);
	fflush(stdout);
	pid = fork();
	if (pid == 0)
		for (;;)
			pause();
	EXPECT_INT(client_evict(&client, FILECACHE_A_EVICT_PID, pid, &e), 0);
	EXPECT_U64(e.v[FILECACHE_A_EVICT_EVICTED], 0);
	EXPECT_U64(e.v[FILECACHE_A_EVICT_KEPT], 0);
	kill(pid, SIGKILL);
	waitpid(pid, NULL, 0);
}

TEST(what_was_there_before_the_module)
{
	struct attrs e, s;

	need_module(&client);
	ASSERT(client_stats(&client, &s) == 0);
	if (!s.v[FILECACHE_A_STATS_UNKNOWN_FILE])
		SKIP("nothing is unknown");
	/* The unknown owner's id is 1. */
	ASSERT(client_evict(&client, FILECACHE_A_EVICT_ID, 1, &e) == 0);
	ASSERT(client_stats(&client, &s) == 0);
	EXPECT_U64(s.v[FILECACHE_A_STATS_UNKNOWN_FILE] +
		   s.v[FILECACHE_A_STATS_UNKNOWN_BLOCKDEV], e.v[FILECACHE_A_EVICT_KEPT]);
	EXPECT(identity_holds(&client));
}

KTAP_MAIN()
