// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Plan and law for one guest and one group: a table of situations, and what
 * holds in any of them; and the law for several.
 */
#include "balloon-sync/plan.h"
#include "base/macros.h"
#include "ktap.h"

#define MB 1024ULL
#define LAW_NO_CAP PLAN_NONE

/**
 * struct law_config - what the operator wants, in kB
 * @floor_kb: the guest keeps at least so much
 * @cap_kb: never move more than this
 * @deadband_kb: smaller changes wait until use is quiet
 * @slew_kb: change by at most so much in one step, 0 for any
 */
struct law_config {
	uint64_t floor_kb;
	uint64_t cap_kb;
	uint64_t deadband_kb;
	uint64_t slew_kb;
};

/**
 * struct law_input - the situation, in kB
 * @used_kb: what the group uses
 * @wanted_kb: what was wanted last
 * @guest_kb: the guest's size with nothing moved
 * @host_room_kb: how much the host can grow
 * @moving: the last wish has not been carried out yet
 * @quiet: use has not changed for some samples
 */
struct law_input {
	uint64_t used_kb;
	uint64_t wanted_kb;
	uint64_t guest_kb;
	uint64_t host_room_kb;
	bool moving;
	bool quiet;
};

/* One guest for one group. */
static uint64_t law_decide(const struct law_config *config, const struct law_input *input,
			   enum law_limit *ret_limit)
{
	struct plan_guest guest = {
		.rest_kb = input->guest_kb,
		.floor_kb = config->floor_kb,
		.able_kb = PLAN_NONE,
		.quantum_kb = LAW_PAGE_KB,
	};
	struct plan_group group = { .used_kb = input->used_kb, .cap_kb = config->cap_kb,
				    .high_kb = PLAN_NONE };
	struct plan_charge charge = { .weight = 1 };
	struct plan_guest_result result;
	struct plan_group_result group_result;
	struct share shares[1], scratch[1];
	uint64_t charge_kb;
	struct plan_input in = {
		.host.room_kb = input->host_room_kb,
		.guests = &guest, .guest_count = 1,
		.groups = &group, .group_count = 1,
		.charges = &charge, .charge_count = 1,
	};
	struct plan_output out = { &result, &group_result, &charge_kb, shares, scratch };
	struct law_step step = {
		.wanted_kb = input->wanted_kb,
		.quantum_kb = LAW_PAGE_KB,
		.moving = input->moving,
		.quiet = input->quiet,
	};

	plan_make(&in, &out);
	*ret_limit = result.limit;
	step.planned_kb = result.planned_kb;
	step.most_kb = result.most_kb;
	return law_follow(&step, config->deadband_kb, config->slew_kb);
}

struct row {
	const char *name;
	struct law_config config;
	struct law_input input;
	uint64_t wanted_kb;
	enum law_limit limit;
};

#define USUAL { .floor_kb = 256 * MB, .cap_kb = LAW_NO_CAP, .deadband_kb = 256 }
#define SIZES .guest_kb = 512 * MB, .host_room_kb = 500 * MB

