// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The plan: what each guest should give for what each group uses.
 *
 * Amounts inside of it are pages.  A whole is divided by cumulative rounding:
 * each part is the difference of two rounded sums, so that parts add up.
 */
#include "base/u64.h"
#include "plan.h"

#define MAX_PAGES	(PLAN_MAX_KB / LAW_PAGE_KB)

static uint64_t pages(uint64_t kb)
{
	return u64_min(kb, PLAN_MAX_KB) / LAW_PAGE_KB;
}

static uint64_t pages_up(uint64_t kb)
{
	return (u64_min(kb, PLAN_MAX_KB) + LAW_PAGE_KB - 1) / LAW_PAGE_KB;
}

static uint64_t kb(uint64_t count)
{
	return count * LAW_PAGE_KB;
}

/* a * b / c, rounded down, UINT64_MAX if that is too small for it. */
static uint64_t scaled(uint64_t a, uint64_t b, uint64_t c)
{
	__uint128_t result;
	uint64_t product;

	if (!__builtin_mul_overflow(a, b, &product))
		return product / c;
	result = (__uint128_t)a * b / c;
	return result > UINT64_MAX ? UINT64_MAX : (uint64_t)result;
}

uint64_t plan_slack(uint64_t free_kb, uint64_t used_kb, uint64_t arrived_kb,
		    uint64_t reserve_kb)
{
	return u64_sub_sat(u64_min(free_kb, PLAN_MAX_KB) + u64_min(used_kb, PLAN_MAX_KB),
			   u64_min(arrived_kb, PLAN_MAX_KB) + u64_min(reserve_kb, PLAN_MAX_KB));
}

static void clear(const struct plan_input *in, struct plan_output *out)
{
	size_t i;

	for (i = 0; i < in->guest_count; i++)
		out->guests[i] = (struct plan_guest_result){ 0 };
	for (i = 0; i < in->group_count; i++)
		out->groups[i] = (struct plan_group_result){ 0 };
	for (i = 0; i < in->charge_count; i++)
		out->groups[in->charges[i].group].work.weights += in->charges[i].weight;
}

/* Step 1: what is to be paid for each group. */
static void demands(const struct plan_input *in, struct plan_output *out)
{
	size_t i;

	for (i = 0; i < in->group_count; i++) {
		const struct plan_group *group = &in->groups[i];

		out->groups[i].demand_kb = kb(u64_min(pages_up(group->used_kb),
						      pages(group->cap_kb)));
		out->groups[i].work.rest = pages(out->groups[i].demand_kb);
	}
}

/* The most that every group may have so that together they have no more than @slack. */
static uint64_t water_level(const struct plan_input *in,
			    const struct plan_output *out, uint64_t slack)
{
	uint64_t low = 0, high = slack;

	while (low < high) {
		uint64_t level = high - (high - low) / 2, sum = 0;
		size_t i;

		for (i = 0; i < in->group_count; i++)
			sum += u64_min(out->groups[i].work.rest, level);
		if (sum <= slack)
			low = level;
		else
			high = level - 1;
	}
	return low;
}

/* Step 2: the host's slack, by equal parts; what one does not need is the others'. */
static void spend_slack(const struct plan_input *in, struct plan_output *out)
{
	uint64_t left = pages(in->host.slack_kb), level;
	size_t i;

	if (in->policy != PLAN_SLACK_FIRST)
		return;
	level = water_level(in, out, left);
	for (i = 0; i < in->group_count; i++) {
		struct plan_group_result *group = &out->groups[i];
		uint64_t paid = u64_min(group->work.rest, level);

		group->slack_kb = kb(paid);
		group->work.rest -= paid;
		left -= paid;
	}
	/* Less than one page for each who still needs it. */
	for (i = 0; i < in->group_count && left; i++) {
		struct plan_group_result *group = &out->groups[i];

		if (!group->work.rest)
			continue;
		group->slack_kb += LAW_PAGE_KB;
		group->work.rest--;
		left--;
	}
}

/* What a charge could come to at most, by the group's cap. */
static uint64_t capped_part(const struct plan_group *group, uint64_t weight,
			    uint64_t weights)
{
	if (group->cap_kb == PLAN_NONE)
		return MAX_PAGES;
	return scaled(pages(group->cap_kb), weight, weights) + 1;
}

