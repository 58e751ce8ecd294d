/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Plan and law put together for all guests and groups: one decision per interval. */
#ifndef BALLOON_SYNC_DECISION_H
#define BALLOON_SYNC_DECISION_H

#include "base/error.h"
#include "plan.h"

/* Bounds of what is allocated; a host has far less. */
#define DECISION_GUESTS_MAX	65536
#define DECISION_GROUPS_MAX	65536
#define DECISION_CHARGES_MAX	1048576

/**
 * struct decision_config - how the plan is followed
 * @deadband_kb: see law_follow()
 * @slew_kb: see law_follow()
 */
struct decision_config {
	uint64_t deadband_kb;
	uint64_t slew_kb;
};

/**
 * struct decision_guest - what is remembered of a guest between two decisions
 * @wanted_kb: what was decided
 * @moving: set by the caller: this has not been carried out yet
 * @planned_kb: what was planned last
 * @same: decisions in a row in which that did not change
 */
struct decision_guest {
	uint64_t wanted_kb;
	bool moving;
	uint64_t planned_kb;
	unsigned int same;
};

/**
 * struct decision - the situation, the plan, and how far it is followed
 * @config: how it is followed
 * @policy: who pays first
 * @host: filled in by the caller before each decision
 * @guests: @guest_count of them, filled in by the caller
 * @groups: @group_count of them; the caller fills in all but high_kb
 * @charges: @charge_count of them, filled in by the caller once
 * @states: one for each guest
 * @plan: the last plan
 * @wants: for law_fit()
 */
struct decision {
	struct decision_config config;
	enum plan_policy policy;
	struct plan_host host;
	size_t guest_count;
	size_t group_count;
	size_t charge_count;
	struct plan_guest *guests;
	struct plan_group *groups;
	struct plan_charge *charges;
	struct decision_guest *states;
	struct plan_output plan;
	struct law_want *wants;
};

/**
 * decision_create() - Memory for so many guests, groups and charges.
 * @guest_count: at most DECISION_GUESTS_MAX
 * @group_count: at most DECISION_GROUPS_MAX
 * @charge_count: at most DECISION_CHARGES_MAX
 * @ret: all zero, but that no group is limited, and no guest stuck
 * @err: why it failed
 *
 * Return: 0; -E2BIG; -ENOMEM.
 */
int decision_create(size_t guest_count, size_t group_count, size_t charge_count,
		    struct decision **ret, struct error *err);

/** decision_destroy() - Free it; NULL is allowed. */
void decision_destroy(struct decision *decision);

/**
 * decision_make() - Decide for one interval.
 * @decision: with the new situation filled in
 *
 * Afterwards @states say what is wanted of each guest, all of it together no
 * more than the host's room, and the high_kb of @groups which limits are to
 * be in force.  Allocates nothing.
 */
void decision_make(struct decision *decision);

#endif