static const struct row rows[] = {
	{ "nothing is used", USUAL, { SIZES }, 0, LAW_FREE },
	{ "all that is used is moved", USUAL,
	  { .used_kb = 100 * MB, SIZES }, 100 * MB, LAW_FREE },
	{ "up to a page", USUAL,
	  { .used_kb = 100 * MB + 1, SIZES }, 100 * MB + 4, LAW_FREE },
	{ "a small change waits", USUAL,
	  { .used_kb = 100 * MB + 200, .wanted_kb = 100 * MB, SIZES },
	  100 * MB, LAW_FREE },
	{ "a small change downwards waits", USUAL,
	  { .used_kb = 100 * MB - 200, .wanted_kb = 100 * MB, SIZES },
	  100 * MB, LAW_FREE },
	{ "not when use is quiet", USUAL,
	  { .used_kb = 100 * MB + 200, .wanted_kb = 100 * MB, .quiet = true, SIZES },
	  100 * MB + 200, LAW_FREE },
	{ "nor when memory is moving anyway", USUAL,
	  { .used_kb = 100 * MB + 200, .wanted_kb = 100 * MB, .moving = true, SIZES },
	  100 * MB + 200, LAW_FREE },
	{ "nor when the last of it is freed", USUAL,
	  { .used_kb = 0, .wanted_kb = 100, SIZES }, 0, LAW_FREE },
	{ "a change of the deadband does not wait", USUAL,
	  { .used_kb = 100 * MB + 256, .wanted_kb = 100 * MB, SIZES },
	  100 * MB + 256, LAW_FREE },
	{ "the floor", USUAL,
	  { .used_kb = 300 * MB, SIZES }, 256 * MB, LAW_FLOOR },
	{ "exactly the floor is no limit", USUAL,
	  { .used_kb = 256 * MB, SIZES }, 256 * MB, LAW_FREE },
	{ "rounding does not break the floor", USUAL,
	  { .used_kb = 256 * MB - 1, .guest_kb = 512 * MB - 1,
	    .host_room_kb = 500 * MB }, 256 * MB - 4, LAW_FLOOR },
	{ "a guest that is below its floor", USUAL,
	  { .used_kb = 10 * MB, .guest_kb = 100 * MB, .host_room_kb = 500 * MB },
	  0, LAW_FLOOR },
	{ "the cap", { .cap_kb = 50 * MB },
	  { .used_kb = 100 * MB, SIZES }, 50 * MB, LAW_CAP },
	{ "the host's ceiling", USUAL,
	  { .used_kb = 100 * MB, .guest_kb = 512 * MB, .host_room_kb = 40 * MB },
	  40 * MB, LAW_HOST },
	{ "the smallest limit counts", { .floor_kb = 500 * MB, .cap_kb = 50 * MB },
	  { .used_kb = 100 * MB, SIZES }, 12 * MB, LAW_FLOOR },
	{ "slewing up", { .cap_kb = LAW_NO_CAP, .slew_kb = 8 * MB },
	  { .used_kb = 100 * MB, .wanted_kb = 20 * MB, SIZES },
	  28 * MB, LAW_FREE },
	{ "slewing down", { .cap_kb = LAW_NO_CAP, .slew_kb = 8 * MB },
	  { .used_kb = 0, .wanted_kb = 20 * MB, SIZES }, 12 * MB, LAW_FREE },
	{ "slewing ends exactly", { .cap_kb = LAW_NO_CAP, .slew_kb = 8 * MB },
	  { .used_kb = 21 * MB, .wanted_kb = 20 * MB, SIZES },
	  21 * MB, LAW_FREE },
	{ "a limit is obeyed at once, whatever the slew",
	  { .cap_kb = 10 * MB, .slew_kb = MB },
	  { .used_kb = 100 * MB, .wanted_kb = 90 * MB, SIZES },
	  10 * MB, LAW_CAP },
	{ "a limit is obeyed within the deadband",
	  { .cap_kb = 10 * MB, .deadband_kb = 256 },
	  { .used_kb = 100 * MB, .wanted_kb = 10 * MB + 100, SIZES },
	  10 * MB, LAW_CAP },
};

TEST(law_table)
{
	size_t i;

	for (i = 0; i < ARRAY_SIZE(rows); i++) {
		enum law_limit limit = LAW_FREE;
		uint64_t wanted = law_decide(&rows[i].config, &rows[i].input,
					     &limit);

		if (wanted == rows[i].wanted_kb && limit == rows[i].limit)
			continue;
		KTAP_SAY("%s: %" PRIu64 " kB (limit %d), expected %" PRIu64 " kB (%d)",
			 rows[i].name, wanted, (int)limit, rows[i].wanted_kb,
			 (int)rows[i].limit);
	}
}

struct follow_row {
	const char *name;
	struct law_step step;
	uint64_t slew_kb;
	uint64_t wanted_kb;
};

#define OPEN .most_kb = 500 * MB
#define HUGE .most_kb = 500 * MB, .quantum_kb = 2 * MB

static const struct follow_row follow_rows[] = {
	{ "whole quanta", { .planned_kb = 7 * MB, HUGE }, 0, 6 * MB },
	{ "half a quantum is nothing",
	  { .planned_kb = MB, .quiet = true, HUGE }, 0, 0 },
	{ "not up for a page above the next quantum",
	  { .planned_kb = 6 * MB + 4, .wanted_kb = 4 * MB, HUGE }, 0, 4 * MB },
	{ "up when it is quiet there",
	  { .planned_kb = 6 * MB + 4, .wanted_kb = 4 * MB, .quiet = true, HUGE }, 0, 6 * MB },
	{ "up when the deadband is past",
	  { .planned_kb = 6 * MB + 256, .wanted_kb = 4 * MB, HUGE }, 0, 6 * MB },
	{ "not down for a page",
	  { .planned_kb = 4 * MB - 4, .wanted_kb = 4 * MB, HUGE }, 0, 4 * MB },
	{ "down for the deadband",
	  { .planned_kb = 4 * MB - 256, .wanted_kb = 4 * MB, HUGE }, 0, 2 * MB },
	{ "a slew of less than a quantum is one",
	  { .planned_kb = 40 * MB, HUGE }, MB, 2 * MB },
	{ "a slew of more is whole ones",
	  { .planned_kb = 40 * MB, HUGE }, 5 * MB, 4 * MB },
	{ "a lower limit holds at once",
	  { .planned_kb = 7 * MB, .wanted_kb = 40 * MB, .most_kb = 9 * MB,
	    .quantum_kb = 2 * MB }, 2 * MB, 6 * MB },
	{ "a change of the page size",
	  { .planned_kb = 10 * MB + 256, .wanted_kb = 10 * MB, .quantum_kb = 4, OPEN },
	  0, 10 * MB + 256 },
};

