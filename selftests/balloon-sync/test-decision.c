// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Decisions in a closed loop: groups that use more until they are limited, and
 * a host whose free memory is what was moved to it less what they use.
 */
#include <errno.h>

#include "balloon-sync/decision.h"
#include "ktap.h"
#include "random.h"

#define MB 1024ULL
#define PAGE LAW_PAGE_KB
#define MANY 40

#ifndef DECISION_STEPS
#define DECISION_STEPS 1000000
#endif
/* Demand changes during the first so many intervals, and then no more. */
#define RESTLESS 40
/*
 * So many intervals later neither plan nor limits change: a group is limited
 * one after it was seen near its allowance, which changes the others'.
 */
#define SETTLED 8
/* Then the law follows a quiet plan. */
#define QUIET 4
#define STEPS 80
#define DEMAND_MAX_KB (512 * MB)

/**
 * struct loop - what the decisions act on
 * @d: the decisions
 * @rnd: everything drawn for this loop
 * @demand_kb: what each group would use without a limit
 * @free_kb: free memory of the host if no group used any and nothing was moved
 * @reserve_kb: of that, not to be used
 * @arrived_kb: what guests have given
 * @given_kb: by each guest
 * @rate_kb: what a guest can give or take in one interval
 * @growth_kb: how much more a group can use from one interval to the next
 * @room_is_ample: the host never holds anybody back
 */
struct loop {
	struct decision *d;
	struct random rnd;
	uint64_t demand_kb[MANY];
	uint64_t free_kb;
	uint64_t reserve_kb;
	uint64_t arrived_kb;
	uint64_t given_kb[MANY];
	uint64_t rate_kb;
	uint64_t growth_kb;
	bool room_is_ample;
};

static uint64_t draw(struct loop *loop, uint32_t below)
{
	return random_below(&loop->rnd, below);
}

static uint64_t able(const struct plan_guest *guest)
{
	uint64_t spare = guest->rest_kb > guest->floor_kb ? guest->rest_kb - guest->floor_kb : 0;

	spare = spare < guest->able_kb ? spare : guest->able_kb;
	return spare - spare % PAGE;
}

static void draw_demand(struct loop *loop, size_t k)
{
	loop->demand_kb[k] = draw(loop, 4) ? draw(loop, DEMAND_MAX_KB >> draw(loop, 10)) : 0;
}

static void draw_sizes(struct loop *loop)
{
	struct decision *d = loop->d;
	uint64_t sum = 0;
	size_t i;

	for (i = 0; i < d->guest_count; i++) {
		struct plan_guest *guest = &d->guests[i];

		guest->rest_kb = 64 * MB + draw(loop, 800 * MB);
		guest->floor_kb = draw(loop, 600 * MB);
		guest->quantum_kb = draw(loop, 4) ? PAGE : 2 * MB;
		sum += able(guest);
	}
	loop->room_is_ample = draw(loop, 2);
	d->host.room_kb = loop->room_is_ample ? sum : draw(loop, sum + 1);
	for (i = 0; i < d->group_count; i++) {
		d->groups[i].can_limit = true;
		d->groups[i].cap_kb = draw(loop, 8) ? PLAN_NONE : draw(loop, 400 * MB);
		draw_demand(loop, i);
	}
	d->policy = draw(loop, 2) ? PLAN_SLACK_FIRST : PLAN_MIRROR;
	d->config.deadband_kb = draw(loop, 1024);
	d->config.slew_kb = draw(loop, 2) ? 0 : 8 * MB + draw(loop, 64 * MB);
	/* Of which there is enough for all that groups could use. */
	loop->reserve_kb = MANY * 1024 * MB;
	loop->free_kb = loop->reserve_kb + draw(loop, 500 * MB);
	loop->growth_kb = draw(loop, 2) ? DEMAND_MAX_KB : (16 + draw(loop, 64)) * MB;
	loop->rate_kb = MB + draw(loop, 500 * MB);
}

static void loop_init(struct loop *loop, uint64_t seed)
{
	struct error err = { 0 };
	size_t guests, groups, i, charge = 0, each;

	memset(loop, 0, sizeof(*loop));
	random_init(&loop->rnd, seed);
	guests = 1 + draw(loop, 1 + draw(loop, MANY));
	groups = 1 + draw(loop, 1 + draw(loop, MANY));
	each = 1 + draw(loop, guests < 3 ? guests : 3);
	ASSERT(decision_create(guests, groups, each * groups, &loop->d, &err) == 0);
	for (i = 0; i < groups; i++) {
		size_t first = draw(loop, guests), j;

		for (j = 0; j < each; j++)
			loop->d->charges[charge++] = (struct plan_charge){
				.group = i,
				.guest = (first + j) % guests,
				.weight = 1 + draw(loop, 4),
			};
	}
	draw_sizes(loop);
}

