// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Writing, cutting and removing, and what is left when caches are dropped or a
 * limit is met.  The oracle is the memory cgroup's memory.stat, to the page.
 */
#include <errno.h>
#include <fcntl.h>
#include <sys/mman.h>

#include "box.h"
#include "ktap.h"

#define FILE_A "/var/tmp/filecache-a"
#define FILE_B "/var/tmp/filecache-b"

static struct client client;

static void read_a(int n)
{
	read_file(FILE_A);
}

/* Write, cut short, remove. */
static void write_truncate_unlink(int n)
{
	switch (n) {
	case 0:
		write_file(FILE_B, 20 * MB);
		/* A large folio that is dirty is not split, but kept beyond the cut. */
		sync();
		break;
	case 1:
		/* In the middle of a page, which stays. */
		if (truncate(FILE_B, 5 * MB + 100))
			_exit(1);
		break;
	case 2:
		unlink(FILE_B);
		break;
	}
}

TEST(write_truncate_unlink)
{
	struct sums before, after;
	struct box box;

	need_module(&client);
	empty_caches();
	box_start(&box, "write", write_truncate_unlink);
	box_step(&box);
	EXPECT(box_agrees(&client, &box, 20 * MB / PAGE));
	before = box_sums(&client, &box);
	EXPECT(box_has_file(&client, &box, 20 * MB / PAGE));
	box_step(&box);
	EXPECT(box_agrees(&client, &box, 5 * MB / PAGE));
	after = box_sums(&client, &box);
	EXPECT(box_has_file(&client, &box, 5 * MB / PAGE + 1));
	EXPECT(after.removed - before.removed >= 15 * MB / PAGE - 1);
	box_step(&box);
	EXPECT(box_agrees(&client, &box, 0));
	EXPECT(box_has_file(&client, &box, 0));
	box_end(&box);
	box_remove(&box);
}

/* Holes in the middle, one of them not even whole pages. */
static void write_and_punch(int n)
{
	static const struct { off_t at, bytes; } hole[] = {
		{ 1 * MB, 2 * MB }, { 5 * MB + 100, 1 * MB }, { 7 * MB, 1 * MB },
	};
	unsigned int i;
	int fd;

	if (n == 0) {
		write_file(FILE_B, 8 * MB);
		sync();
		return;
	}
	fd = open(FILE_B, O_RDWR);
	for (i = 0; i < sizeof(hole) / sizeof(*hole); i++)
		if (fallocate(fd, FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE,
			      hole[i].at, hole[i].bytes))
			_exit(1);
	close(fd);
}

TEST(punched_holes)
{
	struct box box;

	need_module(&client);
	empty_caches();
	box_start(&box, "punch", write_and_punch);
	box_step(&box);
	EXPECT(box_agrees(&client, &box, 8 * MB / PAGE));
	box_step(&box);
	EXPECT(box_agrees(&client, &box, 4 * MB / PAGE));
	/* The hole that is not aligned leaves its first and last page. */
	EXPECT(box_has_file(&client, &box, 4 * MB / PAGE + 1));
	box_end(&box);
	unlink(FILE_B);
	EXPECT(box_agrees(&client, &box, 0));
	EXPECT(box_has_file(&client, &box, 0));
	box_remove(&box);
}