TEST(follow_table)
{
	size_t i;

	for (i = 0; i < ARRAY_SIZE(follow_rows); i++) {
		const struct follow_row *row = &follow_rows[i];
		uint64_t wanted = law_follow(&row->step, 256, row->slew_kb);

		if (wanted != row->wanted_kb)
			KTAP_SAY("%s: %" PRIu64 " kB, expected %" PRIu64 " kB", row->name,
				 wanted, row->wanted_kb);
	}
}

TEST(fit_takes_from_those_above_their_plan)
{
	struct law_want wants[] = {
		{ .wanted_kb = 60 * MB, .planned_kb = 20 * MB, .quantum_kb = 4 },
		{ .wanted_kb = 30 * MB, .planned_kb = 30 * MB, .quantum_kb = 4 },
		{ .wanted_kb = 30 * MB, .planned_kb = 11 * MB, .quantum_kb = 2 * MB },
	};

	law_fit(wants, ARRAY_SIZE(wants), 120 * MB);
	EXPECT_U64(wants[0].wanted_kb, 60 * MB);
	/* 30 MB too much, and 40 and 20 above their plans. */
	law_fit(wants, ARRAY_SIZE(wants), 90 * MB);
	EXPECT_U64(wants[0].wanted_kb, 40 * MB);
	EXPECT_U64(wants[1].wanted_kb, 30 * MB);
	EXPECT_U64(wants[2].wanted_kb, 20 * MB);
}

/* Five times 4.8 kB are too much: pages of 4 kB would not be enough. */
TEST(fit_leaves_nothing_too_much)
{
	struct law_want wants[5];
	uint64_t sum = 0;
	size_t i;

	for (i = 0; i < ARRAY_SIZE(wants); i++)
		wants[i] = (struct law_want){ .wanted_kb = 40, .quantum_kb = 4 };
	law_fit(wants, ARRAY_SIZE(wants), 176);
	for (i = 0; i < ARRAY_SIZE(wants); i++)
		sum += wants[i].wanted_kb;
	EXPECT(sum <= 176);
}

static uint64_t state = 20261121;

static uint64_t draw(uint64_t below)
{
	state ^= state << 13;
	state ^= state >> 7;
	state ^= state << 17;
	return state % below;
}

static void draw_situation(struct law_config *config, struct law_input *input)
{
	*config = (struct law_config){
		.floor_kb = draw(600 * MB),
		.cap_kb = draw(2) ? LAW_NO_CAP : draw(400 * MB),
		.deadband_kb = draw(1024),
		.slew_kb = draw(2) ? 0 : 4 + draw(64 * MB),
	};
	*input = (struct law_input){
		.used_kb = draw(4) ? draw(600 * MB) : 0,
		.wanted_kb = 4 * draw(100 * MB),
		.guest_kb = draw(600 * MB),
		.host_room_kb = draw(600 * MB),
		.moving = draw(2),
		.quiet = draw(2),
	};
}

TEST(law_never_breaks_a_limit)
{
	struct law_config config;
	struct law_input input;
	enum law_limit limit;
	int i;

	for (i = 0; i < 200000; i++) {
		uint64_t wanted;

		draw_situation(&config, &input);
		wanted = law_decide(&config, &input, &limit);
		ASSERT(wanted % LAW_PAGE_KB == 0);
		ASSERT(wanted <= config.cap_kb);
		ASSERT(wanted <= input.host_room_kb);
		ASSERT(wanted == 0 ||
		       wanted + config.floor_kb <= input.guest_kb);
	}
}

/* From anywhere, with use at rest, the law arrives and then stays. */
TEST(law_arrives_and_rests)
{
	struct law_config config;
	struct law_input input;
	enum law_limit limit;
	int i, n;

	for (i = 0; i < 2000; i++) {
		uint64_t wanted;

		draw_situation(&config, &input);
		input.quiet = true;
		if (config.slew_kb && config.slew_kb < MB)
			config.slew_kb = MB;
		for (n = 0; n < 1000; n++)
			input.wanted_kb = law_decide(&config, &input, &limit);
		wanted = law_decide(&config, &input, &limit);
		ASSERT(wanted == input.wanted_kb);
		if (limit == LAW_FREE)
			ASSERT(wanted + 4 > input.used_kb &&
			       wanted < input.used_kb + 4);
		else
			ASSERT(wanted <= input.used_kb);
	}
}

KTAP_MAIN()
