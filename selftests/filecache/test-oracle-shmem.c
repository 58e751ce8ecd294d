// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Shared memory and tmpfs.  Where the kernel shows it, the memory cgroup's
 * shmem must be our count to the page, through swap and huge pages too; where
 * it does not, stats must say so and nothing of it may be counted.
 */
#include <fcntl.h>
#include <sys/ipc.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/shm.h>
#include <sys/stat.h>
#include <sys/wait.h>

#include "box.h"
#include "disk.h"
#include "huge.h"
#include "ktap.h"

#define DIR "/mnt/filecache-shmem"
#define FILE_IN DIR "/file"

static struct client client;

/* All tests need to see it. */
static void need_shmem(void)
{
	struct attrs s;

	need_module(&client);
	ASSERT(client_stats(&client, &s) == 0);
	if (sources(&client) & FILECACHE_SOURCE_SHMEM) {
		ASSERT(!(s.v[FILECACHE_A_STATS_BLIND] & FILECACHE_BLIND_SHMEM));
		return;
	}
	ASSERT(s.v[FILECACHE_A_STATS_BLIND] & FILECACHE_BLIND_SHMEM);
	SKIP("this kernel does not show shmem, which stats say");
}

/* Huge pages, and room for some. */
static void need_huge(void)
{
	if (access("/sys/kernel/mm/transparent_hugepage/enabled", F_OK))
		SKIP("this kernel has no huge pages");
	empty_caches();
	write_text("/proc/sys/vm/compact_memory", "1");
}

/* Memory may be too scattered for one; counts must be right all the same. */
static void need_huge_page(const struct box *box)
{
	EXPECT(box_agrees(&client, box, 1));
	if (box_stat(box, "shmem_thp") || ktap_failed)
		return;
	umount(DIR);
	SKIP("no huge page was to be had");
}

static void mount_tmpfs(const char *options)
{
	mkdir(DIR, 0755);
	if (mount("tmpfs", DIR, "tmpfs", 0, options))
		give_up(DIR);
}

/* We and the kernel agree, and it is this many pages of shmem. */
static bool shmem_is(const struct box *box, uint64_t pages)
{
	struct sums s = {};
	bool right = box_agrees(&client, box, pages);

	s = box_sums(&client, box);
	if (s.shmem != pages)
		printf("# %llu pages of shmem, expected %llu\n",
		       (unsigned long long)s.shmem, (unsigned long long)pages);
	return right && s.shmem == pages;
}

/* And at the end: nothing is left of it, and nothing was missed. */
static void check_gone(struct box *box, uint64_t odd_before)
{
	EXPECT(shmem_is(box, 0));
	EXPECT(identity_holds(&client));
	EXPECT_U64(anomalies(&client), odd_before);
	box_remove(box);
}

static void tmpfs_use(int n)
{
	int fd;

	switch (n) {
	case 0:
		write_file(FILE_IN, 16 * MB);
		break;
	case 1:
		fd = open(FILE_IN, O_RDWR);
		if (fallocate(fd, FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE, 4 * MB, 4 * MB))
			_exit(1);
		close(fd);
		break;
	case 2:
		/* In the hole. */
		if (truncate(FILE_IN, 6 * MB + 100))
			_exit(1);
		break;
	case 3:
		/* The hole, by a read, stays one; by preallocation it does not. */
		read_file(FILE_IN);
		fd = open(FILE_IN, O_RDWR);
		if (fallocate(fd, 0, 5 * MB, 1 * MB))
			_exit(1);
		close(fd);
		break;
	case 4:
		unlink(FILE_IN);
		break;
	}
}

