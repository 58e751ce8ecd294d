// SPDX-License-Identifier: GPL-2.0-or-later
/* The plan: a table of situations, and what holds in any of them. */
#include "balloon-sync/plan.h"
#include "base/macros.h"
#include "ktap.h"
#include "random.h"

#define MB 1024ULL
#define PAGE LAW_PAGE_KB
#define MANY 40
#define CHARGES_MAX (4 * MANY)

/**
 * struct world - a situation and the plan for it
 * @guests: sizes and limits
 * @groups: use and limits
 * @charges: who pays for whom
 * @in: of these
 * @guest_results: part of @out
 * @group_results: part of @out
 * @charges_kb: part of @out
 * @shares: part of @out
 * @scratch: part of @out
 * @out: the plan
 */
struct world {
	struct plan_guest guests[MANY];
	struct plan_group groups[MANY];
	struct plan_charge charges[CHARGES_MAX];
	struct plan_input in;
	struct plan_guest_result guest_results[MANY];
	struct plan_group_result group_results[MANY];
	uint64_t charges_kb[CHARGES_MAX];
	struct share shares[CHARGES_MAX];
	struct share scratch[CHARGES_MAX];
	struct plan_output out;
};

static void bind(struct world *world)
{
	world->in.guests = world->guests;
	world->in.groups = world->groups;
	world->in.charges = world->charges;
	world->out.guests = world->guest_results;
	world->out.groups = world->group_results;
	world->out.charges_kb = world->charges_kb;
	world->out.shares = world->shares;
	world->out.scratch = world->scratch;
}

static void make(struct world *world)
{
	bind(world);
	/* What was there before must not matter. */
	memset(world->guest_results, 0x5a, sizeof(world->guest_results));
	memset(world->group_results, 0x5a, sizeof(world->group_results));
	memset(world->charges_kb, 0x5a, sizeof(world->charges_kb));
	plan_make(&world->in, &world->out);
}

#define GUEST(spare, quantum) \
	{ .rest_kb = 300 * MB + (spare), .floor_kb = 300 * MB, \
	  .able_kb = PLAN_NONE, .quantum_kb = (quantum) }
#define GROUP(used) \
	{ .used_kb = (used), .cap_kb = PLAN_NONE, .high_kb = PLAN_NONE, .can_limit = true }
#define LIMITED(used, high) \
	{ .used_kb = (used), .cap_kb = PLAN_NONE, .high_kb = (high), .can_limit = true }
#define COUNTS(g, k, c) .guest_count = (g), .group_count = (k), .charge_count = (c)

/**
 * struct row - a situation and what is expected of it
 * @name: says which
 * @world: the situation
 * @wanted_kb: of each guest
 * @limits: of each guest
 * @slack_kb: paid for each group
 * @uncovered_kb: of each group
 * @allowance_kb: of each group
 * @high_kb: of each group; 0 stands for none
 */
struct row {
	const char *name;
	struct world world;
	uint64_t wanted_kb[3];
	enum law_limit limits[3];
	uint64_t slack_kb[3];
	uint64_t uncovered_kb[3];
	uint64_t allowance_kb[3];
	uint64_t high_kb[3];
};