static uint64_t smallest(uint64_t a, uint64_t b, uint64_t c)
{
	a = a < b ? a : b;
	return a < c ? a : c;
}

/* Limited groups use what they may; memory is neither made nor lost. */
static void use(struct loop *loop)
{
	struct decision *d = loop->d;
	uint64_t used = 0, slack;
	size_t i;

	for (i = 0; i < d->group_count; i++) {
		struct plan_group *group = &d->groups[i];

		group->used_kb = smallest(loop->demand_kb[i], group->high_kb,
					  group->used_kb + loop->growth_kb);
		used += group->used_kb;
	}
	/* As the host would see it now. */
	slack = plan_slack(loop->free_kb + loop->arrived_kb - used, used,
			   loop->arrived_kb, loop->reserve_kb);
	ASSERT(slack == loop->free_kb - loop->reserve_kb);
	d->host.slack_kb = slack;
}

static void give(struct loop *loop)
{
	struct decision *d = loop->d;
	size_t i;

	loop->arrived_kb = 0;
	for (i = 0; i < d->guest_count; i++) {
		uint64_t wanted = d->states[i].wanted_kb, *given = &loop->given_kb[i];

		if (wanted > *given + loop->rate_kb)
			*given += loop->rate_kb;
		else if (*given > wanted + loop->rate_kb)
			*given -= loop->rate_kb;
		else
			*given = wanted;
		d->states[i].moving = *given != wanted;
		loop->arrived_kb += *given;
	}
}

static uint64_t wanted_in_all(const struct decision *d)
{
	uint64_t sum = 0;
	size_t i;

	for (i = 0; i < d->guest_count; i++)
		sum += d->states[i].wanted_kb;
	return sum;
}

static void check_step(const struct loop *loop, const struct decision_guest *before)
{
	const struct decision *d = loop->d;
	uint64_t slew = d->config.slew_kb;
	size_t i;

	ASSERT(wanted_in_all(d) <= d->host.room_kb);
	for (i = 0; i < d->guest_count; i++) {
		uint64_t now = d->states[i].wanted_kb, was = before[i].wanted_kb;
		uint64_t spare = able(&d->guests[i]);

		ASSERT(now % d->guests[i].quantum_kb == 0);
		ASSERT(now <= spare);
		if (slew)
			ASSERT(now <= was + slew);
		/* Down faster only for a limit. */
		if (slew && loop->room_is_ample && was <= spare && d->groups[0].cap_kb == PLAN_NONE)
			ASSERT(was <= now + slew || d->plan.guests[i].most_kb < was);
	}
}

static void step(struct loop *loop)
{
	struct decision_guest before[MANY];

	use(loop);
	memcpy(before, loop->d->states, loop->d->guest_count * sizeof(*before));
	decision_make(loop->d);
	check_step(loop, before);
	give(loop);
}

/* One thing changes: a group's demand, or what a guest can spare. */
static void disturb(struct loop *loop)
{
	struct decision *d = loop->d;
	size_t g = draw(loop, d->guest_count);

	switch (draw(loop, 8)) {
	case 0:
		d->guests[g].able_kb = draw(loop, 2) ? PLAN_NONE : draw(loop, 300 * MB);
		break;
	case 1:
		d->guests[g].floor_kb = draw(loop, 600 * MB);
		break;
	default:
		draw_demand(loop, draw(loop, d->group_count));
		break;
	}
}

/* What each has at least, whatever the others do; in kB, a page for every rounding. */
static uint64_t fair_share(const struct decision *d, size_t k)
{
	uint64_t sharers[MANY] = { 0 }, weights = 0, least = UINT64_MAX;
	uint64_t slack = d->policy == PLAN_SLACK_FIRST ? d->host.slack_kb : 0;
	size_t i;

	for (i = 0; i < d->charge_count; i++) {
		sharers[d->charges[i].guest]++;
		if (d->charges[i].group == k)
			weights += d->charges[i].weight;
	}
	for (i = 0; i < d->charge_count; i++) {
		const struct plan_charge *charge = &d->charges[i];
		uint64_t part;

		if (charge->group != k)
			continue;
		part = able(&d->guests[charge->guest]) / sharers[charge->guest];
		part = part * weights / charge->weight;
		least = part < least ? part : least;
	}
	if (d->host.room_kb / d->group_count < least)
		least = d->host.room_kb / d->group_count;
	least += slack / d->group_count;
	return least < d->groups[k].cap_kb ? least : d->groups[k].cap_kb;
}

/* How far what is charged may be from what is used: quanta and rounding. */
static uint64_t tolerance(const struct decision *d, size_t k)
{
	uint64_t sum = PAGE;
	size_t i;

	for (i = 0; i < d->charge_count; i++)
		if (d->charges[i].group == k)
			sum += d->guests[d->charges[i].guest].quantum_kb + MANY * PAGE;
	return sum;
}

