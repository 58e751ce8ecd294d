// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The worst single event: a folio as big as a page-table's last-but-one level
 * maps leaves the page cache at once, with interrupts off.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include "mark.h"

#ifndef MADV_COLLAPSE
#define MADV_COLLAPSE 25	/* Linux 6.1 */
#endif

#define PAGE 4096
#define HUGE (2 * 1024 * 1024)
#define ALIGN_UP(p) ((char *)(((uintptr_t)(p) + HUGE - 1) & ~(HUGE - 1UL)))

/* Every page of it written by a process of its own, or all by this one. */
static int fill(int fd, int owners)
{
	char page[PAGE] = "x";
	int i;

	for (i = 0; i < HUGE / PAGE; i++) {
		int own = owners > 1 && i % (HUGE / PAGE / owners) == 0;
		pid_t pid = own ? fork() : 0;

		if (pid > 0) {
			int status;

			if (waitpid(pid, &status, 0) != pid || status)
				return -EIO;
			i += HUGE / PAGE / owners - 1;
			continue;
		}
		if (pwrite(fd, page, PAGE, (off_t)i * PAGE) != PAGE)
			return own ? _exit(1), 0 : -errno;
		if (owners > 1 && (i + 1) % (HUGE / PAGE / owners) == 0)
			_exit(0);
	}
	return 0;
}

static void *map_aligned(int fd)
{
	char *p = mmap(NULL, 2 * HUGE, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	if (p == MAP_FAILED)
		return p;
	return mmap(ALIGN_UP(p), HUGE, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_FIXED, fd, 0);
}

/* Return: kB that some mapping of ours has by one huge entry. */
static long huge_mapped(void)
{
	FILE *f = fopen("/proc/self/smaps", "r");
	long kb, sum = 0;
	char line[256];

	while (f && fgets(line, sizeof(line), f))
		if (sscanf(line, "FilePmdMapped: %ld", &kb) == 1 ||
		    sscanf(line, "ShmemPmdMapped: %ld", &kb) == 1)
			sum += kb;
	if (f)
		fclose(f);
	return sum;
}

/* Read the file, which is not cached, so that readahead brings one folio. */
static int huge_fault(int fd, char *p)
{
	if (madvise(p, HUGE, MADV_HUGEPAGE))
		return -errno;
	return *p == 'x' ? 0 : -EIO;
}

static int huge_collapse(int fd, char *p)
{
	int i;

	for (i = 0; i < HUGE; i += PAGE)
		if (p[i] != 'x')
			return -EIO;
	return madvise(p, HUGE, MADV_COLLAPSE) ? -errno : 0;
}

static int delete(int fd, const char *label)
{
	int err;

	mark(MARK_BEGIN);
	err = ftruncate(fd, 0) ? -errno : 0;
	mark_number(strtoul(label, NULL, 10));
	mark(MARK_END);
	return err;
}

int main(int argc, char **argv)
{
	int collapse, fd, err;
	char *p;

	if (argc != 4 && argc != 5) {
		fprintf(stderr, "usage: hugework LABEL fault|collapse FILE [OWNERS]\n");
		return 2;
	}
	collapse = !strcmp(argv[2], "collapse");
	fd = open(argv[3], O_RDWR | O_CREAT, 0600);
	err = fd < 0 ? -errno : fill(fd, argc == 5 ? atoi(argv[4]) : 1);
	if (!err && !collapse) {
		fsync(fd);
		posix_fadvise(fd, 0, 0, POSIX_FADV_DONTNEED);
	}
	if (!err) {
		p = map_aligned(fd);
		err = p == MAP_FAILED ? -errno : collapse ? huge_collapse(fd, p) :
						    huge_fault(fd, p);
	}
	if (!err && huge_mapped() < HUGE / 1024)
		err = -ENOTSUP;
	if (!err) {
		munmap(p, HUGE);
		err = delete(fd, argv[1]);
	}
	unlink(argv[3]);
	if (err)
		fprintf(stderr, "hugework: %s: %s\n", argv[3], strerror(-err));
	return err != 0;
}
