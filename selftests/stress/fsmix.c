// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * fsmix DIR SECONDS SEED [WORKERS] - do to files in DIR whatever can be done to
 * files, at random and by several processes at once, and count it.
 *
 * Nothing is checked here: the kernel's own reports are, and the module's counts
 * when all is over.
 */
#include <fcntl.h>
#include <setjmp.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/sendfile.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "random.h"

#ifndef MADV_COLLAPSE
#define MADV_COLLAPSE 25	/* Linux 6.1 */
#endif

#define FILES 24
#define FILE_MAX (4UL << 20)
#define BLOCK (128 * 1024)
#define HUGE_PAGE (2UL << 20)
/* A worker is replaced so that there are always owners that die. */
#define LIFE_OPERATIONS 100

static char block[2 * BLOCK] __attribute__((aligned(4096)));
static sigjmp_buf no_page;
static const char *dir;
static struct random rnd;

static uint64_t below(uint32_t bound)
{
	return random_below(&rnd, bound);
}

static char *name(char buf[256])
{
	snprintf(buf, 256, "%s/%d", dir, (int)below(FILES));
	return buf;
}

static int some_file(int flags)
{
	char path[256];

	return open(name(path), flags | O_CLOEXEC, 0644);
}

static off_t some_place(void)
{
	/* Half of them on a page's border. */
	return below(2) ? below(FILE_MAX) : below(FILE_MAX / 4096) * 4096;
}

static size_t some_length(void)
{
	return 1 + below(below(4) ? BLOCK : 5000);
}

static void do_write(void)
{
	int fd = some_file(O_RDWR | O_CREAT | (below(8) ? 0 : O_TRUNC));

	if (pwrite(fd, block, some_length(), some_place()) > 0 && !below(16))
		fsync(fd);
	close(fd);
}

static void do_read(void)
{
	int fd = some_file(O_RDONLY);

	if (!below(4))
		posix_fadvise(fd, 0, 0, below(2) ? POSIX_FADV_RANDOM : POSIX_FADV_DONTNEED);
	while (read(fd, block, BLOCK) > 0 && below(8))
		;
	close(fd);
}

static void do_direct(void)
{
	int fd = some_file(O_RDWR | O_DIRECT);
	off_t at = below(FILE_MAX / 4096) * 4096;

	if (below(2))
		if (pread(fd, block, 65536, at) < 0)
			at = 0;
	if (pwrite(fd, block, 65536, at) < 0)
		at = 0;
	close(fd);
}

static void do_truncate(void)
{
	char path[256];

	if (truncate(name(path), some_place()))
		return;
}

static void do_fallocate(void)
{
	static const int mode[] = {
		FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE, FALLOC_FL_KEEP_SIZE, 0,
		FALLOC_FL_ZERO_RANGE, FALLOC_FL_COLLAPSE_RANGE, FALLOC_FL_INSERT_RANGE,
	};
	int fd = some_file(O_RDWR);

	if (fallocate(fd, mode[below(6)], below(FILE_MAX / 4096) * 4096,
		      4096 * (1 + below(64))))
		fsync(fd);
	close(fd);
}

static void on_bus_error(int signal)
{
	siglongjmp(no_page, 1);
}

/* What another one truncates meanwhile ends in SIGBUS. */
static void touch(char *map, size_t bytes, bool write)
{
	size_t i;

	if (sigsetjmp(no_page, 1))
		return;
	for (i = 0; i < bytes; i += 4096) {
		if (write)
			__atomic_add_fetch(&map[i], 1, __ATOMIC_RELAXED);
		else
			__atomic_load_n(&map[i], __ATOMIC_RELAXED);
	}
}

static void do_map(void)
{
	int fd = some_file(O_RDWR);
	size_t bytes = 4096 * (1 + below(256));
	char *map = mmap(NULL, bytes, PROT_READ | PROT_WRITE,
			 below(4) ? MAP_SHARED : MAP_PRIVATE, fd, below(256) * 4096);

	if (map != MAP_FAILED) {
		if (!below(8))
			mlock(map, bytes);
		touch(map, bytes, below(2));
		if (!below(4))
			msync(map, bytes, MS_SYNC);
		if (!below(4))
			madvise(map, bytes, below(2) ? MADV_PAGEOUT : MADV_DONTNEED);
		munmap(map, bytes);
	}
	close(fd);
}

