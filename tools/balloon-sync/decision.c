// SPDX-License-Identifier: GPL-2.0-or-later
/* Plan and law put together for all guests and groups: one decision per interval. */
#include <errno.h>
#include <stdlib.h>

#include "decision.h"

#define QUIET_SAMPLES 3

/* No array is asked for with no elements, which might be NULL without a failure. */
static void *array(size_t count, size_t size)
{
	return calloc(count ? count : 1, size);
}

static bool allocate(struct decision *d)
{
	size_t shares = plan_shares(d->group_count, d->charge_count);

	d->guests = array(d->guest_count, sizeof(*d->guests));
	d->groups = array(d->group_count, sizeof(*d->groups));
	d->charges = array(d->charge_count, sizeof(*d->charges));
	d->states = array(d->guest_count, sizeof(*d->states));
	d->wants = array(d->guest_count, sizeof(*d->wants));
	d->plan.guests = array(d->guest_count, sizeof(*d->plan.guests));
	d->plan.groups = array(d->group_count, sizeof(*d->plan.groups));
	d->plan.shares = array(shares, sizeof(*d->plan.shares));
	d->plan.scratch = array(shares, sizeof(*d->plan.scratch));
	d->plan.charges_kb = array(d->charge_count, sizeof(*d->plan.charges_kb));
	return d->guests && d->groups && d->charges && d->states && d->wants &&
	       d->plan.guests && d->plan.groups && d->plan.charges_kb &&
	       d->plan.shares && d->plan.scratch;
}

void decision_destroy(struct decision *d)
{
	if (!d)
		return;
	free(d->guests);
	free(d->groups);
	free(d->charges);
	free(d->states);
	free(d->wants);
	free(d->plan.guests);
	free(d->plan.groups);
	free(d->plan.charges_kb);
	free(d->plan.shares);
	free(d->plan.scratch);
	free(d);
}

int decision_create(size_t guest_count, size_t group_count, size_t charge_count,
		    struct decision **ret, struct error *err)
{
	struct decision *d;
	size_t i;

	if (guest_count > DECISION_GUESTS_MAX || group_count > DECISION_GROUPS_MAX ||
	    charge_count > DECISION_CHARGES_MAX)
		return error_set(err, -E2BIG,
				 "guests, groups: %zu, %zu, %zu charges are too many; %d, %d, %d at most",
				 guest_count, group_count, charge_count, DECISION_GUESTS_MAX,
				 DECISION_GROUPS_MAX, DECISION_CHARGES_MAX);
	d = calloc(1, sizeof(*d));
	if (!d)
		return error_errno(err, -ENOMEM, "guests, groups");
	d->guest_count = guest_count;
	d->group_count = group_count;
	d->charge_count = charge_count;
	if (!allocate(d)) {
		decision_destroy(d);
		return error_errno(err, -ENOMEM, "guests, groups");
	}
	for (i = 0; i < guest_count; i++) {
		d->guests[i].able_kb = PLAN_NONE;
		d->guests[i].quantum_kb = LAW_PAGE_KB;
	}
	for (i = 0; i < group_count; i++) {
		d->groups[i].cap_kb = PLAN_NONE;
		d->groups[i].high_kb = PLAN_NONE;
	}
	*ret = d;
	return 0;
}

static void follow(struct decision *d, size_t i)
{
	const struct plan_guest_result *plan = &d->plan.guests[i];
	struct decision_guest *state = &d->states[i];
	struct law_step step = {
		.planned_kb = plan->planned_kb,
		.most_kb = plan->most_kb,
		.wanted_kb = state->wanted_kb,
		.quantum_kb = d->guests[i].quantum_kb,
		.moving = state->moving,
	};

	state->same = plan->planned_kb == state->planned_kb ? state->same + 1 : 0;
	state->planned_kb = plan->planned_kb;
	step.quiet = state->same >= QUIET_SAMPLES;
	d->wants[i] = (struct law_want){
		.wanted_kb = law_follow(&step, d->config.deadband_kb, d->config.slew_kb),
		.planned_kb = plan->planned_kb,
		.quantum_kb = d->guests[i].quantum_kb,
	};
}

void decision_make(struct decision *d)
{
	struct plan_input input = {
		.policy = d->policy,
		.host = d->host,
		.guests = d->guests,
		.guest_count = d->guest_count,
		.groups = d->groups,
		.group_count = d->group_count,
		.charges = d->charges,
		.charge_count = d->charge_count,
	};
	size_t i;

	plan_make(&input, &d->plan);
	for (i = 0; i < d->guest_count; i++)
		follow(d, i);
	law_fit(d->wants, d->guest_count, d->host.room_kb);
	for (i = 0; i < d->guest_count; i++)
		d->states[i].wanted_kb = d->wants[i].wanted_kb;
	for (i = 0; i < d->group_count; i++)
		d->groups[i].high_kb = d->plan.groups[i].high_kb;
}