static const struct row rows[] = {
	{ "one guest pays for one group",
	  { .guests = { GUEST(100 * MB, PAGE) }, .groups = { GROUP(60 * MB + 1) },
	    .charges = { { 0, 0, 1 } },
	    .in = { .host.room_kb = 500 * MB, COUNTS(1, 1, 1) } },
	  .wanted_kb = { 60 * MB + 4 }, .allowance_kb = { 100 * MB } },
	{ "half and half, the odd page to one of them",
	  { .guests = { GUEST(100 * MB, PAGE), GUEST(100 * MB, PAGE) },
	    .groups = { GROUP(20 * MB + 4) }, .charges = { { 0, 0, 1 }, { 0, 1, 1 } },
	    .in = { .host.room_kb = 500 * MB, COUNTS(2, 1, 2) } },
	  .wanted_kb = { 10 * MB, 10 * MB + 4 }, .allowance_kb = { 200 * MB } },
	{ "by weight",
	  { .guests = { GUEST(100 * MB, PAGE), GUEST(100 * MB, PAGE) },
	    .groups = { GROUP(40 * MB) }, .charges = { { 0, 0, 3 }, { 0, 1, 1 } },
	    .in = { .host.room_kb = 500 * MB, COUNTS(2, 1, 2) } },
	  .wanted_kb = { 30 * MB, 10 * MB },
	  .allowance_kb = { 133 * MB + 340 } },
	{ "a weight of nothing pays nothing",
	  { .guests = { GUEST(100 * MB, PAGE), GUEST(0, PAGE) },
	    .groups = { GROUP(40 * MB) }, .charges = { { 0, 0, 3 }, { 0, 1, 0 } },
	    .in = { .host.room_kb = 500 * MB, COUNTS(2, 1, 2) } },
	  .wanted_kb = { 40 * MB, 0 }, .allowance_kb = { 100 * MB } },
	{ "what one guest cannot give is not put on another",
	  { .guests = { GUEST(4 * MB, PAGE), GUEST(100 * MB, PAGE) },
	    .groups = { GROUP(40 * MB) }, .charges = { { 0, 0, 1 }, { 0, 1, 1 } },
	    .in = { .host.room_kb = 500 * MB, COUNTS(2, 1, 2) } },
	  .wanted_kb = { 4 * MB, 20 * MB }, .limits = { LAW_FLOOR, LAW_FREE },
	  .uncovered_kb = { 16 * MB }, .allowance_kb = { 8 * MB }, .high_kb = { 8 * MB } },
	{ "a guest that was seen to give no more",
	  { .guests = { { .rest_kb = 500 * MB, .floor_kb = 300 * MB, .able_kb = 50 * MB,
			  .quantum_kb = PAGE } },
	    .groups = { GROUP(60 * MB) }, .charges = { { 0, 0, 1 } },
	    .in = { .host.room_kb = 500 * MB, COUNTS(1, 1, 1) } },
	  .wanted_kb = { 50 * MB }, .limits = { LAW_STUCK }, .uncovered_kb = { 10 * MB },
	  .allowance_kb = { 50 * MB }, .high_kb = { 50 * MB } },
	{ "a cap, above which there is no demand",
	  { .guests = { GUEST(100 * MB, PAGE) },
	    .groups = { { .used_kb = 60 * MB, .cap_kb = 30 * MB + 3, .high_kb = PLAN_NONE } },
	    .charges = { { 0, 0, 1 } },
	    .in = { .host.room_kb = 500 * MB, COUNTS(1, 1, 1) } },
	  .wanted_kb = { 30 * MB }, .limits = { LAW_CAP }, .allowance_kb = { 30 * MB } },
	{ "the same fraction for all when the host is full",
	  { .guests = { GUEST(100 * MB, PAGE), GUEST(300 * MB, PAGE) },
	    .groups = { GROUP(80 * MB), GROUP(240 * MB) },
	    .charges = { { 0, 0, 1 }, { 1, 1, 1 } },
	    .in = { .host.room_kb = 160 * MB, COUNTS(2, 2, 2) } },
	  .wanted_kb = { 40 * MB, 120 * MB }, .limits = { LAW_HOST, LAW_HOST },
	  .uncovered_kb = { 40 * MB, 120 * MB }, .allowance_kb = { 80 * MB, 80 * MB },
	  .high_kb = { 80 * MB, 80 * MB } },
	{ "whole quanta only, and the group is charged no more",
	  { .guests = { GUEST(100 * MB, 2 * MB) }, .groups = { GROUP(7 * MB) },
	    .charges = { { 0, 0, 1 } },
	    .in = { .host.room_kb = 500 * MB, COUNTS(1, 1, 1) } },
	  .wanted_kb = { 6 * MB }, .uncovered_kb = { MB }, .allowance_kb = { 100 * MB } },
	{ "mirror knows no slack",
	  { .guests = { GUEST(100 * MB, PAGE) }, .groups = { GROUP(60 * MB) },
	    .charges = { { 0, 0, 1 } },
	    .in = { .host = { 500 * MB, 500 * MB }, COUNTS(1, 1, 1) } },
	  .wanted_kb = { 60 * MB }, .allowance_kb = { 100 * MB } },
	{ "slack first",
	  { .guests = { GUEST(100 * MB, PAGE) }, .groups = { GROUP(60 * MB) },
	    .charges = { { 0, 0, 1 } },
	    .in = { PLAN_SLACK_FIRST, { 500 * MB, 50 * MB }, COUNTS(1, 1, 1) } },
	  .wanted_kb = { 10 * MB }, .slack_kb = { 50 * MB }, .allowance_kb = { 150 * MB } },
	{ "a small group keeps its slack when another grows",
	  { .guests = { GUEST(200 * MB, PAGE), GUEST(200 * MB, PAGE) },
	    .groups = { GROUP(20 * MB), GROUP(180 * MB) },
	    .charges = { { 0, 0, 1 }, { 1, 1, 1 } },
	    .in = { PLAN_SLACK_FIRST, { 500 * MB, 60 * MB }, COUNTS(2, 2, 2) } },
	  .wanted_kb = { 0, 140 * MB }, .slack_kb = { 20 * MB, 40 * MB },
	  .allowance_kb = { 230 * MB, 240 * MB } },
	{ "a group that nobody pays for has the slack only",
	  { .groups = { GROUP(60 * MB) },
	    .in = { PLAN_SLACK_FIRST, { 500 * MB, 50 * MB }, COUNTS(0, 1, 0) } },
	  .slack_kb = { 50 * MB }, .uncovered_kb = { 10 * MB },
	  .allowance_kb = { 50 * MB }, .high_kb = { 50 * MB } },
	{ "two that want all of one guest have half of it each",
	  { .guests = { GUEST(100 * MB, PAGE) },
	    .groups = { LIMITED(50 * MB, 50 * MB), LIMITED(50 * MB, 50 * MB) },
	    .charges = { { 0, 0, 1 }, { 1, 0, 1 } },
	    .in = { .host.room_kb = 500 * MB, COUNTS(1, 2, 2) } },
	  .wanted_kb = { 100 * MB }, .allowance_kb = { 50 * MB, 50 * MB },
	  .high_kb = { 50 * MB, 50 * MB } },
	{ "what a group without a limit leaves is shared by those with one",
	  { .guests = { GUEST(90 * MB, PAGE) },
	    .groups = { LIMITED(35 * MB, 35 * MB), GROUP(20 * MB), LIMITED(35 * MB, 35 * MB) },
	    .charges = { { 0, 0, 1 }, { 1, 0, 1 }, { 2, 0, 1 } },
	    .in = { .host.room_kb = 500 * MB, COUNTS(1, 3, 3) } },
	  .wanted_kb = { 90 * MB }, .allowance_kb = { 35 * MB, 30 * MB, 35 * MB },
	  .high_kb = { 35 * MB, 0, 35 * MB } },
	{ "just below a sixteenth from its allowance, no limit",
	  { .guests = { GUEST(160 * MB, PAGE) }, .groups = { GROUP(150 * MB - 1) },
	    .charges = { { 0, 0, 1 } },
	    .in = { .host.room_kb = 500 * MB, COUNTS(1, 1, 1) } },
	  .wanted_kb = { 150 * MB }, .allowance_kb = { 160 * MB } },
	{ "a limit remains down to seven eighths",
	  { .guests = { GUEST(160 * MB, PAGE) }, .groups = { LIMITED(140 * MB, 160 * MB) },
	    .charges = { { 0, 0, 1 } },
	    .in = { .host.room_kb = 500 * MB, COUNTS(1, 1, 1) } },
	  .wanted_kb = { 140 * MB }, .allowance_kb = { 160 * MB }, .high_kb = { 160 * MB } },
	{ "and goes below them",
	  { .guests = { GUEST(160 * MB, PAGE) }, .groups = { LIMITED(140 * MB - 1, 160 * MB) },
	    .charges = { { 0, 0, 1 } },
	    .in = { .host.room_kb = 500 * MB, COUNTS(1, 1, 1) } },
	  .wanted_kb = { 140 * MB }, .allowance_kb = { 160 * MB } },
	{ "a limit that may rise is not gone for want of time to fill it",
	  { .guests = { GUEST(160 * MB, PAGE) }, .groups = { LIMITED(80 * MB, 80 * MB) },
	    .charges = { { 0, 0, 1 } },
	    .in = { .host.room_kb = 500 * MB, COUNTS(1, 1, 1) } },
	  .wanted_kb = { 80 * MB }, .allowance_kb = { 160 * MB }, .high_kb = { 160 * MB } },
	{ "never limited below its least",
	  { .guests = { GUEST(4 * MB, PAGE) },
	    .groups = { { .used_kb = 60 * MB, .cap_kb = PLAN_NONE, .least_kb = 16 * MB + 1,
			  .high_kb = PLAN_NONE, .can_limit = true } },
	    .charges = { { 0, 0, 1 } },
	    .in = { .host.room_kb = 500 * MB, COUNTS(1, 1, 1) } },
	  .wanted_kb = { 4 * MB }, .limits = { LAW_FLOOR }, .uncovered_kb = { 56 * MB },
	  .allowance_kb = { 4 * MB }, .high_kb = { 16 * MB } },
};

