// SPDX-License-Identifier: GPL-2.0-or-later
/* Decisions and moves put together, without a clock or a file of its own. */
#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>

#include "base/clock.h"
#include "base/u64.h"
#include "controller.h"

/* Pages that are dirty now can be dropped a little later. */
#define EVICT_AGAIN_NS	(2 * NSEC_PER_SEC)

/* A guest's size at rest, as far as it may be made use of. */
static uint64_t rest_of(const struct config_guest *guest, uint64_t size_kb)
{
	return u64_min(size_kb, guest->ceiling_kb);
}

uint64_t controller_floor(const struct config_guest *guest, uint64_t size_kb)
{
	if (guest->floor_kb == CONFIG_FLOOR_HALF)
		return rest_of(guest, size_kb) / 2;
	return guest->floor_kb;
}

/* What the move keeps: the same, and whatever is above the ceiling. */
static uint64_t keeps(const struct config_guest *guest, uint64_t size_kb)
{
	return u64_min(size_kb, controller_floor(guest, size_kb) +
		       (size_kb - rest_of(guest, size_kb)));
}

static size_t count_charges(const struct config *config)
{
	size_t i, count = 0;

	for (i = 0; i < config->group_count; i++)
		count += config->groups[i].share_count;
	return count;
}

static void fill_charges(struct decision *d, const struct config *config)
{
	struct plan_charge *to = d->charges;
	size_t i, j;

	for (i = 0; i < config->group_count; i++) {
		const struct config_group *group = &config->groups[i];

		for (j = 0; j < group->share_count; j++)
			*to++ = (struct plan_charge){
				.group = (uint32_t)i,
				.guest = (uint32_t)group->shares[j].guest,
				.weight = group->shares[j].weight,
			};
	}
}

/* Arrays in the order of @config, nothing in them remembered. */
static int allocate(struct controller *c, const struct config *config,
		    uint64_t now_ns, struct error *err)
{
	const struct config_global *global = &config->global;
	struct decision *d;
	size_t i;
	int r = decision_create(config->guest_count, config->group_count,
				count_charges(config), &c->decision, err);

	if (r < 0)
		return r;
	c->config = config;
	c->guests = calloc(config->guest_count + 1, sizeof(*c->guests));
	c->groups = calloc(config->group_count + 1, sizeof(*c->groups));
	if (!c->guests || !c->groups)
		return error_errno(err, -ENOMEM, "guests, groups");
	d = c->decision;
	d->config.deadband_kb = global->deadband_kb;
	d->config.slew_kb = global->slew_kb;
	d->policy = global->policy == CONFIG_SLACK_FIRST ? PLAN_SLACK_FIRST : PLAN_MIRROR;
	fill_charges(d, config);
	for (i = 0; i < config->group_count; i++) {
		c->groups[i].alive_ns = now_ns;
		c->groups[i].asked_cap_kb = CONFIG_NO_CAP;
		d->groups[i].least_kb = CONTROLLER_LEAST_KB;
	}
	return 0;
}

static void release(struct controller *c)
{
	decision_destroy(c->decision);
	free(c->guests);
	free(c->groups);
	c->decision = NULL;
	c->guests = NULL;
	c->groups = NULL;
}

int controller_init(struct controller *c, const struct config *config,
		    struct hv *hv, const struct side_base *host, uint64_t now_ns,
		    struct error *err)
{
	int r;

	*c = (struct controller){ 0 };
	r = allocate(c, config, now_ns, err);
	if (r == 0)
		r = move_init(&c->move, hv, host, config->global.patience_ns, now_ns,
			      err);
	return r;
}

void controller_exit(struct controller *c)
{
	move_exit(&c->move);
	release(c);
}

int controller_join(struct controller *c, size_t i, const struct state_guest *from,
		    uint64_t now_ns, struct error *err)
{
	const struct config_guest *guest = &c->config->guests[i];
	struct move_guest_config config = {
		.base = from->base,
		.floor_kb = keeps(guest, from->base.sizes.actual_kb),
		.foreign = from->foreign,
	};

	c->decision->states[i] = (struct decision_guest){ 0 };
	c->guests[i].limit = LAW_FREE;
	distress_init(&c->guests[i].distress);
	return move_add_guest(&c->move, &config, now_ns, &c->guests[i].move, err);
}

void controller_leave(struct controller *c, size_t i)
{
	struct controller_guest *guest = &c->guests[i];

	if (!guest->move)
		return;
	move_want(&c->move, guest->move, 0);
	guest->move = NULL;
	guest->limit = LAW_FREE;
	c->decision->states[i] = (struct decision_guest){ 0 };
}

static bool has_left(const struct controller *c, const struct move_guest *move)
{
	size_t i;

	for (i = 0; i < c->config->guest_count; i++)
		if (c->guests[i].move == move)
			return false;
	return true;
}

