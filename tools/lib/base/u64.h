/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Arithmetic on amounts, which are never less than nothing. */
#ifndef BASE_U64_H
#define BASE_U64_H

#include <stdint.h>

static inline uint64_t u64_min(uint64_t a, uint64_t b)
{
	return a < b ? a : b;
}

static inline uint64_t u64_max(uint64_t a, uint64_t b)
{
	return a > b ? a : b;
}

/** u64_sub_sat() - a - b, or 0 where that is less than nothing. */
static inline uint64_t u64_sub_sat(uint64_t a, uint64_t b)
{
	return a > b ? a - b : 0;
}

/** u64_abs_diff() - How far apart two amounts are. */
static inline uint64_t u64_abs_diff(uint64_t a, uint64_t b)
{
	return a > b ? a - b : b - a;
}

#endif