static void expect(const char *name, const char *what, size_t i, uint64_t got,
		   uint64_t want)
{
	if (got != want)
		KTAP_SAY("%s: %s of %zu is %" PRIu64 ", expected %" PRIu64, name,
			 what, i, got, want);
}

TEST(plan_table)
{
	size_t i, j;

	for (i = 0; i < ARRAY_SIZE(rows); i++) {
		const struct row *row = &rows[i];
		struct world world = row->world;

		make(&world);
		for (j = 0; j < world.in.guest_count; j++) {
			expect(row->name, "wanted", j, world.guest_results[j].wanted_kb,
			       row->wanted_kb[j]);
			expect(row->name, "limit", j, world.guest_results[j].limit,
			       row->limits[j]);
		}
		for (j = 0; j < world.in.group_count; j++) {
			const struct plan_group_result *group = &world.group_results[j];

			expect(row->name, "slack", j, group->slack_kb, row->slack_kb[j]);
			expect(row->name, "uncovered", j, group->uncovered_kb,
			       row->uncovered_kb[j]);
			expect(row->name, "allowance", j, group->allowance_kb,
			       row->allowance_kb[j]);
			expect(row->name, "high", j, group->high_kb,
			       row->high_kb[j] ? row->high_kb[j] : PLAN_NONE);
		}
	}
}