static void do_collapse(void)
{
	char *room = mmap(NULL, 2 * HUGE_PAGE, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	char *at = (char *)(((uintptr_t)room + HUGE_PAGE - 1) & ~(HUGE_PAGE - 1));
	int fd = some_file(O_RDONLY);

	if (mmap(at, HUGE_PAGE, PROT_READ | PROT_EXEC, MAP_SHARED | MAP_FIXED, fd,
		 below(2) * HUGE_PAGE) == at) {
		touch(at, HUGE_PAGE, false);
		madvise(at, HUGE_PAGE, MADV_COLLAPSE);
		touch(at, HUGE_PAGE, false);
	}
	munmap(room, 2 * HUGE_PAGE);
	close(fd);
}

static void do_names(void)
{
	char a[256], b[256];

	switch (below(4)) {
	case 0:
		if (rename(name(a), name(b)))
			unlink(b);
		break;
	case 1:
		if (link(name(a), name(b)))
			unlink(b);
		break;
	default:
		unlink(name(a));
	}
}

static void do_copy(void)
{
	int from = some_file(O_RDONLY), to = some_file(O_RDWR | O_CREAT);

	if (below(2)) {
		if (sendfile(to, from, NULL, BLOCK) < 0)
			fsync(to);
	} else if (copy_file_range(from, NULL, to, NULL, BLOCK, 0) < 0) {
		fsync(to);
	}
	close(from);
	close(to);
}

static void do_splice(void)
{
	int fd = some_file(O_RDONLY), to = some_file(O_RDWR | O_CREAT), p[2];
	ssize_t n;

	if (pipe2(p, O_CLOEXEC) == 0) {
		n = splice(fd, NULL, p[1], NULL, 65536, SPLICE_F_MOVE | SPLICE_F_NONBLOCK);
		if (n > 0 && splice(p[0], NULL, to, NULL, n, SPLICE_F_MOVE) < 0)
			fsync(to);
		close(p[0]);
		close(p[1]);
	}
	close(fd);
	close(to);
}

/* Nodes as far as there are any. */
static void do_migrate(void)
{
	const unsigned long node[] = { 1, 2 };
	int way = below(2);

	syscall(SYS_migrate_pages, 0, 8 * sizeof(long), &node[way], &node[!way]);
}

static void (*const operation[])(void) = {
	do_write, do_write, do_write, do_read, do_read, do_direct, do_truncate,
	do_fallocate, do_map, do_map, do_collapse, do_names, do_copy, do_splice,
	do_migrate,
};

#define OPERATIONS (sizeof(operation) / sizeof(*operation))

static void life(time_t end, uint64_t *done)
{
	int i;

	signal(SIGBUS, on_bus_error);
	for (i = 0; i < LIFE_OPERATIONS && time(NULL) < end; i++) {
		operation[below(OPERATIONS)]();
		__atomic_add_fetch(done, 1, __ATOMIC_RELAXED);
	}
}

/* One life after another, each in a process of its own. */
static void worker(time_t end, uint64_t seed, uint64_t *done)
{
	uint64_t lives = 0;
	int status;
	pid_t pid;

	while (time(NULL) < end) {
		lives++;
		pid = fork();
		if (pid == 0) {
			random_init(&rnd, seed * 1000003 + lives);
			life(end, done);
			_exit(0);
		}
		/* When there is no memory for a process, there may be soon. */
		if (pid < 0)
			usleep(10000);
		else
			waitpid(pid, &status, 0);
	}
}

int main(int argc, char **argv)
{
	uint64_t *done, seed;
	int i, workers;
	time_t end;

	if (argc < 4) {
		fprintf(stderr, "usage: fsmix DIR SECONDS SEED [WORKERS]\n");
		return 2;
	}
	dir = argv[1];
	end = time(NULL) + atoi(argv[2]);
	seed = strtoull(argv[3], NULL, 10);
	workers = argc > 4 ? atoi(argv[4]) : 2;
	done = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (done == MAP_FAILED)
		return 1;
	for (i = 0; i < workers; i++) {
		if (fork())
			continue;
		worker(end, seed + i, done);
		_exit(0);
	}
	while (wait(NULL) > 0)
		;
	printf("fsmix %s: %llu operations, seed %llu\n", dir, (unsigned long long)*done,
	       (unsigned long long)seed);
	return 0;
}