TEST(tmpfs_write_punch_truncate)
{
	struct box box;
	uint64_t odd;

	need_shmem();
	odd = anomalies(&client);
	mount_tmpfs(NULL);
	box_start(&box, "tmpfs", tmpfs_use);
	box_step(&box);
	EXPECT(shmem_is(&box, 16 * MB / PAGE));
	box_step(&box);
	EXPECT(shmem_is(&box, 12 * MB / PAGE));
	box_step(&box);
	EXPECT(shmem_is(&box, 4 * MB / PAGE));
	EXPECT(identity_holds(&client));
	box_step(&box);
	EXPECT(shmem_is(&box, 5 * MB / PAGE));
	box_step(&box);
	EXPECT(shmem_is(&box, 0));
	box_end(&box);
	EXPECT(umount(DIR) == 0);
	check_gone(&box, odd);
}

/* The mount goes while the file is in it, its owner long dead. */
TEST(tmpfs_unmounted_with_files)
{
	struct box box;
	uint64_t odd;

	need_shmem();
	odd = anomalies(&client);
	mount_tmpfs(NULL);
	box_start(&box, "tmpfs-umount", tmpfs_use);
	box_step(&box);
	box_end(&box);
	EXPECT(shmem_is(&box, 16 * MB / PAGE));
	EXPECT(umount(DIR) == 0);
	check_gone(&box, odd);
}