TEST(slack_knows_no_moves)
{
	EXPECT_U64(plan_slack(100 * MB, 0, 0, 10 * MB), 90 * MB);
	/* A group uses 50 MB, and 30 MB were moved for it. */
	EXPECT_U64(plan_slack(80 * MB, 50 * MB, 30 * MB, 10 * MB), 90 * MB);
	EXPECT_U64(plan_slack(5 * MB, 0, 0, 10 * MB), 0);
	EXPECT_U64(plan_slack(20 * MB, 0, 15 * MB, 10 * MB), 0);
	EXPECT_U64(plan_slack(UINT64_MAX, UINT64_MAX, 0, 0), 2 * PLAN_MAX_KB);
}

static uint64_t draw(struct random *rnd, uint64_t below)
{
	return below <= UINT32_MAX ? random_below(rnd, below) : random_next(rnd) % below;
}

/* Of every order of magnitude, with the ends of the range more often than others. */
static uint64_t draw_amount(struct random *rnd)
{
	switch (draw(rnd, 16)) {
	case 0:
		return 0;
	case 1:
		return UINT64_MAX - draw(rnd, 3);
	case 2:
		return draw(rnd, PLAN_MAX_KB);
	case 3:
		return draw(rnd, 10);
	case 4:
		return 2 * MB * draw(rnd, 1000);
	default:
		return draw(rnd, 1 << (8 + draw(rnd, 18)));
	}
}

/* One to forty, small numbers more often. */
static size_t draw_count(struct random *rnd)
{
	return 1 + draw(rnd, 1 + draw(rnd, MANY));
}

static uint32_t draw_weight(struct random *rnd)
{
	switch (draw(rnd, 12)) {
	case 0:
		return 0;
	case 1:
		return UINT32_MAX;
	default:
		return 1 + draw(rnd, 100);
	}
}

/* Each group is charged to up to four guests, no guest twice. */
static void draw_charges(struct random *rnd, struct world *world)
{
	size_t i, j;

	world->in.charge_count = 0;
	for (i = 0; i < world->in.group_count; i++) {
		size_t count = draw(rnd, 5), first = draw(rnd, world->in.guest_count);

		for (j = 0; j < count && j < world->in.guest_count; j++) {
			struct plan_charge *charge = &world->charges[world->in.charge_count++];

			charge->group = i;
			charge->guest = (first + j) % world->in.guest_count;
			charge->weight = draw_weight(rnd);
		}
	}
}

