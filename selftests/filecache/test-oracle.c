// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The counts against the memory cgroup's: each test does something to the page
 * cache in a process in a cgroup of its own, and both must agree to the page.
 */
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <time.h>

#include "box.h"
#include "ktap.h"

#define FILE_A "/var/tmp/filecache-a"
#define FILE_B "/var/tmp/filecache-b"

static struct client client;

/*
 * Whether nothing of the box is left after its caches are dropped.  A few
 * pages of the file system's own, which it is using, may be: those that the
 * memory cgroup has as well.
 */
static bool drops_away(const struct box *box)
{
	struct sums s = {};
	bool gone;

	gone = until((empty_caches(), s = box_sums(&client, box), s.pages < 16));
	if (!gone)
		printf("# %llu pages are left\n", (unsigned long long)s.pages);
	EXPECT_U64(s.added - s.removed, s.pages);
	return gone && box_agrees(&client, box, 0);
}

static void cold_read(int n)
{
	read_file(FILE_A);
}

TEST(cold_read)
{
	struct box box;
	struct sums live, dead;

	need_module(&client);
	make_file(FILE_A, 40 * MB);
	box_start(&box, "cold-read", cold_read);
	box_step(&box);
	EXPECT(box_agrees(&client, &box, 40 * MB / PAGE));
	live = box_sums(&client, &box);
	EXPECT_INT(live.dead, 0);
	box_end(&box);

	/* The process is gone and its cache is not. */
	EXPECT(box_agrees(&client, &box, 40 * MB / PAGE));
	dead = box_sums(&client, &box);
	EXPECT_U64(dead.pages, live.pages);
	EXPECT_INT(dead.dead, dead.owners);
	EXPECT(dead.owners > 0);
	box_remove(&box);
}

static void random_reads(int n)
{
	int i, fd = open(FILE_A, O_RDONLY);
	char byte;

	srand(1);
	for (i = 0; i < 500; i++)
		if (pread(fd, &byte, 1, rand() % (40 * MB)) != 1)
			_exit(1);
	close(fd);
}

TEST(random_reads)
{
	struct box box;

	need_module(&client);
	make_file(FILE_A, 40 * MB);
	box_start(&box, "random-reads", random_reads);
	box_step(&box);
	/* Some of the 500 fall on the same page; 480 or so are left. */
	EXPECT(box_agrees(&client, &box, 450));
	box_end(&box);
	box_remove(&box);
}

static void mapped_read(int n)
{
	int fd = open(FILE_A, O_RDONLY);
	const char *map = mmap(NULL, 20 * MB, PROT_READ, MAP_SHARED, fd, 0);

	if (map == MAP_FAILED)
		_exit(1);
	touch_pages(map, 20 * MB);
	close(fd);
}

TEST(mapped_read)
{
	struct box box;

	need_module(&client);
	make_file(FILE_A, 20 * MB);
	box_start(&box, "mapped-read", mapped_read);
	box_step(&box);
	EXPECT(box_agrees(&client, &box, 20 * MB / PAGE));
	box_end(&box);
	box_remove(&box);
}

