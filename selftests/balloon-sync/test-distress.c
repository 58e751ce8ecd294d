// SPDX-License-Identifier: GPL-2.0-or-later
/* What a guest says of itself, true or not, and what is asked of it then. */
#include "balloon-sync/distress.h"
#include "base/clock.h"
#include "ktap.h"
#include "random.h"

#define MB		1024ULL
#define REST_KB		(512 * MB)
#define RESERVE_KB	(REST_KB / 16)
#define LOOK_NS		(2 * NSEC_PER_SEC)
#define PAUSE_NS	(30 * NSEC_PER_SEC)

/**
 * struct guest - what it says, and what it gave
 * @d: what is made of it
 * @says: at the next look
 * @given_kb: what it has given
 * @now_ns: time of that look
 */
struct guest {
	struct distress d;
	struct hv_distress says;
	uint64_t given_kb;
	uint64_t now_ns;
};

static struct guest new_guest(void)
{
	struct guest guest = {
		.says = {
			.total_kb = REST_KB, .free_kb = HV_UNKNOWN,
			.available_kb = HV_UNKNOWN, .swap_in_kb = HV_UNKNOWN,
			.swap_out_kb = HV_UNKNOWN, .major_faults = HV_UNKNOWN,
		},
		.now_ns = NSEC_PER_SEC,
	};

	distress_init(&guest.d);
	return guest;
}

static uint64_t look(struct guest *guest)
{
	guest->now_ns += LOOK_NS;
	/* Something is always a little different. */
	guest->says.total_kb--;
	distress_see(&guest->d, &guest->says, REST_KB, guest->given_kb, guest->now_ns);
	return distress_able(&guest->d, guest->now_ns);
}

TEST(who_says_nothing_may_give_all)
{
	struct guest guest = new_guest();

	EXPECT_U64(distress_able(&guest.d, guest.now_ns), DISTRESS_NONE);
	EXPECT_U64(look(&guest), DISTRESS_NONE);
	guest.says.available_kb = 10 * MB;
	guest.says.age_ms = HV_UNKNOWN;
	EXPECT_U64(look(&guest), DISTRESS_NONE);
	guest.says.age_ms = 11000;
	EXPECT_U64(look(&guest), DISTRESS_NONE);
}

TEST(a_sixteenth_stays_available)
{
	struct guest guest = new_guest();

	guest.says.available_kb = 300 * MB;
	EXPECT_U64(look(&guest), 300 * MB - RESERVE_KB);
	/* What was given is not available any more, which changes nothing. */
	guest.given_kb = 200 * MB;
	guest.says.available_kb = 100 * MB;
	look(&guest);
	EXPECT_U64(look(&guest), 300 * MB - RESERVE_KB);
	guest.says.available_kb = 10 * MB;
	EXPECT_U64(look(&guest), 210 * MB - RESERVE_KB);
	/* Nothing is left at all. */
	guest.given_kb = 0;
	guest.says.available_kb = 10 * MB;
	look(&guest);
	EXPECT_U64(look(&guest), 0);
}

TEST(what_is_given_but_not_told_yet_is_not_counted_twice)
{
	struct guest guest = new_guest();

	guest.says.available_kb = 300 * MB;
	look(&guest);
	/* 100 MB were given since, and the figure is from before. */
	guest.given_kb = 100 * MB;
	EXPECT_U64(look(&guest), 300 * MB - RESERVE_KB);
}

TEST(available_memory_that_wavers_moves_nothing)
{
	struct guest guest = new_guest();
	uint64_t first;
	int i;

	guest.says.available_kb = 300 * MB;
	first = look(&guest);
	for (i = 0; i < 100; i++) {
		guest.says.available_kb = 300 * MB + (uint64_t)(i % 10) * MB;
		EXPECT_U64(look(&guest), first);
	}
	guest.says.available_kb = 350 * MB;
	EXPECT_U64(look(&guest), 350 * MB - RESERVE_KB);
}

