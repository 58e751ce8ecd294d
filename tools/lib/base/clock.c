// SPDX-License-Identifier: GPL-2.0-or-later
/* Clocks in nanoseconds, and ticks that do not drift. */
#include "clock.h"

uint64_t clock_now_ns(clockid_t clock)
{
	struct timespec ts = { 0 };

	clock_gettime(clock, &ts);
	return (uint64_t)ts.tv_sec * NSEC_PER_SEC + (uint64_t)ts.tv_nsec;
}

int clock_sleep_until(uint64_t monotonic_ns)
{
	struct timespec ts = {
		.tv_sec = (time_t)(monotonic_ns / NSEC_PER_SEC),
		.tv_nsec = (long)(monotonic_ns % NSEC_PER_SEC),
	};

	return -clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &ts, NULL);
}

int clock_sleep(uint64_t ns)
{
	return clock_sleep_until(clock_now_ns(CLOCK_MONOTONIC) + ns);
}

void interval_init(struct interval *interval, uint64_t period_ns)
{
	interval->period_ns = period_ns ? period_ns : 1;
	interval->next_ns = clock_now_ns(CLOCK_MONOTONIC) + interval->period_ns;
}

int interval_wait(struct interval *interval)
{
	int r = clock_sleep_until(interval->next_ns);
	uint64_t now;

	if (r < 0)
		return r;
	now = clock_now_ns(CLOCK_MONOTONIC);
	interval->next_ns += interval->period_ns;
	if (interval->next_ns <= now) {
		uint64_t missed = (now - interval->next_ns) / interval->period_ns + 1;

		interval->next_ns += missed * interval->period_ns;
	}
	return 0;
}