/* Write, cut short, remove. */
static void write_truncate_unlink(int n)
{
	static char block[64 * 1024];
	size_t i;
	int fd;

	switch (n) {
	case 0:
		fd = open(FILE_B, O_RDWR | O_CREAT | O_TRUNC, 0644);
		for (i = 0; i < 20 * MB; i += sizeof(block))
			if (write(fd, block, sizeof(block)) < 0)
				_exit(1);
		close(fd);
		break;
	case 1:
		if (truncate(FILE_B, 5 * MB))
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
	box_step(&box);
	EXPECT(box_agrees(&client, &box, 5 * MB / PAGE));
	after = box_sums(&client, &box);
	EXPECT(after.removed - before.removed >= 15 * MB / PAGE);
	box_step(&box);
	EXPECT(box_agrees(&client, &box, 0));
	EXPECT(box_sums(&client, &box).pages < 1 * MB / PAGE);
	box_end(&box);
	box_remove(&box);
}

TEST(dropped_caches_leave_nothing)
{
	struct box box;

	need_module(&client);
	make_file(FILE_A, 20 * MB);
	box_start(&box, "drop", cold_read);
	box_step(&box);
	EXPECT(box_agrees(&client, &box, 20 * MB / PAGE));
	EXPECT(drops_away(&box));
	/* What is left is of the block device and in use, see drops_away(). */
	EXPECT(box_sums(&client, &box).removed >= 20 * MB / PAGE - 16);
	box_end(&box);
	box_remove(&box);
}

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
	struct attrs before, after;
	struct box box;
	struct sums s;
	int i;

	need_module(&client);
	make_file(FILE_A, 60 * MB);
	ASSERT(client_stats(&client, &before) == 0);
	box_start(&box, "compact", fragmented_read);
	box_step(&box);
	EXPECT(box_agrees(&client, &box, 60 * MB / PAGE));
	for (i = 0; i < 20 && (s = box_sums(&client, &box)).moved < 1000; i++)
		write_text("/proc/sys/vm/compact_memory", "1");
	/* Otherwise this test proves nothing. */
	EXPECT(s.moved > 0);
	EXPECT(box_agrees(&client, &box, 60 * MB / PAGE));
	/* Had a tag stayed behind, its page's removal would be missed now. */
	EXPECT(drops_away(&box));
	ASSERT(client_stats(&client, &after) == 0);
	EXPECT_U64(after.v[FILECACHE_A_STATS_UNTAGGED_REMOVED],
		   before.v[FILECACHE_A_STATS_UNTAGGED_REMOVED]);
	EXPECT_U64(after.v[FILECACHE_A_STATS_STALE_TAGS],
		   before.v[FILECACHE_A_STATS_STALE_TAGS]);
	box_end(&box);
	box_remove(&box);
}

TEST(reclaim_within_a_limit)
{
	char path[128];
	struct box box;
	struct sums s;

	need_module(&client);
	make_file(FILE_A, 40 * MB);
	box_start(&box, "limit", cold_read);
	snprintf(path, sizeof(path), "%s/memory.max", box.path);
	ASSERT(write_text(path, "12M") == 0);
	box_step(&box);
	EXPECT(box_agrees(&client, &box, 1 * MB / PAGE));
	s = box_sums(&client, &box);
	EXPECT(s.pages <= 12 * MB / PAGE);
	EXPECT(s.removed >= 28 * MB / PAGE);
	box_end(&box);
	box_remove(&box);
}

static void *thread_reads(void *arg)
{
	char block[PAGE];
	int i, fd = open(FILE_A, O_RDONLY);

	for (i = 0; i < 2048; i++)
		if (pread(fd, block, PAGE, (i * 4 + (long)arg) * PAGE) != (ssize_t)PAGE)
			_exit(1);
	close(fd);
	return NULL;
}

static void threads_read(int n)
{
	pthread_t thread[4];
	long i;

	for (i = 0; i < 4; i++)
		pthread_create(&thread[i], NULL, thread_reads, (void *)i);
	for (i = 0; i < 4; i++)
		pthread_join(thread[i], NULL);
}

TEST(threads_are_one_owner)
{
	struct box box;

	need_module(&client);
	make_file(FILE_A, 32 * MB);
	box_start(&box, "threads", threads_read);
	box_step(&box);
	EXPECT(box_agrees(&client, &box, 32 * MB / PAGE));
	EXPECT_INT(box_sums(&client, &box).owners, 1);
	box_end(&box);
	box_remove(&box);
}

static void read_on_xfs(int n)
{
	read_file("/mnt/filecache-xfs/file");
	if (n == 1 && truncate("/mnt/filecache-xfs/file", 3 * MB + 5000))
		_exit(1);
}