/* Step 3: each group's rest among its guests, by weight. */
static void divide(const struct plan_input *in, struct plan_output *out)
{
	size_t i;

	for (i = 0; i < in->charge_count; i++) {
		const struct plan_charge *charge = &in->charges[i];
		const struct plan_group *from = &in->groups[charge->group];
		struct plan_group_result *group = &out->groups[charge->group];
		struct plan_guest_result *guest = &out->guests[charge->guest];
		uint64_t upto;

		out->charges_kb[i] = 0;
		if (!charge->weight)
			continue;
		group->work.weight += charge->weight;
		upto = scaled(group->work.rest, group->work.weight,
			      group->work.weights);
		out->charges_kb[i] = upto - group->work.parted;
		guest->work.parts += out->charges_kb[i];
		group->work.parted = upto;
		guest->work.capped |= from->used_kb > from->cap_kb;
		guest->work.most = u64_min(MAX_PAGES, guest->work.most +
					   capped_part(from, charge->weight,
						       group->work.weights));
	}
}

/* Step 4: no more than a guest has to spare and is able to give. */
static uint64_t limit_guests(const struct plan_input *in,
			     struct plan_output *out)
{
	uint64_t sum = 0;
	size_t i;

	for (i = 0; i < in->guest_count; i++) {
		const struct plan_guest *from = &in->guests[i];
		struct plan_guest_result *guest = &out->guests[i];
		uint64_t spare = pages(u64_sub_sat(from->rest_kb, from->floor_kb));
		uint64_t able = u64_min(spare, pages(from->able_kb));

		guest->limit = guest->work.capped ? LAW_CAP : LAW_FREE;
		if (guest->work.parts > able && able < spare)
			guest->limit = from->is_short ? LAW_SHORT : LAW_STUCK;
		else if (guest->work.parts > able)
			guest->limit = LAW_FLOOR;
		guest->asked_kb = kb(u64_min(guest->work.parts, spare));
		guest->work.able = able;
		guest->work.most = u64_min(guest->work.most, able);
		guest->planned_kb = u64_min(guest->work.parts, able);
		sum += guest->planned_kb;
	}
	return sum;
}

/* Step 5: the same fraction for every guest if there is not room for all. */
static void limit_host(const struct plan_input *in, struct plan_output *out,
		       uint64_t sum)
{
	uint64_t room = pages(in->host.room_kb), before = 0, used = 0;
	size_t i;

	for (i = 0; i < in->guest_count; i++) {
		struct plan_guest_result *guest = &out->guests[i];
		uint64_t upto, planned = guest->planned_kb;

		guest->work.most = u64_min(guest->work.most, room);
		if (sum > room) {
			before += planned;
			upto = scaled(room, before, sum);
			if (upto - used < planned)
				guest->limit = LAW_HOST;
			planned = upto - used;
			used = upto;
			guest->work.most = planned;
		}
		guest->planned_kb = kb(planned);
		guest->most_kb = kb(guest->work.most);
	}
}

static void round_to_quanta(const struct plan_input *in,
			    struct plan_output *out)
{
	size_t i;

	for (i = 0; i < in->guest_count; i++) {
		struct plan_guest_result *guest = &out->guests[i];

		guest->lost_kb = guest->planned_kb % in->guests[i].quantum_kb;
		guest->wanted_kb = guest->planned_kb - guest->lost_kb;
	}
}

/* What a guest gives is what its groups are charged, each by his part of it. */
static void charge_groups(const struct plan_input *in, struct plan_output *out)
{
	size_t i;

	for (i = 0; i < in->charge_count; i++) {
		struct plan_guest_result *guest = &out->guests[in->charges[i].guest];
		uint64_t upto;

		if (!out->charges_kb[i])
			continue;
		guest->work.charged += out->charges_kb[i];
		upto = scaled(pages(guest->wanted_kb), guest->work.charged,
			      guest->work.parts);
		out->charges_kb[i] = kb(upto - guest->work.given);
		out->groups[in->charges[i].group].charged_kb += out->charges_kb[i];
		guest->work.given = upto;
	}
	for (i = 0; i < in->group_count; i++) {
		struct plan_group_result *group = &out->groups[i];

		group->uncovered_kb = group->demand_kb - group->slack_kb -
				      group->charged_kb;
	}
}

/*
 * What a group claims for the allowances of others: what it uses, or, if it is
 * limited, all that its cap allows, since its use says nothing then.
 */
static uint64_t claim_of(const struct plan_group *group, uint64_t demand)
{
	bool limited = group->can_limit && group->high_kb != PLAN_NONE;

	return limited ? pages(group->cap_kb) : demand;
}

static void add_share(struct plan_guest_result *guest, struct share *shares,
		      uint64_t claim, size_t owner)
{
	shares[guest->work.first + guest->work.shares++] = (struct share){
		.claim = claim,
		.owner = owner,
	};
}