static void check_rest(const struct loop *loop)
{
	const struct decision *d = loop->d;
	size_t i;

	for (i = 0; i < d->guest_count; i++)
		ASSERT(d->states[i].wanted_kb == d->plan.guests[i].wanted_kb);
	for (i = 0; i < d->group_count; i++) {
		const struct plan_group_result *group = &d->plan.groups[i];
		uint64_t high = d->groups[i].high_kb, demand = loop->demand_kb[i];

		/* All that is used is paid for. */
		ASSERT(group->uncovered_kb <= tolerance(d, i));
		ASSERT(group->allowance_kb + 32 * PAGE >= fair_share(d, i));
		if (high != PLAN_NONE)
			ASSERT(demand >= high / 8 * 7);
		else
			ASSERT(demand < group->allowance_kb);
	}
}

static void run(uint64_t seed)
{
	struct loop loop;
	uint64_t highs[MANY], wants[MANY], slew_steps = 0;
	size_t i;
	int n;

	loop_init(&loop, seed);
	for (n = 0; n < RESTLESS; n++) {
		if (draw(&loop, 3) == 0)
			disturb(&loop);
		step(&loop);
	}
	/* A group that takes its time to grow is near its allowance as much later. */
	for (n = 0; n < SETTLED + (int)(DEMAND_MAX_KB / loop.growth_kb); n++)
		step(&loop);
	if (loop.d->config.slew_kb)
		slew_steps = 600 * MB / (6 * MB);
	for (i = 0; i < loop.d->group_count; i++)
		highs[i] = loop.d->groups[i].high_kb;
	for (n = 0; n < QUIET + (int)slew_steps; n++) {
		step(&loop);
		for (i = 0; i < loop.d->group_count; i++)
			ASSERT(loop.d->groups[i].high_kb == highs[i]);
	}
	for (i = 0; i < loop.d->guest_count; i++)
		wants[i] = loop.d->states[i].wanted_kb;
	for (; n < STEPS; n++) {
		step(&loop);
		for (i = 0; i < loop.d->guest_count; i++)
			ASSERT(loop.d->states[i].wanted_kb == wants[i]);
	}
	check_rest(&loop);
	decision_destroy(loop.d);
}

/* ASSERT ends the test at once. */
static uint64_t last_seed;

static void say_seed(void)
{
	if (ktap_failed)
		printf("# seed %" PRIu64 "\n", last_seed);
}

TEST(any_loop_settles)
{
	uint64_t seed;

	atexit(say_seed);

	printf("# seeds 1 to %d\n", DECISION_STEPS / (RESTLESS + SETTLED + STEPS));
	for (seed = 1; seed <= DECISION_STEPS / (RESTLESS + SETTLED + STEPS); seed++) {
		last_seed = seed;
		run(seed);
	}
}

/* Use that never rests but stays within the deadband, also about the edge of a quantum. */
TEST(wavering_moves_nothing)
{
	static const uint64_t quanta[] = { PAGE, 2 * MB };
	struct error err = { 0 };
	struct decision *d;
	struct random rnd;
	size_t i;
	int n;

	random_init(&rnd, 1);
	for (i = 0; i < 2; i++) {
		uint64_t wanted;

		ASSERT(decision_create(1, 1, 1, &d, &err) == 0);
		d->guests[0] = (struct plan_guest){
			.rest_kb = 500 * MB,
			.able_kb = PLAN_NONE,
			.quantum_kb = quanta[i],
		};
		d->charges[0].weight = 1;
		d->host.room_kb = 500 * MB;
		d->config.deadband_kb = 256;
		d->groups[0].used_kb = 100 * MB;
		decision_make(d);
		wanted = d->states[0].wanted_kb;
		EXPECT_U64(wanted, 100 * MB);
		for (n = 0; n < 1000; n++) {
			d->groups[0].used_kb = 100 * MB - 200 + random_below(&rnd, 100) * PAGE;
			/* Never the same three times. */
			d->groups[0].used_kb += n % 2 * PAGE;
			decision_make(d);
			EXPECT_U64(d->states[0].wanted_kb, wanted);
		}
		/* Unless memory moves anyway. */
		d->groups[0].used_kb = 100 * MB - PAGE;
		d->states[0].moving = true;
		decision_make(d);
		EXPECT_U64(d->states[0].wanted_kb, wanted - quanta[i]);
		d->groups[0].used_kb = 0;
		decision_make(d);
		EXPECT_U64(d->states[0].wanted_kb, 0);
		decision_destroy(d);
	}
}

TEST(too_many)
{
	struct error err = { 0 };
	struct decision *d = NULL;

	EXPECT_INT(decision_create(DECISION_GUESTS_MAX + 1, 1, 1, &d, &err), -E2BIG);
	EXPECT_HAS(err.text, "too many");
	EXPECT_INT(decision_create(0, 0, 0, &d, &err), 0);
	decision_make(d);
	decision_destroy(d);
}

KTAP_MAIN()
