// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * One piece of page-cache work, and the CPU time it took.  Under -icount
 * shift=0 a nanosecond of CPU time is one guest instruction.
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

/* Read a file that is not cached, from the start to the end. */
static int cold_read(const char *path)
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

/* Create a file, fill it and remove it before it is written back. */
static int write_unlink(const char *path, long pages)
{
	int fd = open(path, O_CREAT | O_EXCL | O_RDWR, 0600);
	long bytes = pages * 4096;

	if (fd < 0)
		return -errno;
	for (; bytes > 0; bytes -= CHUNK)
		if (write(fd, buffer, CHUNK) != CHUNK)
			return -EIO;
	close(fd);
	return unlink(path) ? -errno : 0;
}

int main(int argc, char **argv)
{
	int64_t begin, end;
	struct stat st;
	long pages;
	int err;

	if (argc == 3 && !strcmp(argv[1], "cold-read")) {
		if (stat(argv[2], &st) || drop_caches())
			return 1;
		pages = st.st_size / 4096;
		begin = cpu_ns();
		err = cold_read(argv[2]);
	} else if (argc == 4 && !strcmp(argv[1], "write-unlink")) {
		pages = atol(argv[3]);
		begin = cpu_ns();
		err = write_unlink(argv[2], pages);
	} else {
		fprintf(stderr, "usage: pagework cold-read FILE | write-unlink FILE PAGES\n");
		return 2;
	}
	end = cpu_ns();
	if (err || pages <= 0) {
		fprintf(stderr, "pagework: %s: %s\n", argv[2], strerror(-err));
		return 1;
	}
	printf("%s %ld %lld\n", argv[1], pages, (long long)(end - begin));
	return 0;
}
