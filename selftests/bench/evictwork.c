// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Read a file, then have its pages dropped: by eviction of this process's
 * owner, or with all other clean pages.  Prints the nanoseconds of CPU time,
 * that is the instructions, which the second part took.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "filecache/client.h"

static char buffer[1024 * 1024];

static int64_t cpu_ns(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &ts);
	return ts.tv_sec * 1000000000LL + ts.tv_nsec;
}

static int read_all(const char *path, uint64_t *ret_pages)
{
	int fd = open(path, O_RDONLY);
	ssize_t got;

	if (fd < 0)
		return -errno;
	while ((got = read(fd, buffer, sizeof(buffer))) > 0)
		*ret_pages += got / 4096;
	close(fd);
	return got < 0 ? -errno : 0;
}

static int drop(void)
{
	int fd = open("/proc/sys/vm/drop_caches", O_WRONLY);

	return fd < 0 || write(fd, "1", 1) != 1 ? -errno : 0;
}

static int evict(struct client *c, uint64_t pages)
{
	struct attrs a;
	int err = client_evict(c, FILECACHE_A_EVICT_PID, getpid(), &a);

	if (err)
		return err;
	return a.v[FILECACHE_A_EVICT_EVICTED] < pages ? -EBUSY : 0;
}

int main(int argc, char **argv)
{
	uint64_t pages = 0;
	struct client c;
	int64_t begin;
	int err, evicts;

	if (argc != 3 || (strcmp(argv[1], "drop") && strcmp(argv[1], "evict"))) {
		fprintf(stderr, "usage: evictwork drop|evict FILE\n");
		return 2;
	}
	evicts = !strcmp(argv[1], "evict");
	err = evicts ? client_open(&c) : 0;
	if (!err)
		err = read_all(argv[2], &pages);
	begin = cpu_ns();
	if (!err)
		err = evicts ? evict(&c, pages) : drop();
	if (err) {
		fprintf(stderr, "evictwork: %s: %s\n", argv[1], strerror(-err));
		return 1;
	}
	printf("value %s %lld\n", argv[1], (long long)(cpu_ns() - begin));
	return 0;
}