static void draw_world(struct random *rnd, struct world *world)
{
	size_t i;

	world->in = (struct plan_input){
		.policy = draw(rnd, 2) ? PLAN_SLACK_FIRST : PLAN_MIRROR,
		.host.room_kb = draw_amount(rnd),
		.host.slack_kb = draw_amount(rnd),
		.guest_count = draw_count(rnd),
		.group_count = draw_count(rnd),
	};
	for (i = 0; i < world->in.guest_count; i++)
		world->guests[i] = (struct plan_guest){
			.rest_kb = draw_amount(rnd),
			.floor_kb = draw(rnd, 2) ? draw_amount(rnd) : 0,
			.able_kb = draw(rnd, 4) ? PLAN_NONE : draw_amount(rnd),
			.quantum_kb = draw(rnd, 3) ? PAGE : 2 * MB,
		};
	for (i = 0; i < world->in.group_count; i++)
		world->groups[i] = (struct plan_group){
			.used_kb = draw_amount(rnd),
			.cap_kb = draw(rnd, 3) ? PLAN_NONE : draw_amount(rnd),
			.least_kb = draw(rnd, 2) ? 0 : draw_amount(rnd),
			.high_kb = draw(rnd, 2) ? PLAN_NONE : draw_amount(rnd),
			.can_limit = draw(rnd, 4),
		};
	draw_charges(rnd, world);
	bind(world);
}

/* What the tool does with amounts that no machine has. */
static uint64_t bounded(uint64_t kb)
{
	return kb < PLAN_MAX_KB ? kb : PLAN_MAX_KB;
}

static uint64_t whole(uint64_t kb, uint64_t unit)
{
	return kb - kb % unit;
}

static uint64_t spare_of(const struct plan_guest *guest)
{
	uint64_t spare = guest->rest_kb > guest->floor_kb ?
			 guest->rest_kb - guest->floor_kb : 0;

	return whole(bounded(spare < guest->able_kb ? spare : guest->able_kb), PAGE);
}

/* Every page of every group is paid by exactly one, or said not to be paid. */
static void check_sums(const struct world *world)
{
	uint64_t of_guest[MANY] = { 0 }, of_group[MANY] = { 0 };
	uint64_t wanted = 0, planned = 0, slack = 0, demand = 0;
	uint64_t room = whole(bounded(world->in.host.room_kb), PAGE);
	uint64_t most = world->in.policy == PLAN_MIRROR ? 0 :
			whole(bounded(world->in.host.slack_kb), PAGE);
	bool host_full = false, paying[MANY] = { false }, short_of[MANY] = { false };
	size_t i;

	for (i = 0; i < world->in.charge_count; i++) {
		const struct plan_guest_result *guest =
			&world->guest_results[world->charges[i].guest];

		if (world->charges[i].weight)
			paying[world->charges[i].group] = true;
		if ((guest->limit != LAW_FREE && guest->limit != LAW_CAP) || guest->lost_kb)
			short_of[world->charges[i].group] = true;
		ASSERT(world->charges_kb[i] % PAGE == 0);
		of_guest[world->charges[i].guest] += world->charges_kb[i];
		of_group[world->charges[i].group] += world->charges_kb[i];
		if (!world->charges[i].weight)
			ASSERT(world->charges_kb[i] == 0);
	}
	for (i = 0; i < world->in.guest_count; i++) {
		const struct plan_guest_result *guest = &world->guest_results[i];
		const struct plan_guest *from = &world->guests[i];

		ASSERT(guest->wanted_kb == of_guest[i]);
		ASSERT(guest->wanted_kb % from->quantum_kb == 0);
		ASSERT(guest->wanted_kb + guest->lost_kb == guest->planned_kb);
		ASSERT(guest->lost_kb < from->quantum_kb);
		ASSERT(guest->planned_kb <= spare_of(from));
		ASSERT(guest->planned_kb <= guest->most_kb);
		ASSERT(guest->most_kb <= spare_of(from) && guest->most_kb <= room);
		if (guest->limit == LAW_FLOOR || guest->limit == LAW_STUCK) {
			ASSERT(guest->planned_kb == spare_of(from));
			ASSERT((guest->limit == LAW_STUCK) ==
			       (whole(bounded(from->able_kb), PAGE) <
				whole(bounded(from->rest_kb - from->floor_kb), PAGE) &&
				from->rest_kb > from->floor_kb));
		}
		/* No guest may lag behind a plan that a full host made smaller. */
		if (guest->limit == LAW_HOST)
			ASSERT(guest->most_kb == guest->planned_kb);
		host_full |= guest->limit == LAW_HOST;
		wanted += guest->wanted_kb;
		planned += guest->planned_kb;
	}
	ASSERT(planned <= room);
	if (host_full)
		ASSERT(planned == room);
	for (i = 0; i < world->in.group_count; i++) {
		const struct plan_group_result *group = &world->group_results[i];
		const struct plan_group *from = &world->groups[i];
		uint64_t used = whole(bounded(from->used_kb) + PAGE - 1, PAGE);
		uint64_t cap = whole(bounded(from->cap_kb), PAGE);

		ASSERT(group->charged_kb == of_group[i]);
		ASSERT(group->demand_kb == (used < cap ? used : cap));
		ASSERT(group->slack_kb % PAGE == 0);
		ASSERT(group->slack_kb + group->charged_kb + group->uncovered_kb ==
		       group->demand_kb);
		ASSERT(group->charged_kb <= group->demand_kb);
		/* Where no guest is held back, not a page is lost. */
		if (paying[i] && !short_of[i])
			ASSERT(group->uncovered_kb == 0);
		slack += group->slack_kb;
		demand += group->demand_kb;
	}
	ASSERT(slack == (most < demand ? most : demand));
	/* While there is slack, nobody is asked for anything. */
	if (slack < most)
		ASSERT(wanted == 0);
}