/* Of every sort that there is, 2 MB each. */
static void all_sorts(int n)
{
	static int memfd, posix, sysv;
	static char *anonymous, *map[3];
	int i;

	if (n == 0) {
		memfd = memfd_create("filecache", 0);
		posix = shm_open("/filecache", O_RDWR | O_CREAT, 0600);
		sysv = shmget(IPC_PRIVATE, 2 * MB, 0600);
		if (ftruncate(memfd, 2 * MB) || ftruncate(posix, 2 * MB) || sysv < 0)
			_exit(1);
		map[0] = mmap(NULL, 2 * MB, PROT_WRITE, MAP_SHARED, memfd, 0);
		map[1] = mmap(NULL, 2 * MB, PROT_WRITE, MAP_SHARED, posix, 0);
		map[2] = shmat(sysv, NULL, 0);
		anonymous = mmap(NULL, 2 * MB, PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
		for (i = 0; i < 3; i++)
			memset(map[i], 1, 2 * MB);
		memset(anonymous, 1, 2 * MB);
		return;
	}
	munmap(map[0], 2 * MB);
	munmap(map[1], 2 * MB);
	shmdt(map[2]);
	shmctl(sysv, IPC_RMID, NULL);
	shm_unlink("/filecache");
	close(memfd);
	close(posix);
}

TEST(memfd_posix_sysv_and_anonymous)
{
	struct box box;
	uint64_t odd;

	need_shmem();
	odd = anomalies(&client);
	box_start(&box, "shmem-sorts", all_sorts);
	box_step(&box);
	EXPECT(shmem_is(&box, 8 * MB / PAGE));
	EXPECT(identity_holds(&client));
	box_step(&box);
	EXPECT(shmem_is(&box, 2 * MB / PAGE));
	/* The anonymous one goes with the process. */
	box_end(&box);
	check_gone(&box, odd);
}

#define SWAPPED (12 * MB)

static void swap_use(int n)
{
	static char *map;
	size_t i;

	if (n == 0) {
		map = mmap(NULL, SWAPPED, PROT_READ | PROT_WRITE,
			   MAP_SHARED | MAP_ANONYMOUS, -1, 0);
		if (map == MAP_FAILED)
			_exit(1);
		for (i = 0; i < SWAPPED; i += PAGE)
			map[i] = i / PAGE;
		return;
	}
	for (i = 0; i < SWAPPED; i += PAGE)
		if (map[i] != (char)(i / PAGE))
			_exit(1);
}

/* Out by reclaim, back by reading, twice; the second time back by swapoff. */
TEST(swapped_out_and_back)
{
	const uint64_t whole = SWAPPED / PAGE;
	const char *why;
	struct box box;
	uint64_t odd;

	need_shmem();
	why = swap_start();
	if (why)
		SKIP(why);
	odd = anomalies(&client);
	box_start(&box, "swap", swap_use);
	box_step(&box);
	EXPECT(shmem_is(&box, whole));
	ASSERT(box_set(&box, "memory.reclaim", "8M") == 0);
	EXPECT(until(box_stat(&box, "shmem") <= whole / 2));
	EXPECT(box_agrees(&client, &box, 0));
	EXPECT(identity_holds(&client));
	box_step(&box);
	EXPECT(box_agrees(&client, &box, whole));
	EXPECT(identity_holds(&client));
	ASSERT(box_set(&box, "memory.reclaim", "8M") == 0);
	EXPECT(box_agrees(&client, &box, 0));
	/* Pages come back to the cgroup, but to the process that brings them. */
	EXPECT(swap_stop());
	EXPECT(identity_holds(&client));
	EXPECT(box_stat(&box, "shmem") == whole);
	EXPECT(box_sums(&client, &box).shmem <= whole);
	box_end(&box);
	check_gone(&box, odd);
}

/* Half of each huge page is there before. */
static void collapse_use(int n)
{
	static int fd;
	static char *map;
	size_t i;

	switch (n) {
	case 0:
		fd = memfd_create("huge", 0);
		if (ftruncate(fd, 4 * MB))
			_exit(1);
		map = huge_map(fd, 4 * MB);
		for (i = 0; i < 4 * MB; i += 2 * PAGE)
			if (pwrite(fd, "x", 1, i) != 1)
				_exit(1);
		break;
	case 1:
		huge_collapse(map, 4 * MB);
		break;
	case 2:
		/* The first is split by a hole, the other one truncated away. */
		munmap(map, 4 * MB);
		if (fallocate(fd, FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE, MB, 64 * 1024) ||
		    ftruncate(fd, HUGE_PAGE))
			_exit(1);
		break;
	case 3:
		close(fd);
		break;
	}
}

TEST(collapsed_into_huge_pages)
{
	struct box box;
	uint64_t odd;

	need_shmem();
	if (!(sources(&client) & FILECACHE_SOURCE_COLLAPSE))
		SKIP("this kernel does not show collapse");
	need_huge();
	odd = anomalies(&client);
	box_start(&box, "shmem-collapse", collapse_use);
	box_step(&box);
	EXPECT(shmem_is(&box, 2 * MB / PAGE));
	box_step(&box);
	need_huge_page(&box);
	/* The holes are filled, by whoever collapses. */
	EXPECT(shmem_is(&box, 4 * MB / PAGE));
	EXPECT(until(box_stat(&box, "shmem_thp") == 4 * MB / PAGE));
	EXPECT(identity_holds(&client));
	box_step(&box);
	EXPECT(shmem_is(&box, 2 * MB / PAGE - 16));
	box_step(&box);
	box_end(&box);
	check_gone(&box, odd);
}

/* A second process collapses what a first one wrote every other page of. */
static void collapse_in_child(int n)
{
	static int fd;
	pid_t pid;

	if (n == 0) {
		size_t i;

		fd = memfd_create("shared", 0);
		if (ftruncate(fd, HUGE_PAGE))
			_exit(1);
		for (i = 0; i < HUGE_PAGE; i += 2 * PAGE)
			if (pwrite(fd, "x", 1, i) != 1)
				_exit(1);
		return;
	}
	pid = fork();
	if (pid == 0) {
		huge_collapse(huge_map(fd, HUGE_PAGE), HUGE_PAGE);
		_exit(0);
	}
	if (waitpid(pid, &n, 0) != pid || n)
		_exit(1);
}

TEST(collapse_keeps_the_owners)
{
	struct box box;
	struct attrs a;

	need_shmem();
	if (!(sources(&client) & FILECACHE_SOURCE_COLLAPSE))
		SKIP("this kernel does not show collapse");
	need_huge();
	box_start(&box, "shmem-owners", collapse_in_child);
	box_step(&box);
	EXPECT(shmem_is(&box, HUGE_PAGE / PAGE / 2));
	box_step(&box);
	need_huge_page(&box);
	EXPECT(shmem_is(&box, HUGE_PAGE / PAGE));
	/* The writer has what it wrote, the other one what was not there. */
	ASSERT(client_pid(&client, box.process.pid, &a) == 0);
	EXPECT_U64(a.v[FILECACHE_A_OWNER_SHMEM_PAGES], HUGE_PAGE / PAGE / 2);
	box_end(&box);
	EXPECT(shmem_is(&box, 0));
	box_remove(&box);
}

/* Huge pages from the start, split by truncation into one. */
static void huge_tmpfs_use(int n)
{
	switch (n) {
	case 0:
		write_file(FILE_IN, 8 * MB);
		break;
	case 1:
		if (truncate(FILE_IN, 3 * MB))
			_exit(1);
		break;
	case 2:
		unlink(FILE_IN);
		break;
	}
}

TEST(huge_tmpfs)
{
	struct box box;
	uint64_t odd;

	need_shmem();
	need_huge();
	odd = anomalies(&client);
	mount_tmpfs("huge=always");
	box_start(&box, "huge-tmpfs", huge_tmpfs_use);
	box_step(&box);
	EXPECT(shmem_is(&box, 8 * MB / PAGE));
	need_huge_page(&box);
	box_step(&box);
	EXPECT(shmem_is(&box, 3 * MB / PAGE));
	EXPECT(identity_holds(&client));
	box_step(&box);
	box_end(&box);
	EXPECT(umount(DIR) == 0);
	check_gone(&box, odd);
}

/* Shmem with other memory between, so that there is what to move. */
static void fragmented_shmem(int n)
{
	const size_t size = 40 * MB;
	char *hog = mmap(NULL, 2 * size, PROT_READ | PROT_WRITE,
			 MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	char *map = mmap(NULL, size, PROT_READ | PROT_WRITE,
			 MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	size_t i;

	madvise(hog, 2 * size, MADV_NOHUGEPAGE);
	for (i = 0; i < size; i += PAGE) {
		hog[2 * i] = 1;
		map[i] = 1;
		hog[2 * i + PAGE] = 1;
	}
	munmap(hog, 2 * size);
}

TEST(compaction_moves_shmem)
{
	struct box box;
	struct sums s;
	uint64_t odd;
	int i;

	need_shmem();
	odd = anomalies(&client);
	box_start(&box, "shmem-compact", fragmented_shmem);
	box_step(&box);
	EXPECT(shmem_is(&box, 40 * MB / PAGE));
	for (i = 0; i < 20 && (s = box_sums(&client, &box)).moved < 1000; i++)
		write_text("/proc/sys/vm/compact_memory", "1");
	/* Otherwise this test proves nothing. */
	EXPECT(s.moved > 0);
	EXPECT(shmem_is(&box, 40 * MB / PAGE));
	box_end(&box);
	check_gone(&box, odd);
}

/* Evict leaves it alone: it is not a copy of anything. */
TEST(evict_keeps_it)
{
	struct attrs e;
	struct box box;

	need_shmem();
	mount_tmpfs(NULL);
	box_start(&box, "shmem-evict", tmpfs_use);
	box_step(&box);
	EXPECT(shmem_is(&box, 16 * MB / PAGE));
	ASSERT(client_evict(&client, FILECACHE_A_EVICT_PID, box.process.pid, &e) == 0);
	EXPECT(e.v[FILECACHE_A_EVICT_KEPT] >= 16 * MB / PAGE);
	EXPECT(shmem_is(&box, 16 * MB / PAGE));
	box_end(&box);
	EXPECT(umount(DIR) == 0);
	EXPECT(shmem_is(&box, 0));
	box_remove(&box);
}

KTAP_MAIN()
