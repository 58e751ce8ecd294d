/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The plan: what each guest should give for what each group uses.
 *
 * Pure functions over arrays that the caller has: no clock, no memory of its
 * own, nothing remembered.  How fast the plan is followed is law.h.
 */
#ifndef BALLOON_SYNC_PLAN_H
#define BALLOON_SYNC_PLAN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "law.h"
#include "share.h"

/* Larger amounts are taken for this one, so that no sum overflows: 4 PiB. */
#define PLAN_MAX_KB	0x40000000000ULL
#define PLAN_NONE	UINT64_MAX

/**
 * enum plan_policy - who pays first
 * @PLAN_MIRROR: guests give all that is used
 * @PLAN_SLACK_FIRST: the host's slack is used up before a guest is asked
 */
enum plan_policy {
	PLAN_MIRROR,
	PLAN_SLACK_FIRST,
};

/**
 * struct plan_host - the host, in kB
 * @room_kb: how much it can grow above its size at rest
 * @slack_kb: what nobody would use if no group used any and nothing had been
 *	moved; see plan_slack()
 */
struct plan_host {
	uint64_t room_kb;
	uint64_t slack_kb;
};

/**
 * struct plan_guest - a guest, in kB
 * @rest_kb: its size with nothing moved
 * @floor_kb: it keeps at least so much
 * @able_kb: it can give no more than this, PLAN_NONE if that is not known
 * @quantum_kb: it gives only multiples of this, a multiple of LAW_PAGE_KB
 * @is_short: @able_kb is by its own account, not what it has been seen to give
 */
struct plan_guest {
	uint64_t rest_kb;
	uint64_t floor_kb;
	uint64_t able_kb;
	uint64_t quantum_kb;
	bool is_short;
};

/**
 * struct plan_group - a group, in kB
 * @used_kb: what it uses
 * @cap_kb: no more than this is charged, PLAN_NONE for no cap
 * @least_kb: it is never limited to less
 * @high_kb: the limit in force, PLAN_NONE without
 * @can_limit: there is a cgroup to put a limit on
 */
struct plan_group {
	uint64_t used_kb;
	uint64_t cap_kb;
	uint64_t least_kb;
	uint64_t high_kb;
	bool can_limit;
};

/**
 * struct plan_charge - that a group is charged to a guest
 * @group: its index
 * @guest: its index; each pair of the two at most once
 * @weight: the guest's part is this, of the sum of the group's weights
 */
struct plan_charge {
	uint32_t group;
	uint32_t guest;
	uint32_t weight;
};

/**
 * struct plan_input - everything that a plan depends on
 * @policy: who pays first
 * @host: the host
 * @guests: @guest_count of them
 * @groups: @group_count of them
 * @charges: @charge_count of them, indexes within the arrays above
 */
struct plan_input {
	enum plan_policy policy;
	struct plan_host host;
	const struct plan_guest *guests;
	size_t guest_count;
	const struct plan_group *groups;
	size_t group_count;
	const struct plan_charge *charges;
	size_t charge_count;
};

/**
 * struct plan_guest_result - what a guest should give, in kB
 * @asked_kb: what its groups' parts come to, as far as it has that to spare
 * @planned_kb: in all, to the page
 * @wanted_kb: the same rounded down to whole quanta; this is what is charged
 * @lost_kb: the difference, less than a quantum
 * @most_kb: what its limits would allow at most, for struct law_step
 * @limit: why @planned_kb is less than its groups' parts, LAW_FREE if not
 * @work: plan.c's own, in pages
 */
struct plan_guest_result {
	uint64_t asked_kb;
	uint64_t planned_kb;
	uint64_t wanted_kb;
	uint64_t lost_kb;
	uint64_t most_kb;
	enum law_limit limit;
	struct {
		uint64_t parts;		/* asked of it by all groups */
		uint64_t charged;	/* of these, those before this charge */
		uint64_t given;		/* charged for these */
		uint64_t able;		/* can give by itself */
		uint64_t most;
		size_t charges;		/* to it */
		size_t first;		/* of its shares */
		size_t shares;		/* charges that have a weight */
		bool capped;		/* a group uses more than its cap */
	} work;
};

/**
 * struct plan_group_result - who pays for a group, in kB
 * @demand_kb: what is to be paid: @slack_kb, @charged_kb and @uncovered_kb
 *	add up to it exactly
 * @slack_kb: paid by the host's slack
 * @charged_kb: paid by guests
 * @uncovered_kb: paid by nobody, and so by whoever else uses the host
 * @allowance_kb: so much could be paid if it alone used more
 * @high_kb: limit it to this (memory.high), PLAN_NONE to remove the limit
 * @work: plan.c's own, in pages
 */
struct plan_group_result {
	uint64_t demand_kb;
	uint64_t slack_kb;
	uint64_t charged_kb;
	uint64_t uncovered_kb;
	uint64_t allowance_kb;
	uint64_t high_kb;
	struct {
		uint64_t rest;		/* asked of guests */
		uint64_t parted;	/* of this, to charges before this one */
		uint64_t claim;		/* as it counts for others' allowances */
		uint64_t allowance;
		uint64_t weights;	/* sum of all */
		uint64_t weight;	/* sum of those before this charge */
	} work;
};

/**
 * struct plan_output - the plan, in arrays that the caller has made
 * @guests: one for each guest
 * @groups: one for each group
 * @charges_kb: one for each charge: what that guest pays for that group
 * @shares: plan_shares() of them, for plan.c's own use
 * @scratch: likewise
 */
struct plan_output {
	struct plan_guest_result *guests;
	struct plan_group_result *groups;
	uint64_t *charges_kb;
	struct share *shares;
	struct share *scratch;
};

/** plan_shares() - How many shares struct plan_output must have room for. */
static inline size_t plan_shares(size_t group_count, size_t charge_count)
{
	return group_count > charge_count ? group_count : charge_count;
}

/**
 * plan_make() - Who should give how much for whom.
 * @input: the situation
 * @output: every element is filled in
 *
 * All results are whole pages.  What a group uses is rounded up to a page
 * where its cap allows.  Parts add up: a guest's @wanted_kb is the sum of its
 * charges, a group's @charged_kb that of its own, and the sum of all
 * @wanted_kb is no more than the host's room.  A part is off by less than a
 * page from its exact fraction, so it may fall by a page while the whole rises.
 *
 * Takes time in proportion to guests, groups and charges, of the latter two
 * times their logarithm.
 */
void plan_make(const struct plan_input *input, struct plan_output *output);

/**
 * plan_slack() - Memory of the host that nobody would use by himself.
 * @free_kb: free memory of the host now
 * @used_kb: what all groups use together
 * @arrived_kb: what has been moved to the host
 * @reserve_kb: leave so much free
 *
 * What groups use has been taken from free memory and what was moved added to
 * it; both cancel out here, so that the result depends on neither.
 *
 * Return: for struct plan_host; 0 where there is none.
 */
uint64_t plan_slack(uint64_t free_kb, uint64_t used_kb, uint64_t arrived_kb,
		    uint64_t reserve_kb);

#endif
