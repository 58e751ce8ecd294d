/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Huge pages in the page cache. */
#ifndef FILECACHE_TEST_HUGE_H
#define FILECACHE_TEST_HUGE_H

#include <errno.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

#define HUGE_PAGE (2UL * 1024 * 1024)

#ifndef MADV_COLLAPSE
#define MADV_COLLAPSE 25	/* Linux 6.1 */
#endif

/** huge_map() - Map a file from its start where huge pages can be mapped. */
static inline void *huge_map(int fd, size_t bytes)
{
	/* The room is taken first, so that the address can be chosen in it. */
	char *room = mmap(NULL, bytes + HUGE_PAGE, PROT_NONE,
			  MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	uintptr_t at = ((uintptr_t)room + HUGE_PAGE - 1) & ~(HUGE_PAGE - 1);
	void *map;

	/* Executable is what some kernels demand of a file that is collapsed. */
	map = mmap((void *)at, bytes, PROT_READ | PROT_EXEC, MAP_SHARED | MAP_FIXED,
		   fd, 0);
	if (room == MAP_FAILED || map == MAP_FAILED)
		_exit(1);
	return map;
}

/**
 * huge_collapse() - Make huge pages of it, as far as that can be done.
 *
 * What it says is not what it did: 6.1 calls it a failure when the page tables
 * are not there yet, with the huge page in place.  Ask memory.stat instead.
 */
static inline void huge_collapse(char *map, size_t bytes)
{
	size_t at;
	int i;

	for (at = 0; at < bytes; at += HUGE_PAGE) {
		/* So that there are page tables. */
		__asm__ __volatile__("" : : "r"(map[at]));
		/* Pages that somebody happens to hold make it try in vain. */
		for (i = 0; i < 20; i++) {
			if (!madvise(map + at, HUGE_PAGE, MADV_COLLAPSE) ||
			    (errno != EAGAIN && errno != EBUSY))
				break;
			usleep(20000);
		}
	}
}

#endif