bool controller_dismiss(struct controller *c, struct hv_domain *ret)
{
	size_t i;

	for (i = 0; i < c->move.count; i++) {
		struct move_guest *move = c->move.guests[i];
		struct hv_domain domain = move->side.base.domain;

		/* The look at its sizes costs a call, so not before it says so itself. */
		if (move->report.phase == MOVE_UNDER_WAY || !has_left(c, move) ||
		    move_remove_guest(&c->move, move, NULL) < 0)
			continue;
		*ret = domain;
		return true;
	}
	return false;
}

/* --- another configuration -------------------------------------------------- */

static bool is_same_guest(const struct controller *c, const struct config *config,
			  const struct change *change)
{
	if (change->kind != CHANGE_SAME && change->kind != CHANGE_LIMITS)
		return false;
	/* What it gave in other pieces could not be taken back in these. */
	return c->config->guests[change->before].quantum_kb ==
	       config->guests[change->after].quantum_kb;
}

static void carry_guest(struct controller *c, struct controller *next,
			const struct change *change)
{
	size_t from = change->before, to = change->after;
	struct move_guest *move;

	if (from == CHANGES_NONE)
		return;
	if (!is_same_guest(c, next->config, change)) {
		controller_leave(c, from);
		return;
	}
	next->guests[to] = c->guests[from];
	next->decision->states[to] = c->decision->states[from];
	move = next->guests[to].move;
	if (move)
		move_set_floor(move, keeps(&next->config->guests[to],
					   move->side.base.sizes.actual_kb));
}

static void carry_group(const struct controller *c, struct controller *next,
			const struct change *change)
{
	if (change->kind != CHANGE_SAME && change->kind != CHANGE_LIMITS)
		return;
	next->groups[change->after] = c->groups[change->before];
	next->decision->groups[change->after].high_kb =
		c->decision->groups[change->before].high_kb;
}

int controller_apply(struct controller *c, const struct config *config,
		     const struct changes *changes, uint64_t now_ns,
		     struct error *err)
{
	struct controller next = { 0 };
	size_t i;
	int r = allocate(&next, config, now_ns, err);

	if (r < 0) {
		release(&next);
		return r;
	}
	for (i = 0; i < changes->guest_count; i++)
		carry_guest(c, &next, &changes->guests[i]);
	for (i = 0; i < changes->group_count; i++)
		carry_group(c, &next, &changes->groups[i]);
	release(c);
	c->config = config;
	c->decision = next.decision;
	c->guests = next.guests;
	c->groups = next.groups;
	c->move.patience_ns = config->global.patience_ns;
	return 0;
}

/* --- decisions ---------------------------------------------------------------- */

static uint64_t host_room(const struct move *move)
{
	if (move->hv->pool)
		return PLAN_MAX_KB;
	return move->host.foreign ? 0 : move_room(&move->host.base);
}

/* What the guest itself says counts where it is less than what was seen. */
static void heed(struct controller *c, size_t i, uint64_t now_ns)
{
	const struct side *side = &c->guests[i].move->side;
	struct distress *distress = &c->guests[i].distress;
	struct plan_guest *guest = &c->decision->guests[i];
	uint64_t able_kb;

	if (!c->config->guests[i].back_off)
		return;
	distress_ask(distress, c->move.hv, &side->base.domain, side->base.sizes.actual_kb,
		     c->guests[i].move->given_kb, now_ns);
	able_kb = distress_able(distress, now_ns);
	if (able_kb >= guest->able_kb)
		return;
	guest->able_kb = able_kb;
	guest->is_short = true;
}

static void see_guest(struct controller *c, size_t i, uint64_t now_ns)
{
	const struct config_guest *config = &c->config->guests[i];
	const struct move_guest *move = c->guests[i].move;
	struct plan_guest *guest = &c->decision->guests[i];
	const struct side *side;
	uint64_t size_kb;

	*guest = (struct plan_guest){
		.able_kb = PLAN_NONE,
		.quantum_kb = LAW_PAGE_KB,
	};
	if (!move || move->gone)
		return;
	side = &move->side;
	size_kb = side->base.sizes.actual_kb;
	guest->rest_kb = rest_of(config, size_kb);
	guest->floor_kb = controller_floor(config, size_kb);
	guest->quantum_kb = side->base.quantum_kb;
	if (side->foreign)
		guest->able_kb = 0;
	else if (side->limited && now_ns < side->retry_ns)
		guest->able_kb = side->limit_kb;
	heed(c, i, now_ns);
	c->decision->states[i].moving = move->report.phase == MOVE_UNDER_WAY;
}

/* Whether all guests of a group are there to be asked. */
static bool all_there(const struct controller *c, size_t i)
{
	const struct config_group *group = &c->config->groups[i];
	size_t j;

	for (j = 0; j < group->share_count; j++) {
		const struct move_guest *move = c->guests[group->shares[j].guest].move;

		if (!move || move->gone || move->side.foreign)
			return false;
	}
	return true;
}