/* Of each group's guests, the one that leaves it least by its weight. */
static void share_guests(const struct plan_input *in, struct plan_output *out)
{
	size_t i, j, first = 0;

	for (i = 0; i < in->charge_count; i++)
		out->guests[in->charges[i].guest].work.charges++;
	for (i = 0; i < in->guest_count; i++) {
		out->guests[i].work.first = first;
		first += out->guests[i].work.charges;
	}
	for (i = 0; i < in->charge_count; i++) {
		const struct plan_charge *charge = &in->charges[i];
		const struct plan_group_result *group = &out->groups[charge->group];

		if (charge->weight)
			add_share(&out->guests[charge->guest], out->shares,
				  scaled(group->work.claim, charge->weight,
					 group->work.weights), i);
	}
	for (i = 0; i < in->guest_count; i++) {
		const struct plan_guest_result *guest = &out->guests[i];
		struct share *shares = out->shares + guest->work.first;

		share_all(shares, out->scratch, guest->work.shares, guest->work.able);
		for (j = 0; j < guest->work.shares; j++) {
			const struct plan_charge *charge = &in->charges[shares[j].owner];
			struct plan_group_result *group = &out->groups[charge->group];
			uint64_t most = scaled(u64_min(shares[j].could_have, MAX_PAGES),
					       group->work.weights, charge->weight);

			group->work.allowance = u64_min(group->work.allowance, most);
		}
	}
}

/* The host's room, among those groups that guests are charged for. */
static void share_room(const struct plan_input *in, struct plan_output *out)
{
	size_t i, count = 0;

	for (i = 0; i < in->group_count; i++)
		if (out->groups[i].work.weights)
			out->shares[count++] = (struct share){
				.claim = out->groups[i].work.claim,
				.owner = i,
			};
	share_all(out->shares, out->scratch, count, pages(in->host.room_kb));
	for (i = 0; i < count; i++) {
		struct plan_group_result *group = &out->groups[out->shares[i].owner];

		group->work.allowance = u64_min(group->work.allowance,
						out->shares[i].could_have);
	}
}

static void share_slack(const struct plan_input *in, struct plan_output *out,
			uint64_t slack)
{
	size_t i;

	for (i = 0; i < in->group_count; i++)
		out->shares[i] = (struct share){
			.claim = claim_of(&in->groups[i], pages(out->groups[i].demand_kb)),
			.owner = i,
		};
	share_all(out->shares, out->scratch, in->group_count, slack);
	for (i = 0; i < in->group_count; i++)
		out->groups[out->shares[i].owner].work.allowance +=
			out->shares[i].could_have;
}

/*
 * A limit is put on at a sixteenth below the allowance, and removed when the
 * group uses less than seven eighths of the limit in force.  Not of a new and
 * higher one, which it had no chance to reach yet.
 */
static uint64_t limit_group(const struct plan_group *group, uint64_t allowance_kb)
{
	uint64_t high = u64_max(allowance_kb, kb(pages(group->least_kb)));

	if (!group->can_limit)
		return PLAN_NONE;
	if (group->high_kb == PLAN_NONE)
		return group->used_kb >= high - high / 16 ? high : PLAN_NONE;
	if (group->used_kb < u64_min(high, group->high_kb) / 8 * 7)
		return PLAN_NONE;
	return high;
}

/* Step 7: how much each group could use and still be paid for. */
static void allow(const struct plan_input *in, struct plan_output *out)
{
	uint64_t slack = in->policy == PLAN_SLACK_FIRST ? pages(in->host.slack_kb) : 0;
	size_t i;

	for (i = 0; i < in->group_count; i++) {
		struct plan_group_result *group = &out->groups[i];

		/* Of the slack it is sure of an equal part only. */
		group->work.claim = u64_sub_sat(claim_of(&in->groups[i],
							 pages(group->demand_kb)),
						slack / in->group_count);
		group->work.allowance = group->work.weights ? MAX_PAGES : 0;
	}
	share_guests(in, out);
	share_room(in, out);
	share_slack(in, out, slack);
	for (i = 0; i < in->group_count; i++) {
		const struct plan_group *from = &in->groups[i];
		struct plan_group_result *group = &out->groups[i];

		group->allowance_kb = kb(u64_min(group->work.allowance,
						 pages(from->cap_kb)));
		group->high_kb = limit_group(from, group->allowance_kb);
	}
}

void plan_make(const struct plan_input *input, struct plan_output *output)
{
	clear(input, output);
	demands(input, output);
	spend_slack(input, output);
	divide(input, output);
	limit_host(input, output, limit_guests(input, output));
	round_to_quanta(input, output);
	charge_groups(input, output);
	allow(input, output);
}
