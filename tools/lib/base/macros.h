/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What C lacks, under the kernel's names. */
#ifndef BASE_MACROS_H
#define BASE_MACROS_H

/* How many elements an array has; not for pointers. */
#ifndef ARRAY_SIZE
#define ARRAY_SIZE(array) (sizeof(array) / sizeof((array)[0]))
#endif

/* A number in which only bit @n is set. */
#ifndef BIT_ULL
#define BIT_ULL(n) (1ULL << (n))
#endif

#endif