/* Nobody has less of the slack than another and is still in need of it. */
static void check_envy(const struct world *world)
{
	uint64_t most = 0;
	size_t i;

	for (i = 0; i < world->in.group_count; i++)
		if (world->group_results[i].slack_kb > most)
			most = world->group_results[i].slack_kb;
	for (i = 0; i < world->in.group_count; i++)
		ASSERT(world->group_results[i].slack_kb == world->group_results[i].demand_kb ||
		       world->group_results[i].slack_kb + PAGE >= most);
}

static bool near(long double got, uint64_t want, long double pages)
{
	long double off = got - (long double)want;

	return off <= pages * PAGE && off >= -pages * PAGE;
}

/* The same plan in real numbers, which need no rounding. */
static void check_fractions(const struct world *world)
{
	long double part[CHARGES_MAX], asked[MANY] = { 0 }, weights[MANY] = { 0 };
	long double sum = 0, room = whole(bounded(world->in.host.room_kb), PAGE);
	uint64_t charged[MANY] = { 0 };
	size_t i;

	for (i = 0; i < world->in.charge_count; i++)
		weights[world->charges[i].group] += world->charges[i].weight;
	for (i = 0; i < world->in.charge_count; i++) {
		const struct plan_charge *charge = &world->charges[i];
		const struct plan_group_result *group = &world->group_results[charge->group];

		part[i] = 0;
		if (charge->weight)
			part[i] = (long double)(group->demand_kb - group->slack_kb) *
				  charge->weight / weights[charge->group];
		asked[charge->guest] += part[i];
		charged[charge->guest]++;
	}
	for (i = 0; i < world->in.guest_count; i++)
		sum += asked[i] < spare_of(&world->guests[i]) ? asked[i] :
		       spare_of(&world->guests[i]);
	for (i = 0; i < world->in.guest_count; i++) {
		long double want = asked[i], rounding = charged[i] + 2;
		const struct plan_guest_result *guest = &world->guest_results[i];
		uint64_t spare = spare_of(&world->guests[i]);

		if (want > spare)
			want = spare;
		/* Each charge may be rounded, and once more the guests' shares of room. */
		if (sum > room)
			rounding += MANY;

		if (guest->limit == LAW_FREE || guest->limit == LAW_CAP)
			ASSERT(near(asked[i], guest->planned_kb, rounding));
		if (sum > room + MANY * PAGE)
			ASSERT(near(want * (room / sum), guest->planned_kb, rounding));
		else
			ASSERT(near(want, guest->planned_kb, rounding));
	}
	for (i = 0; i < world->in.charge_count; i++) {
		long double of = asked[world->charges[i].guest];
		size_t g = world->charges[i].guest;
		const struct plan_guest_result *guest = &world->guest_results[g];

		if (of > 0)
			ASSERT(near(part[i] * (guest->wanted_kb / of), world->charges_kb[i],
				    charged[g] + 3));
	}
}