static void see_group(struct controller *c, size_t i, uint64_t now_ns)
{
	const struct config_group *config = &c->config->groups[i];
	struct controller_group *from = &c->groups[i];
	struct plan_group *group = &c->decision->groups[i];

	if (now_ns >= from->asked_until_ns)
		from->asked_cap_kb = CONFIG_NO_CAP;
	group->used_kb = usage_total(&from->usage);
	group->cap_kb = u64_min(config->cap_kb, from->asked_cap_kb);
	/* That a guest is not there is no reason to hold up who works for it. */
	group->can_limit = config->limit && from->has_limit && all_there(c, i);
}

/*
 * A guest that rests is asked again later for what it could not give, unless
 * its groups want less by now; to want no more than it gave would end the rest.
 */
static void want(struct controller *c, size_t i)
{
	const struct decision *d = c->decision;
	struct move_guest *move = c->guests[i].move;
	uint64_t wanted_kb = d->states[i].wanted_kb;

	if (!move)
		return;
	if (d->plan.guests[i].limit == LAW_STUCK)
		wanted_kb = u64_max(wanted_kb, u64_min(move->wanted_kb,
						       d->plan.guests[i].asked_kb));
	move_want(&c->move, move, wanted_kb);
}

void controller_sample(struct controller *c, uint64_t free_kb, uint64_t now_ns)
{
	struct decision *d = c->decision;
	uint64_t used_kb = 0;
	size_t i;

	if (c->stopping)
		return;
	for (i = 0; i < d->guest_count; i++)
		see_guest(c, i, now_ns);
	for (i = 0; i < d->group_count; i++) {
		see_group(c, i, now_ns);
		used_kb += d->groups[i].used_kb;
	}
	d->host.room_kb = host_room(&c->move);
	d->host.slack_kb = plan_slack(free_kb, used_kb, c->moved.arrived_kb,
				      c->config->global.reserve_kb);
	decision_make(d);
	for (i = 0; i < d->guest_count; i++)
		want(c, i);
}

bool controller_wants_evict(struct controller *c, size_t i, uint64_t now_ns)
{
	struct controller_group *group = &c->groups[i];
	uint64_t linger_ns = c->config->global.linger_ns;

	if (group->usage.processes > 0) {
		group->alive_ns = now_ns;
		return false;
	}
	if (c->stopping || linger_ns == CONFIG_NEVER || group->usage.cache_kb == 0 ||
	    now_ns < group->evict_ns || now_ns - group->alive_ns < linger_ns)
		return false;
	group->evict_ns = now_ns + EVICT_AGAIN_NS;
	return true;
}

void controller_stop(struct controller *c)
{
	size_t i;

	c->stopping = true;
	for (i = 0; i < c->move.count; i++)
		move_want(&c->move, c->move.guests[i], 0);
}

int controller_step(struct controller *c, uint64_t now_ns, struct error *err)
{
	return move_step(&c->move, now_ns, &c->moved, err);
}

/* A group's use, as far as it is a guest's to pay for. */
static uint64_t used_part(const struct controller *c, size_t group, size_t guest)
{
	const struct config_group *config = &c->config->groups[group];
	unsigned int weight = 0, weights = 0;
	size_t i;

	for (i = 0; i < config->share_count; i++) {
		weights += config->shares[i].weight;
		if (config->shares[i].guest == guest)
			weight = config->shares[i].weight;
	}
	return weight ? (uint64_t)((__uint128_t)c->decision->groups[group].used_kb *
				   weight / weights) : 0;
}

uint64_t controller_used_for(const struct controller *c, size_t i)
{
	uint64_t sum = 0;
	size_t j;

	for (j = 0; j < c->config->group_count; j++)
		sum += used_part(c, j, i);
	return sum;
}

int controller_check(const struct config_guest *guest, const struct side_base *base,
		     const struct side_base *host, struct error *err)
{
	uint64_t size_kb = base->sizes.actual_kb;
	uint64_t floor_kb = controller_floor(guest, size_kb);

	if (floor_kb >= rest_of(guest, size_kb))
		return error_set(err, -ERANGE,
				 "%s: has %" PRIu64 " MB, the floor of %" PRIu64
				 " MB leaves nothing to take; lower --floor",
				 base->domain.name, size_kb >> 10, floor_kb >> 10);
	if (host && move_room(host) < LAW_PAGE_KB)
		return error_set(err, -ENOSPC,
				 "%s: is at its ceiling of %" PRIu64
				 " MB and cannot grow; raise max: of dom0_mem= on Xen's command line",
				 host->domain.name,
				 u64_min(host->sizes.max_kb,
					 host->sizes.static_max_kb) >> 10);
	return 0;
}
