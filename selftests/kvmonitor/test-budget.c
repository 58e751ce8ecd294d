// SPDX-License-Identifier: GPL-2.0-or-later
/* What is left of a share for a domain: sums of both over any while, against any IDS. */
#include "base/clock.h"
#include "kvmonitor/budget.h"
#include "ktap.h"
#include "random.h"

#define SECOND		NSEC_PER_SEC
#define WINDOW		10
#define ROUNDS		200000

/* Percent of a processor, for a second. */
static uint64_t ns(uint64_t percent)
{
	return percent * (SECOND / 100);
}

TEST(what_the_ids_uses_is_taken_off)
{
	struct budget b;

	budget_init(&b, 100);
	EXPECT_U64(b.floor, 10);
	EXPECT_U64(budget_next(&b, SECOND, 0, ns(100)), 100);
	/* 30 were too much until it was seen: they are saved in the next second. */
	EXPECT_U64(budget_next(&b, SECOND, ns(30), ns(100)), 40);
	EXPECT_U64(budget_next(&b, SECOND, ns(30), ns(40)), 70);
	EXPECT_U64(budget_next(&b, SECOND, ns(30), ns(70)), 70);
	EXPECT_U64(budget_next(&b, SECOND, 0, ns(70)), 100);
	/* What is less than half a hundredth is not. */
	EXPECT_U64(budget_next(&b, SECOND, ns(1) / 3, ns(99)), 100);
	EXPECT_U64(budget_next(&b, SECOND, ns(1) * 2 / 3, ns(99)), 99);
}

TEST(a_look_may_be_late)
{
	struct budget b;

	budget_init(&b, 80);
	EXPECT_U64(budget_next(&b, 5 * SECOND, 5 * ns(20), 5 * ns(60)), 60);
	EXPECT_U64(budget_next(&b, SECOND / 2, ns(20) / 2, ns(60) / 2), 60);
}

TEST(never_below_the_floor)
{
	struct budget b;

	budget_init(&b, 50);
	EXPECT_U64(budget_next(&b, SECOND, ns(50), ns(50)), 5);
	EXPECT_U64(budget_next(&b, SECOND, ns(1000), ns(5)), 5);
	budget_init(&b, 2);
	EXPECT_U64(b.floor, 1);
	EXPECT_U64(budget_next(&b, SECOND, ns(9), ns(9)), 1);
}

/* Of a domain that gets more than its cap for hours, an hour is not taken back. */
TEST(old_debts_are_forgotten)
{
	struct budget b;
	int i;

	budget_init(&b, 100);
	for (i = 0; i < 3600; i++)
		budget_next(&b, SECOND, ns(90), ns(20));
	EXPECT_U64(budget_next(&b, SECOND, 0, ns(10)), 90);
	EXPECT_U64(budget_next(&b, SECOND, 0, ns(10)), 100);
}

/* Of an obedient domain, and an IDS that is held to its part of the share. */
TEST(any_ten_seconds_are_within_the_share)
{
	uint64_t sums[WINDOW + 1] = { 0 }, cap = 100, ids = 0, most = 0;
	struct random random;
	struct budget b;
	int i;

	random_init(&random, 1);
	budget_init(&b, 100);
	for (i = 1; i <= ROUNDS; i++) {
		uint64_t *sum = &sums[i % (WINDOW + 1)], ten;

		/* It does as before, or something else, or nothing. */
		if (random_below(&random, 4) == 0)
			ids = random_below(&random, 2) ? random_below(&random, 91) : 0;
		*sum = sums[(i - 1) % (WINDOW + 1)] + ids + cap;
		ten = *sum - sums[(i + 1) % (WINDOW + 1)];
		if (i > WINDOW && ten > most)
			most = ten;
		cap = budget_next(&b, SECOND, ns(ids), ns(cap));
		EXPECT(cap >= 10 && cap <= 100);
	}
	/* But for what it begins with at the end of them, a second of its part. */
	EXPECT(most <= WINDOW * 100 + 90);
	EXPECT(most >= WINDOW * 100);
}

KTAP_MAIN()
