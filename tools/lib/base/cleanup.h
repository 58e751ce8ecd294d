/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Scope guards, under the names the kernel's cleanup.h uses. */
#ifndef BASE_CLEANUP_H
#define BASE_CLEANUP_H

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

static inline void cleanup_free(void *p)
{
	free(*(void **)p);
}

static inline void cleanup_close(int *fd)
{
	if (*fd >= 0)
		close(*fd);
}

static inline void cleanup_fclose(FILE **f)
{
	if (*f)
		fclose(*f);
}

#define __free_mem	__attribute__((cleanup(cleanup_free)))
#define __free_fd	__attribute__((cleanup(cleanup_close)))
#define __free_file	__attribute__((cleanup(cleanup_fclose)))

/* Hand a guarded pointer or descriptor on to the caller. */
#define no_free_ptr(p) ({ __typeof__(p) __val = (p); (p) = NULL; __val; })
#define no_free_fd(fd) ({ int __val = (fd); (fd) = -1; __val; })

#endif
