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

/** huge_collapse() - Make huge pages of it now. Return: 0 or -1, see errno. */
static inline int huge_collapse(void *map, size_t bytes)
{
	int i, err = -1;

	/* Pages that somebody happens to hold make it try in vain. */
	for (i = 0; i < 20 && err; i++) {
		err = madvise(map, bytes, MADV_COLLAPSE);
		if (err && errno != EAGAIN && errno != EBUSY)
			break;
		if (err)
			usleep(20000);
	}
	return err;
}

#endif
