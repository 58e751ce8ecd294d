/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Clocks in nanoseconds, and ticks that do not drift. */
#ifndef BASE_CLOCK_H
#define BASE_CLOCK_H

#include <stdint.h>
#include <time.h>

#define NSEC_PER_SEC	1000000000ULL
#define NSEC_PER_MSEC	1000000ULL
#define NSEC_PER_USEC	1000ULL

/** clock_now_ns() - Time of a clock, in nanoseconds. */
uint64_t clock_now_ns(clockid_t clock);

/** clock_sleep_until() - Sleep on CLOCK_MONOTONIC. Return: 0, -EINTR. */
int clock_sleep_until(uint64_t monotonic_ns);

/** clock_sleep() - Sleep for so many nanoseconds. Return: 0, -EINTR. */
int clock_sleep(uint64_t ns);

/**
 * struct interval - regular ticks on CLOCK_MONOTONIC
 * @period_ns: time between two ticks
 * @next_ns: when the next one is due
 */
struct interval {
	uint64_t period_ns;
	uint64_t next_ns;
};

/** interval_init() - Start ticking; the first tick is one period from now. */
void interval_init(struct interval *interval, uint64_t period_ns);

/**
 * interval_wait() - Sleep until the next tick.
 *
 * Ticks that have been missed are skipped rather than made up for, and the
 * others stay on the grid on which the interval started.
 *
 * Return: 0; -EINTR when a signal arrived first, the tick is then still due.
 */
int interval_wait(struct interval *interval);

#endif
