/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Random numbers that a seed repeats on every machine (splitmix64). */
#ifndef SELFTESTS_RANDOM_H
#define SELFTESTS_RANDOM_H

#include <stdint.h>

/** struct random - state of one sequence */
struct random {
	uint64_t state;
};

/** random_init() - Start the sequence that belongs to @seed. */
static inline void random_init(struct random *rnd, uint64_t seed)
{
	rnd->state = seed;
}

/** random_next() - The next 64 bits. */
static inline uint64_t random_next(struct random *rnd)
{
	uint64_t z = rnd->state += 0x9e3779b97f4a7c15;

	z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9;
	z = (z ^ (z >> 27)) * 0x94d049bb133111eb;
	return z ^ (z >> 31);
}

/** random_below() - A number from 0 to @limit - 1; the bias is below 2^-32. */
static inline uint64_t random_below(struct random *rnd, uint32_t limit)
{
	return (random_next(rnd) >> 32) * limit >> 32;
}

#endif
