// SPDX-License-Identifier: GPL-2.0-or-later
/* Commands that are run in our place: their end, their signals, and what cannot be run. */
#include <errno.h>
#include <signal.h>

#include "base/child.h"
#include "base/clock.h"
#include "ktap.h"

static int run(const char *script)
{
	char *const argv[] = { "sh", "-c", (char *)script, NULL };
	struct child child;

	child_hold_signals(&child);
	ASSERT(child_start(&child, argv, NULL, NULL, NULL) == 0);
	return child_follow(&child, NSEC_PER_SEC, NULL, NULL);
}

TEST(its_status_is_ours)
{
	EXPECT_INT(run("exit 0"), 0);
	EXPECT_INT(run("exit 7"), 7);
	EXPECT_INT(run("kill -KILL $$"), 128 + SIGKILL);
}

/* It has the signals that we had, not those that we hold. */
TEST(nothing_is_blocked_for_it)
{
	EXPECT_INT(run("kill -USR1 $$; exit 0"), 128 + SIGUSR1);
}

TEST(what_cannot_be_run)
{
	char *const missing[] = { "/no/such/program", NULL };
	char *const no_program[] = { "/etc/passwd", NULL };
	struct child child;
	struct error err;

	child_hold_signals(&child);
	EXPECT_INT(child_start(&child, missing, NULL, NULL, &err), CHILD_NOT_FOUND);
	EXPECT_HAS(err.text, "/no/such/program");
	EXPECT_INT(child_start(&child, no_program, NULL, NULL, &err), CHILD_NOT_RUN);
}

static int fail(void *data)
{
	return -EXDEV;
}

TEST(what_comes_before_it_may_fail)
{
	char *const argv[] = { "true", NULL };
	struct child child;

	child_hold_signals(&child);
	EXPECT_INT(child_start(&child, argv, fail, NULL, NULL), -EXDEV);
}

static void end_us(void *data)
{
	kill(getpid(), SIGTERM);
}

TEST(signals_are_passed_on)
{
	char script[] = "trap 'exit 3' TERM; while :; do sleep 0.05; done";
	char *const argv[] = { "sh", "-c", script, NULL };
	struct child child;

	child_hold_signals(&child);
	ASSERT(child_start(&child, argv, NULL, NULL, NULL) == 0);
	/* Told each time, since the first may come before it listens. */
	EXPECT(child_follow(&child, 100 * NSEC_PER_MSEC, end_us, NULL) != 0);
}

KTAP_MAIN()