/* XFS brings folios of many pages in; truncation splits them. */
TEST(large_folios_of_xfs)
{
	static const char *const brd[] = { "modprobe", "brd", "rd_nr=1",
					   "rd_size=360448", NULL };
	static const char *const mkfs[] = { "mkfs.xfs", "-q", "-f", "/dev/ram0", NULL };
	struct box box;

	need_module(&client);
	if (run(brd) || access("/dev/ram0", F_OK))
		SKIP("no ram disk");
	if (run(mkfs))
		SKIP("no mkfs.xfs");
	mkdir("/mnt/filecache-xfs", 0755);
	if (mount("/dev/ram0", "/mnt/filecache-xfs", "xfs", 0, NULL))
		SKIP("no XFS");
	make_file("/mnt/filecache-xfs/file", 32 * MB);
	box_start(&box, "xfs", read_on_xfs);
	box_step(&box);
	EXPECT(box_agrees(&client, &box, 32 * MB / PAGE));
	box_step(&box);
	EXPECT(box_agrees(&client, &box, 3 * MB / PAGE));
	EXPECT(box_sums(&client, &box).pages < 4 * MB / PAGE);
	box_end(&box);
	EXPECT(umount("/mnt/filecache-xfs") == 0);
	EXPECT(until(box_sums(&client, &box).pages == 0));
	box_remove(&box);
	EXPECT(identity_holds(&client));
}

static void read_on_btrfs(int n)
{
	read_file("/mnt/filecache-btrfs/file");
}

