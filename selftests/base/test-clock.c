// SPDX-License-Identifier: GPL-2.0-or-later
/* Ticks stay on their grid, whatever was missed. */
#include <errno.h>
#include <signal.h>

#include "base/clock.h"
#include "ktap.h"

#define PERIOD (100 * NSEC_PER_MSEC)

TEST(missed_ticks_are_skipped_on_the_grid)
{
	struct interval interval;
	uint64_t first, now;

	interval_init(&interval, PERIOD);
	first = interval.next_ns - 35 * PERIOD / 10;
	interval.next_ns = first;
	EXPECT_INT(interval_wait(&interval), 0);
	now = clock_now_ns(CLOCK_MONOTONIC);
	EXPECT_U64((interval.next_ns - first) % PERIOD, 0);
	EXPECT(interval.next_ns >= first + 3 * PERIOD);
	/* The next one is one period away at most. */
	EXPECT(interval.next_ns <= now + PERIOD);
}

TEST(a_tick_is_not_early)
{
	struct interval interval;
	uint64_t due;

	interval_init(&interval, NSEC_PER_MSEC);
	due = interval.next_ns;
	EXPECT_INT(interval_wait(&interval), 0);
	EXPECT(clock_now_ns(CLOCK_MONOTONIC) >= due);
	EXPECT(interval.next_ns > due);
}

static void ignore(int sig)
{
	(void)sig;
}

TEST(a_signal_leaves_the_tick_due)
{
	struct sigaction action = { .sa_handler = ignore };
	struct interval interval;
	uint64_t due;

	sigaction(SIGALRM, &action, NULL);
	interval_init(&interval, 3600 * NSEC_PER_SEC);
	due = interval.next_ns;
	alarm(1);
	EXPECT_INT(interval_wait(&interval), -EINTR);
	EXPECT_U64(interval.next_ns, due);
}

TEST(a_period_of_nothing_does_not_divide_by_zero)
{
	struct interval interval;

	interval_init(&interval, 0);
	EXPECT_INT(interval_wait(&interval), 0);
}

KTAP_MAIN()
