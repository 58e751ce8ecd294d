// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * One piece of page-cache work: the CPU time it took, which under -icount
 * shift=0 is instructions, and marks around it for the plugin.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "mark.h"

#define PAGE 4096
#define CHUNK (64 * 1024)

static char buffer[CHUNK];

static int64_t cpu_ns(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &ts);
	return ts.tv_sec * 1000000000LL + ts.tv_nsec;
}

static int drop_caches(void)
{
	int fd = open("/proc/sys/vm/drop_caches", O_WRONLY);

	sync();
	if (fd < 0 || write(fd, "1", 1) != 1)
		return -errno;
	close(fd);
	return 0;
}

static long file_pages(const char *path)
{
	struct stat st;

	return stat(path, &st) ? -errno : st.st_size / PAGE;
}

/* Read a file that is not cached, from the start to the end. */
static int cold_read(const char *path, long pages)
{
	ssize_t got;
	int fd;

	fd = open(path, O_RDONLY);
	if (fd < 0)
		return -errno;
	while ((got = read(fd, buffer, CHUNK)) > 0)
		;
	close(fd);
	return got < 0 ? -errno : 0;
}

/*
 * Every page of it once, in an order without a pattern: a linear congruence
 * of full period, for which the pages must be a power of two.
 */
static int random_read(const char *path, long pages)
{
	unsigned long at = 0;
	int err = 0, fd;
	long i;

	if (pages & (pages - 1))
		return -EINVAL;
	fd = open(path, O_RDONLY);
	if (fd < 0)
		return -errno;
	posix_fadvise(fd, 0, 0, POSIX_FADV_RANDOM);
	for (i = 0; i < pages && !err; i++) {
		at = (at * 1664525 + 1013904223) & (pages - 1);
		if (pread(fd, buffer, PAGE, at * PAGE) != PAGE)
			err = -EIO;
	}
	close(fd);
	return err;
}

/* Create a file, fill it and remove it before it is written back. */
static int write_unlink(const char *path, long pages)
{
	int fd = open(path, O_CREAT | O_EXCL | O_RDWR, 0600);
	long bytes = pages * PAGE;

	if (fd < 0)
		return -errno;
	for (; bytes > 0; bytes -= CHUNK)
		if (write(fd, buffer, CHUNK) != CHUNK)
			return -EIO;
	close(fd);
	return unlink(path) ? -errno : 0;
}

static const struct work {
	const char *name;
	int (*fn)(const char *path, long pages);
} works[] = {
	{ "cold-read", cold_read },
	{ "random-read", random_read },
	{ "write-unlink", write_unlink },
	{ "tmpfs-write", write_unlink },
};

/* @path is a file to be read, or with @pages one to be made. */
static int run(const struct work *work, const char *label, const char *path,
	       long pages)
{
	int64_t begin, end;
	int err;

	if (!pages)
		pages = file_pages(path);
	if (pages <= 0)
		return pages < 0 ? pages : -EINVAL;
	err = drop_caches();
	if (err)
		return err;
	begin = cpu_ns();
	mark(MARK_BEGIN);
	err = work->fn(path, pages);
	mark_number(strtoul(label, NULL, 10));
	mark(MARK_END);
	end = cpu_ns();
	if (!err)
		printf("%s %s %ld %lld\n", label, work->name, pages,
		       (long long)(end - begin));
	return err;
}

static void entries(int argc, char **argv)
{
	int i;

	mark(MARK_FORGET);
	for (i = 0; i < argc; i++) {
		mark_number(strtoull(argv[i], NULL, 16));
		mark(MARK_ENTRY);
	}
}

int main(int argc, char **argv)
{
	const struct work *work = works;
	int err;

	if (argc > 1 && !strcmp(argv[1], "entries")) {
		entries(argc - 2, argv + 2);
		return 0;
	}
	if (argc != 4 && argc != 5)
		goto usage;
	while (work < works + sizeof(works) / sizeof(*works) &&
	       strcmp(work->name, argv[2]))
		work++;
	if (work == works + sizeof(works) / sizeof(*works))
		goto usage;
	err = run(work, argv[1], argv[3], argc == 5 ? atol(argv[4]) : 0);
	if (err)
		fprintf(stderr, "pagework: %s: %s\n", argv[3], strerror(-err));
	return err != 0;

usage:
	fprintf(stderr, "usage: pagework LABEL WORK FILE [PAGES] | entries [ADDRESS]...\n");
	return 2;
}