/* Btrfs keeps its metadata in an inode of its own and reads in workers. */
TEST(checksums_and_workers_of_btrfs)
{
	static const char *const brd[] = { "modprobe", "brd", "rd_nr=1",
					   "rd_size=360448", NULL };
	static const char *const mkfs[] = { "mkfs.btrfs", "-q", "-f", "/dev/ram0", NULL };
	struct box box;

	need_module(&client);
	if (run(brd) || access("/dev/ram0", F_OK))
		SKIP("no ram disk");
	if (run(mkfs))
		SKIP("no mkfs.btrfs");
	mkdir("/mnt/filecache-btrfs", 0755);
	if (mount("/dev/ram0", "/mnt/filecache-btrfs", "btrfs", 0, NULL))
		SKIP("no btrfs");
	make_file("/mnt/filecache-btrfs/file", 20 * MB);
	box_start(&box, "btrfs", read_on_btrfs);
	box_step(&box);
	EXPECT(box_agrees(&client, &box, 20 * MB / PAGE));
	box_end(&box);
	EXPECT(umount("/mnt/filecache-btrfs") == 0);
	EXPECT(until(box_sums(&client, &box).pages == 0));
	box_remove(&box);
	EXPECT(identity_holds(&client));
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

TEST(neither_shmem_nor_huge_pages)
{
	struct attrs before, after;
	struct box box;

	need_module(&client);
	if (write_text("/proc/sys/vm/nr_hugepages", "4") ||
	    read_number("/proc/meminfo", "HugePages_Free:") < 4)
		SKIP("no huge pages");
	ASSERT(client_stats(&client, &before) == 0);
	box_start(&box, "shmem", shmem_and_huge_pages);
	box_step(&box);
	EXPECT(box_agrees(&client, &box, 0));
	EXPECT(box_sums(&client, &box).pages < 100);
	EXPECT(identity_holds(&client));
	box_end(&box);
	EXPECT(identity_holds(&client));
	ASSERT(client_stats(&client, &after) == 0);
	EXPECT_U64(after.v[FILECACHE_A_STATS_UNTAGGED_REMOVED],
		   before.v[FILECACHE_A_STATS_UNTAGGED_REMOVED]);
	write_text("/proc/sys/vm/nr_hugepages", "0");
	box_remove(&box);
}

#define CROWD 300	/* more than a CPU has slots */

static unsigned int cached_pages(const char *path)
{
	static unsigned char present[CROWD * 16];
	int fd = open(path, O_RDONLY);
	void *map = mmap(NULL, sizeof(present) * PAGE, PROT_READ, MAP_SHARED, fd, 0);
	unsigned int i, n = 0;

	if (map == MAP_FAILED || mincore(map, sizeof(present) * PAGE, present))
		_exit(1);
	for (i = 0; i < sizeof(present); i++)
		n += present[i] & 1;
	munmap(map, sizeof(present) * PAGE);
	close(fd);
	return n;
}

static void crowd(int n)
{
	char block[PAGE];
	int i, round;

	for (i = 0; i < CROWD; i++) {
		if (fork())
			continue;
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		/* One page each in turn: every one pushes another off its slot. */
		for (round = 0; round < 16; round++) {
			int fd = open(FILE_A, O_RDONLY);

			posix_fadvise(fd, 0, 0, POSIX_FADV_RANDOM);
			if (pread(fd, block, PAGE, (round * CROWD + i) * PAGE) !=
			    (ssize_t)PAGE)
				_exit(1);
			close(fd);
			sched_yield();
		}
		/* Alive until all are done, so that none is freed meanwhile. */
		for (;;)
			pause();
	}
	/* All have read when all of the file is there. */
	while (cached_pages(FILE_A) < CROWD * 16)
		usleep(20000);
}

TEST(more_owners_than_slots)
{
	struct sums s;
	struct box box;

	need_module(&client);
	make_file(FILE_A, CROWD * 16 * PAGE);
	box_start(&box, "crowd", crowd);
	box_step(&box);
	EXPECT(box_agrees(&client, &box, CROWD * 16));
	s = box_sums(&client, &box);
	EXPECT(s.owners >= CROWD);
	box_end(&box);
	EXPECT(drops_away(&box));
	/* Slots of owners that are freed are handed over first. */
	EXPECT(until(box_sums(&client, &box).owners < 10));
	box_remove(&box);
	EXPECT(identity_holds(&client));
}

static void stay_on_cpu(int cpu)
{
	cpu_set_t set;

	CPU_ZERO(&set);
	CPU_SET(cpu, &set);
	if (sched_setaffinity(0, sizeof(set), &set))
		_exit(1);
}

/* Brings its page in once, and over and over again when told to. */
static pid_t pusher(int page)
{
	char block[PAGE];
	sigset_t set;
	int fd, signal;
	pid_t pid = fork();

	if (pid)
		return pid;
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	sigemptyset(&set);
	sigaddset(&set, SIGUSR1);
	sigprocmask(SIG_BLOCK, &set, NULL);
	stay_on_cpu(1);
	fd = open(FILE_A, O_RDONLY);
	posix_fadvise(fd, 0, 0, POSIX_FADV_RANDOM);
	for (signal = 0; ; sched_yield()) {
		if (pread(fd, block, PAGE, page * PAGE) != (ssize_t)PAGE)
			_exit(1);
		if (!signal)
			sigwait(&set, &signal);
		posix_fadvise(fd, page * PAGE, PAGE, POSIX_FADV_DONTNEED);
	}
}

#define SLOTS 128	/* of a CPU, see kmod/account.h */
#define PAIRS 4

/*
 * What an owner ever added only grows, whatever hand-over a reader meets.
 * Owners that come one after the other have indices one after the other, so
 * that those SLOTS apart use the same slot and push each other off it.
 */
static void push_and_look(int n)
{
	struct client mine;
	struct attrs a = {};
	pid_t pid[SLOTS + PAIRS];
	uint64_t last = 0, first;
	int i;

	stay_on_cpu(0);
	if (client_open(&mine))
		_exit(1);
	for (i = 0; i < SLOTS + PAIRS; i++) {
		pid[i] = pusher(i);
		if (!until(client_pid(&mine, pid[i], &a) == 0 &&
			   a.v[FILECACHE_A_OWNER_ADDED] > 0))
			_exit(1);
	}
	for (i = 0; i < PAIRS; i++) {
		kill(pid[i], SIGUSR1);
		kill(pid[SLOTS + i], SIGUSR1);
	}
	if (client_pid(&mine, pid[0], &a))
		_exit(1);
	first = a.v[FILECACHE_A_OWNER_ADDED];
	for (i = 0; i < 50000; i++) {
		if (client_pid(&mine, pid[0], &a))
			_exit(1);
		if (a.v[FILECACHE_A_OWNER_ADDED] < last) {
			printf("# added %llu after %llu\n",
			       (unsigned long long)a.v[FILECACHE_A_OWNER_ADDED],
			       (unsigned long long)last);
			fflush(stdout);
			_exit(1);
		}
		last = a.v[FILECACHE_A_OWNER_ADDED];
	}
	/* Or this proves nothing. */
	if (last < first + 100)
		_exit(1);
}

TEST(reading_while_slots_change_hands)
{
	struct box box;

	need_module(&client);
	if (access("/sys/devices/system/cpu/cpu1", F_OK))
		SKIP("one processor");
	make_file(FILE_A, (SLOTS + PAIRS) * PAGE);
	box_start(&box, "hand-over", push_and_look);
	box_step(&box);
	box_end(&box);
	box_remove(&box);
	EXPECT(identity_holds(&client));
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

static void stress(int n)
{
	static char block[32 * 1024];
	time_t end = time(NULL) + 6;
	char path[64];
	int i, w;

	for (w = 0; w < 4; w++) {
		if (fork())
			continue;
		snprintf(path, sizeof(path), "/var/tmp/filecache-w%d", w);
		while (time(NULL) < end) {
			int fd = open(path, O_RDWR | O_CREAT | O_TRUNC, 0644);

			for (i = 0; i < 100; i++)
				if (write(fd, block, sizeof(block)) < 0)
					_exit(1);
			if (ftruncate(fd, 40 * sizeof(block)))
				_exit(1);
			close(fd);
			read_file(FILE_A);
			if (w == 0)
				write_text("/proc/sys/vm/compact_memory", "1");
			if (w == 1)
				write_text("/proc/sys/vm/drop_caches", "1");
		}
		unlink(path);
		_exit(0);
	}
	while (wait(NULL) > 0)
		;
	read_file(FILE_A);
}

TEST(stress_of_everything)
{
	struct attrs before, after;
	struct box box;

	need_module(&client);
	make_file(FILE_A, 24 * MB);
	ASSERT(client_stats(&client, &before) == 0);
	box_start(&box, "stress", stress);
	box_step(&box);
	EXPECT(box_agrees(&client, &box, 24 * MB / PAGE));
	box_end(&box);
	EXPECT(drops_away(&box));
	ASSERT(client_stats(&client, &after) == 0);
	EXPECT_U64(after.v[FILECACHE_A_STATS_UNTAGGED_REMOVED],
		   before.v[FILECACHE_A_STATS_UNTAGGED_REMOVED]);
	EXPECT_U64(after.v[FILECACHE_A_STATS_STALE_TAGS],
		   before.v[FILECACHE_A_STATS_STALE_TAGS]);
	box_remove(&box);
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
	ASSERT(client_stats(&client, &s) == 0);
	EXPECT(s.v[FILECACHE_A_STATS_OWNED_FILE] >= 10 * MB / PAGE);
	EXPECT_U64(s.v[FILECACHE_A_STATS_UNTAGGED_REMOVED], 0);
	EXPECT_U64(s.v[FILECACHE_A_STATS_STALE_TAGS], 0);
	/* What was found at load, what came and what went explain what is there. */
	EXPECT_U64(s.v[FILECACHE_A_STATS_SCANNED] + s.v[FILECACHE_A_STATS_ADDED] -
		   s.v[FILECACHE_A_STATS_REMOVED],
		   s.v[FILECACHE_A_STATS_OWNED_FILE] +
		   s.v[FILECACHE_A_STATS_OWNED_BLOCKDEV] +
		   s.v[FILECACHE_A_STATS_UNKNOWN_FILE] +
		   s.v[FILECACHE_A_STATS_UNKNOWN_BLOCKDEV]);
}

TEST(buffers_are_block_devices)
{
	struct attrs s;
	int64_t buffers = 0;

	need_module(&client);
	read_file("/dev/vda");
	EXPECT(until((buffers = read_number("/proc/meminfo", "Buffers:") * 1024 / PAGE,
		      client_stats(&client, &s) == 0 &&
		      (int64_t)(s.v[FILECACHE_A_STATS_OWNED_BLOCKDEV] +
				s.v[FILECACHE_A_STATS_UNKNOWN_BLOCKDEV]) == buffers)));
	EXPECT(buffers > (int64_t)(20 * MB / PAGE));
	empty_caches();
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
	int i;

	need_module(&client);
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
	ASSERT(client_stats(&client, &after) == 0);
	EXPECT_U64(after.v[FILECACHE_A_STATS_STALE_TAGS], 0);
	EXPECT_U64(after.v[FILECACHE_A_STATS_UNTAGGED_REMOVED], 0);
	EXPECT_U64(after.v[FILECACHE_A_STATS_UNTAGGABLE], 0);
	unlink(FILE_B);
}

KTAP_MAIN()