/* Through a mapping: of an old file's pages, and of a hole's. */
static void mapped_writes(int n)
{
	int fd = open(n ? FILE_B : FILE_A, O_RDWR | O_CREAT, 0644);
	char *map;
	size_t i;

	if (n && ftruncate(fd, 10 * MB))
		_exit(1);
	map = mmap(NULL, 10 * MB, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	if (map == MAP_FAILED)
		_exit(1);
	for (i = 0; i < 10 * MB; i += PAGE)
		map[i] = 1;
	if (n && msync(map, 5 * MB, MS_SYNC))
		_exit(1);
	munmap(map, 10 * MB);
	close(fd);
}

TEST(mapped_writes)
{
	struct box box;

	need_module(&client);
	make_file(FILE_A, 10 * MB);
	unlink(FILE_B);
	box_start(&box, "mapped-write", mapped_writes);
	box_step(&box);
	EXPECT(box_agrees(&client, &box, 10 * MB / PAGE));
	EXPECT(box_has_file(&client, &box, 10 * MB / PAGE));
	box_step(&box);
	EXPECT(box_agrees(&client, &box, 20 * MB / PAGE));
	EXPECT(box_has_file(&client, &box, 20 * MB / PAGE));
	box_end(&box);
	unlink(FILE_B);
	EXPECT(box_agrees(&client, &box, 10 * MB / PAGE));
	EXPECT(box_drops_away(&client, &box));
	box_remove(&box);
}

TEST(dropped_caches_leave_nothing)
{
	struct box box;
	struct sums s;

	need_module(&client);
	make_file(FILE_A, 20 * MB);
	box_start(&box, "drop", read_a);
	box_step(&box);
	EXPECT(box_agrees(&client, &box, 20 * MB / PAGE));
	EXPECT(box_drops_away(&client, &box));
	s = box_sums(&client, &box);
	EXPECT_U64(s.file, 0);
	EXPECT(s.removed >= 20 * MB / PAGE);
	box_end(&box);
	box_remove(&box);
}

TEST(reclaim_within_a_limit)
{
	struct box box;
	struct sums s;

	need_module(&client);
	make_file(FILE_A, 40 * MB);
	box_start(&box, "limit", read_a);
	ASSERT(box_set(&box, "memory.max", "12M") == 0);
	box_step(&box);
	EXPECT(box_agrees(&client, &box, 1 * MB / PAGE));
	s = box_sums(&client, &box);
	EXPECT(s.pages <= 12 * MB / PAGE);
	EXPECT(s.removed >= 28 * MB / PAGE);
	box_end(&box);
	box_remove(&box);
}

static void read_start(const char *path, size_t bytes)
{
	static char block[64 * 1024];
	int fd = open(path, O_RDONLY);

	for (; bytes; bytes -= sizeof(block))
		if (read(fd, block, sizeof(block)) != sizeof(block))
			give_up(path);
	close(fd);
}

TEST(buffers_are_block_devices)
{
	struct attrs s;
	int64_t buffers = 0;

	need_module(&client);
	read_start("/dev/vda", 64 * MB);
	EXPECT(until((buffers = read_number("/proc/meminfo", "Buffers:") * 1024 / PAGE,
		      client_stats(&client, &s) == 0 &&
		      (int64_t)(s.v[FILECACHE_A_STATS_OWNED_BLOCKDEV] +
				s.v[FILECACHE_A_STATS_UNKNOWN_BLOCKDEV]) == buffers)));
	EXPECT(buffers > (int64_t)(20 * MB / PAGE));
	empty_caches();
}

TEST(sum_is_the_kernels_own)
{
	struct attrs s;

	need_module(&client);
	EXPECT(identity_holds(&client));
	empty_caches();
	make_file(FILE_A, 10 * MB);
	read_file(FILE_A);
	EXPECT(identity_holds(&client));
	EXPECT_U64(anomalies(&client), 0);
	ASSERT(client_stats(&client, &s) == 0);
	EXPECT(s.v[FILECACHE_A_STATS_OWNED_FILE] >= 10 * MB / PAGE);
	/* What was found at load, what came and what went explain what is there. */
	EXPECT_U64(s.v[FILECACHE_A_STATS_SCANNED] + s.v[FILECACHE_A_STATS_ADDED] -
		   s.v[FILECACHE_A_STATS_REMOVED],
		   s.v[FILECACHE_A_STATS_OWNED_FILE] +
		   s.v[FILECACHE_A_STATS_OWNED_BLOCKDEV] +
		   s.v[FILECACHE_A_STATS_OWNED_SHMEM] +
		   s.v[FILECACHE_A_STATS_UNKNOWN_FILE] +
		   s.v[FILECACHE_A_STATS_UNKNOWN_BLOCKDEV] +
		   s.v[FILECACHE_A_STATS_UNKNOWN_SHMEM]);
}

KTAP_MAIN()