/* Looks at which it has read back so much. */
static uint64_t swap(struct guest *guest, int looks, uint64_t kb)
{
	uint64_t able = 0;

	if (guest->says.swap_in_kb == HV_UNKNOWN)
		guest->says.swap_in_kb = 0;
	while (looks--) {
		guest->says.swap_in_kb += kb;
		able = look(guest);
	}
	return able;
}

TEST(who_swaps_gets_some_back_and_is_asked_again_later)
{
	struct guest guest = new_guest();

	guest.given_kb = 200 * MB;
	EXPECT_U64(swap(&guest, 5, 2 * MB), DISTRESS_NONE);
	EXPECT_U64(swap(&guest, 1, 20 * MB), DISTRESS_NONE);
	EXPECT_U64(swap(&guest, 1, 20 * MB), 150 * MB);
	guest.given_kb = 150 * MB;
	EXPECT_U64(swap(&guest, 1, 20 * MB), 150 * MB - 150 * MB / 4);
	guest.given_kb = 150 * MB - 150 * MB / 4;
	EXPECT_U64(swap(&guest, 14, 0), guest.given_kb);
	EXPECT_U64(swap(&guest, 2, 0), DISTRESS_NONE);
}

TEST(each_time_it_is_let_be_for_longer)
{
	struct guest guest = new_guest();
	uint64_t pause_ns = PAUSE_NS, from_ns;
	int i;

	guest.given_kb = 200 * MB;
	swap(&guest, 1, 0);
	for (i = 0; i < 8; i++) {
		EXPECT(swap(&guest, 2, 20 * MB) != DISTRESS_NONE);
		from_ns = guest.now_ns;
		while (swap(&guest, 1, 0) != DISTRESS_NONE)
			EXPECT(guest.now_ns < from_ns + pause_ns);
		EXPECT(guest.now_ns < from_ns + pause_ns + LOOK_NS);
		pause_ns = pause_ns * 2 < 600 * NSEC_PER_SEC ? pause_ns * 2 :
			   600 * NSEC_PER_SEC;
	}
	/* Having fared well for as long, it begins anew. */
	swap(&guest, 302, 0);
	swap(&guest, 2, 20 * MB);
	from_ns = guest.now_ns;
	while (swap(&guest, 1, 0) != DISTRESS_NONE)
		EXPECT(guest.now_ns < from_ns + PAUSE_NS);
}

TEST(what_is_read_twice_was_said_once)
{
	struct guest guest = new_guest();

	guest.given_kb = 200 * MB;
	swap(&guest, 2, 20 * MB);
	guest.now_ns += LOOK_NS;
	distress_see(&guest.d, &guest.says, REST_KB, guest.given_kb, guest.now_ns);
	EXPECT_U64(distress_able(&guest.d, guest.now_ns), DISTRESS_NONE);
	EXPECT(swap(&guest, 1, 20 * MB) != DISTRESS_NONE);
}

TEST(who_was_started_anew_counts_from_zero)
{
	struct guest guest = new_guest();

	guest.given_kb = 200 * MB;
	swap(&guest, 2, 20 * MB);
	guest.says.swap_in_kb = 0;
	EXPECT_U64(look(&guest), DISTRESS_NONE);
	EXPECT_U64(swap(&guest, 1, 20 * MB), DISTRESS_NONE);
}

/* Whatever it says, it is never asked for more than without. */
TEST(lies_are_bounded)
{
	struct guest guest = new_guest();
	struct random random;
	int i;

	random_init(&random, 7);
	for (i = 0; i < 100000; i++) {
		uint64_t able;

		guest.says = (struct hv_distress){
			.total_kb = random_next(&random), .free_kb = random_next(&random),
			.available_kb = random_next(&random) >> random_below(&random, 64),
			.swap_in_kb = random_next(&random) >> random_below(&random, 64),
			.swap_out_kb = random_next(&random),
			.major_faults = random_next(&random),
			.age_ms = random_below(&random, 20000),
		};
		guest.given_kb = random_below(&random, REST_KB);
		able = look(&guest);
		EXPECT(able == DISTRESS_NONE || able <= REST_KB);
	}
}

KTAP_MAIN()