/* An allowance says nothing about the group's own use or limit. */
static void check_allowance(struct random *rnd, const struct world *world)
{
	static struct world other;
	size_t k = draw(rnd, world->in.group_count);

	other = *world;
	other.groups[k].used_kb = draw_amount(rnd);
	other.groups[k].high_kb = draw(rnd, 2) ? PLAN_NONE : draw_amount(rnd);
	make(&other);
	ASSERT(other.group_results[k].allowance_kb == world->group_results[k].allowance_kb);
	ASSERT(whole(bounded(world->groups[k].cap_kb), PAGE) >=
	       world->group_results[k].allowance_kb);
	if (!world->groups[k].can_limit)
		ASSERT(world->group_results[k].high_kb == PLAN_NONE);
	else if (world->group_results[k].high_kb != PLAN_NONE)
		ASSERT(world->group_results[k].high_kb >= world->group_results[k].allowance_kb &&
		       world->group_results[k].high_kb >=
		       whole(bounded(world->groups[k].least_kb), PAGE));
}

static uint64_t total(const struct world *world)
{
	uint64_t sum = 0;
	size_t i;

	for (i = 0; i < world->in.guest_count; i++)
		sum += world->guest_results[i].planned_kb;
	return sum;
}

/*
 * More use, more room, a lower floor and less slack never make the guests give
 * less together, but for rounding.  Nor any one of them, unless he has to leave
 * more of a full host's room to another.
 */
static void check_monotone(struct random *rnd, const struct world *world)
{
	static struct world other;
	size_t which = draw(rnd, 4), i, k = draw(rnd, world->in.group_count);
	size_t g = draw(rnd, world->in.guest_count);

	other = *world;
	switch (which) {
	case 0:
		other.groups[k].used_kb = bounded(other.groups[k].used_kb) + draw_amount(rnd) / 4;
		break;
	case 1:
		other.in.host.room_kb = bounded(other.in.host.room_kb) + draw_amount(rnd) / 4;
		break;
	case 2:
		other.guests[g].floor_kb -= draw(rnd, other.guests[g].floor_kb / 2 + 1);
		break;
	default:
		other.in.host.slack_kb -= draw(rnd, other.in.host.slack_kb / 2 + 1);
		break;
	}
	make(&other);
	/* A part may fall by one page for each charge as the whole rises. */
	ASSERT(total(&other) + PAGE * world->in.charge_count >= total(world));
	for (i = 0; i < world->in.guest_count; i++) {
		if (which != 1 && other.guest_results[i].limit == LAW_HOST)
			continue;
		ASSERT(other.guest_results[i].planned_kb + PAGE * (world->in.group_count + 1) >=
		       world->guest_results[i].planned_kb);
	}
}

#ifndef PLAN_STEPS
#define PLAN_STEPS 1000000
#endif

TEST(any_plan_adds_up_and_keeps_limits)
{
	static struct world world;
	struct random rnd;
	uint64_t seed;

	printf("# seeds 1 to %d, three plans each\n", PLAN_STEPS / 3);
	for (seed = 1; seed <= PLAN_STEPS / 3; seed++) {
		random_init(&rnd, seed);
		draw_world(&rnd, &world);
		make(&world);
		check_sums(&world);
		check_envy(&world);
		check_fractions(&world);
		check_allowance(&rnd, &world);
		check_monotone(&rnd, &world);
		if (ktap_failed) {
			KTAP_SAY("seed %" PRIu64, seed);
			return;
		}
	}
}

/* The most that one could have, found by trying. */
static uint64_t could_have(const uint64_t *claims, size_t count, size_t k, uint64_t whole)
{
	uint64_t low = 0, high = whole;

	while (low < high) {
		uint64_t level = high - (high - low) / 2, sum = level;
		size_t i;

		for (i = 0; i < count; i++)
			if (i != k)
				sum += claims[i] < level ? claims[i] : level;
		if (sum <= whole)
			low = level;
		else
			high = level - 1;
	}
	return low;
}

TEST(fair_shares)
{
	struct share shares[MANY], scratch[MANY];
	uint64_t claims[MANY];
	struct random rnd;
	size_t count, k;
	int i;

	random_init(&rnd, 20261121);
	for (i = 0; i < PLAN_STEPS / 50; i++) {
		uint64_t whole = bounded(draw_amount(&rnd));

		count = draw_count(&rnd);
		for (k = 0; k < count; k++) {
			claims[k] = bounded(draw_amount(&rnd));
			shares[k] = (struct share){ .claim = claims[k], .owner = k };
		}
		share_all(shares, scratch, count, whole);
		for (k = 0; k < count; k++)
			EXPECT_U64(shares[k].could_have,
				   could_have(claims, count, shares[k].owner, whole));
		ASSERT(!ktap_failed);
	}
}

KTAP_MAIN()
