// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Memory on its way from guests to the host and back, one look and a few
 * requests at a time, believing nothing but the hypervisor's count of pages.
 *
 * With W wanted of a guest, G given by it and A arrived at the host (counted by
 * the hypervisor against the sizes before the first move), each step brings, in
 * this order,
 *
 *	of each guest, what it holds (its base - maxmem) up to min(W, G), so
 *		that it cannot take back what it has given
 *	the target of a guest that gives (W >= G) to its base - W
 *	the host's target to its base + sum of min(W, G), with a claim before
 *		it rises
 *	of a guest that gets back (W < G), what it holds down towards W, by what
 *		is free: the sum held - max(A, what the host was asked to have)
 *	and its target to its base - what it holds
 *
 * so that the sum held is never less than what the host has or was asked to
 * have.  Nothing but the bases is remembered, so a step after a crash is like
 * any other.
 */
#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/clock.h"
#include "base/u64.h"
#include "guest.h"
#include "host.h"

/* A guest that cannot be reached is not looked at again for so long. */
#define LOST_NS (5 * NSEC_PER_SEC)

uint64_t move_room(const struct side_base *host)
{
	const struct hv_sizes *sizes = &host->sizes;

	/* Two limits: the hypervisor's of what it has, the toolstack's of its target. */
	return u64_min(u64_sub_sat(sizes->max_kb, sizes->actual_kb),
			    u64_sub_sat(sizes->static_max_kb, sizes->target_kb));
}

int move_init(struct move *move, struct hv *hv, const struct side_base *host,
	      uint64_t patience_ns, uint64_t now_ns, struct error *err)
{
	struct hv_sizes now = { 0 };
	int r = hv->pool ? 0 : hv_read(hv, &host->domain, &now, err);

	if (r < 0)
		return r;
	*move = (struct move){
		.hv = hv,
		.patience_ns = patience_ns,
		/* Whoever was here before may have left a claim behind. */
		.claim_kb = UINT64_MAX,
	};
	side_init(&move->host, host, &now, now_ns);
	move->host.base.quantum_kb = SIDE_PAGE_KB;
	return 0;
}

void move_exit(struct move *move)
{
	size_t i;

	for (i = 0; i < move->count; i++)
		free(move->guests[i]);
	free(move->guests);
	move->guests = NULL;
	move->count = 0;
}

static int check_new(const struct move *move, const struct side_base *base,
		     struct error *err)
{
	size_t i;

	if (move->count >= MOVE_GUESTS_MAX)
		return error_set(err, -ENOSPC,
				 "%s: no more than %d guests can be moved between; name fewer",
				 base->domain.name, MOVE_GUESTS_MAX);
	for (i = 0; i < move->count; i++)
		if (strcmp(move->guests[i]->side.base.domain.uuid,
			   base->domain.uuid) == 0)
			return error_set(err, -EEXIST,
					 "%s: is moved already; name it once",
					 base->domain.name);
	return 0;
}

int move_add_guest(struct move *move, const struct move_guest_config *config,
		   uint64_t now_ns, struct move_guest **ret, struct error *err)
{
	__free_mem struct move_guest *guest = NULL;
	struct move_guest **guests;
	int r = check_new(move, &config->base, err);

	if (r < 0)
		return r;
	guest = malloc(sizeof(*guest));
	guests = realloc(move->guests, (move->count + 1) * sizeof(guests[0]));
	if (guests)
		move->guests = guests;
	if (!guest || !guests)
		return error_errno(err, -ENOMEM, "%s", config->base.domain.name);
	r = guest_init(guest, move, config, now_ns, err);
	if (r < 0)
		return r;
	*ret = guest;
	move->guests[move->count++] = no_free_ptr(guest);
	return 0;
}

void move_want(struct move *move, struct move_guest *guest, uint64_t wanted_kb)
{
	wanted_kb = u64_min(wanted_kb, guest->most_kb);
	wanted_kb -= wanted_kb % guest->side.base.quantum_kb;
	if (wanted_kb == guest->wanted_kb)
		return;
	/* Less than it was seen to be able to do: no reason to rest. */
	if (wanted_kb <= guest->side.limit_kb)
		guest->side.limited = false;
	guest->wanted_kb = wanted_kb;
}

/* Who cannot be reached holds up nobody who can; a look may take seconds. */
static int note_lost(struct move *move, uint64_t now_ns, struct error *err)
{
	bool reached = false, lost = false;
	struct error last;
	size_t i;

	for (i = 0; i < move->count; i++) {
		reached |= !move->guests[i]->gone && !move->guests[i]->lost;
		lost |= move->guests[i]->lost;
	}
	for (i = 0; i < move->count; i++) {
		struct move_guest *guest = move->guests[i];

		if (!guest->lost || now_ns < guest->look_ns)
			continue;
		guest->look_ns = reached ? now_ns + LOST_NS : 0;
		if (reached)
			side_event(&guest->side, MOVE_EVENT_GUEST_LOST);
	}
	if (reached || !lost)
		return 0;
	/* What was said of the last one is why. */
	last = err ? *err : (struct error){ 0 };
	return error_set(err, -ENOTCONN, "guests: none of them can be reached (%.200s)",
			 last.text);
}

static int look(struct move *move, uint64_t now_ns, struct error *err)
{
	size_t i;
	int r = host_look(move, now_ns, err);

	for (i = 0; r == 0 && i < move->count; i++)
		r = guest_look(move->guests[i], move, now_ns, err);
	return r < 0 ? r : note_lost(move, now_ns, err);
}

/* @kb * @part / @whole without overflow, cut to whole pages. */
static uint64_t fraction(uint64_t kb, uint64_t part, uint64_t whole)
{
	uint64_t ret = (uint64_t)((__uint128_t)kb * part / whole);

	return ret - ret % SIDE_PAGE_KB;
}

/* What the host cannot take is taken off all guests in the same proportion. */
static void scale(struct move *move, uint64_t goal, uint64_t most)
{
	uint64_t before = 0;
	size_t i;

	for (i = 0; i < move->count; i++) {
		struct move_guest *guest = move->guests[i];
		uint64_t from = fraction(most, before, goal);

		before += guest->goal_kb;
		guest->goal_kb = fraction(most, before, goal) - from;
		guest->goal_kb -= guest->goal_kb % guest->side.base.quantum_kb;
	}
}

static void weigh(struct move *move, uint64_t now_ns)
{
	uint64_t goal = 0, most;
	size_t i;

	for (i = 0; i < move->count; i++) {
		guest_aim(move->guests[i], now_ns);
		goal += move->guests[i]->goal_kb;
	}
	most = host_limit(move, goal, now_ns);
	if (most < goal)
		scale(move, goal, most);
	for (i = 0; i < move->count; i++)
		guest_weigh(move->guests[i], move);
}

static int notice(struct move *move, uint64_t now_ns, struct error *err)
{
	size_t i;
	int r = 0;

	for (i = 0; r == 0 && i < move->count; i++)
		r = guest_notice(move->guests[i], move, now_ns, err);
	if (r == 0)
		r = host_notice(move, now_ns, err);
	return r;
}

static uint64_t sum_share(const struct move *move)
{
	uint64_t sum = 0;
	size_t i;

	for (i = 0; i < move->count; i++)
		sum += move->guests[i]->share_kb;
	return sum;
}

static uint64_t sum_held(const struct move *move)
{
	uint64_t sum = 0;
	size_t i;

	for (i = 0; i < move->count; i++)
		sum += move->guests[i]->held_kb;
	return sum;
}

/* Nobody is about to give more, but for single pages that never come. */
static bool all_gave(const struct move *move)
{
	size_t i;

	for (i = 0; i < move->count; i++) {
		const struct move_guest *guest = move->guests[i];

		if (!guest->no_gain &&
		    guest->goal_kb > guest->given_kb + SIDE_SLACK_KB)
			return false;
	}
	return true;
}

/* Guests give, then the host grows or shrinks, then guests get back. */
static int act(struct move *move, uint64_t now_ns, struct error *err)
{
	uint64_t free_kb = UINT64_MAX;
	size_t i;
	int r = 0;

	for (i = 0; r == 0 && i < move->count; i++)
		r = guest_give(move->guests[i], move, now_ns, err);
	if (r == 0)
		r = host_ask(move, sum_share(move), all_gave(move), now_ns, err);
	if (r < 0)
		return r;
	/* Until a lower target has been seen, it may be on its way to the old one. */
	if (!move->hv->pool)
		free_kb = u64_sub_sat(sum_held(move), host_promised(move, now_ns));
	for (i = 0; r == 0 && i < move->count; i++)
		r = guest_regrow(move->guests[i], move, &free_kb, now_ns, err);
	return r;
}

static void add_guest(struct move_report *report, const struct move_guest *guest)
{
	enum move_phase phase = guest->report.phase;

	if (phase == MOVE_UNDER_WAY || report->phase == MOVE_DONE)
		report->phase = phase;
	report->wanted_kb += guest->wanted_kb;
	report->given_kb += guest->report.given_kb;
	report->guest_kb += guest->report.size_kb;
}

static bool is_host_there(const struct move *move, uint64_t now_ns)
{
	return move->hv->pool || move->host.foreign ||
	       side_is_there(&move->host, host_arrived(move), sum_share(move),
			     move->patience_ns, now_ns);
}

static void conclude(struct move *move, uint64_t now_ns, struct move_report *report)
{
	bool there = is_host_there(move, now_ns);
	size_t i;

	*report = (struct move_report){ .phase = MOVE_DONE };
	for (i = 0; i < move->count; i++) {
		guest_conclude(move->guests[i], move, now_ns);
		add_guest(report, move->guests[i]);
	}
	report->arrived_kb = move->hv->pool ? report->given_kb : host_arrived(move);
	report->host_kb = move->host.actual_kb;
	if (there && report->phase != MOVE_UNDER_WAY && !move->host.limited &&
	    !move->host.foreign)
		side_rested(&move->host);
	if (!there)
		report->phase = MOVE_UNDER_WAY;
}

/* Only of a step that succeeds: what was not told is told later. */
static void tell(struct move *move, struct move_report *report)
{
	size_t i;

	report->events = side_tell(&move->host);
	for (i = 0; i < move->count; i++) {
		struct move_guest *guest = move->guests[i];

		guest->report.events = side_tell(&guest->side);
		report->events |= guest->report.events;
	}
}

/* A claim is kept for no longer than the host is to grow. */
static int end_claim(struct move *move, const struct move_report *report,
		     struct error *err)
{
	uint64_t goal = 0;
	size_t i;

	for (i = 0; i < move->count; i++)
		goal += move->guests[i]->goal_kb;
	if (report->phase == MOVE_UNDER_WAY && goal > report->arrived_kb)
		return 0;
	return host_end_claim(move, err);
}

int move_step(struct move *move, uint64_t now_ns, struct move_report *ret,
	      struct error *err)
{
	struct move_report report;
	int r = look(move, now_ns, err);

	if (r < 0)
		return r;
	weigh(move, now_ns);
	r = notice(move, now_ns, err);
	if (r < 0)
		return r;
	/* Whoever was just seen to be stuck aims lower from now on. */
	weigh(move, now_ns);
	r = act(move, now_ns, err);
	if (r < 0)
		return r;
	conclude(move, now_ns, &report);
	r = end_claim(move, &report, err);
	if (r < 0)
		return r;
	tell(move, &report);
	*ret = report;
	return 0;
}

static int compare(const char *name, const char *what, uint64_t is,
		   uint64_t was, uint64_t slack, struct error *err)
{
	if (u64_abs_diff(is, was) <= slack)
		return 0;
	return error_set(err, -EAGAIN,
			 "%s: its %s is %" PRIu64 " kB and was %" PRIu64 " kB",
			 name, what, is, was);
}

static int verify_size(const char *name, const struct hv_sizes *is,
		       const struct hv_sizes *was, struct error *err)
{
	int r = compare(name, "size", is->actual_kb, was->actual_kb,
			SIDE_SLACK_KB, err);

	if (r == 0)
		r = compare(name, "target", is->target_kb, was->target_kb, 0, err);
	return r;
}

int move_verify_host(struct move *move, struct error *err)
{
	const struct side_base *base = &move->host.base;
	struct hv_sizes is;
	int r;

	if (move->hv->pool || move->host.foreign)
		return 0;
	r = hv_read(move->hv, &base->domain, &is, err);
	if (r == 0)
		r = verify_size(base->domain.name, &is, &base->sizes, err);
	if (r == 0)
		r = compare(base->domain.name, "maxmem", is.max_kb,
			    base->sizes.max_kb, 0, err);
	return r;
}

int move_verify(struct move *move, struct move_guest *guest, struct error *err)
{
	const struct side_base *base = &guest->side.base;
	struct hv_sizes is;
	int r;

	if (guest->gone)
		return 0;
	r = hv_read(move->hv, &base->domain, &is, err);
	if (r == -ENODEV)
		return 0;
	if (r == 0 && !guest->side.foreign)
		r = verify_size(base->domain.name, &is, &base->sizes, err);
	if (r == 0 && !move->hv->pool && !guest->max_foreign)
		r = compare(base->domain.name, "maxmem", is.max_kb,
			    base->sizes.max_kb, 0, err);
	return r;
}

/* Whether what the host has or was promised is covered without this guest. */
static int check_covered(const struct move *move, const struct move_guest *guest,
			 struct error *err)
{
	uint64_t rest = sum_held(move) - guest->held_kb + SIDE_SLACK_KB;
	/* Of what has just arrived, nothing is taken for a leftover. */
	uint64_t promised = host_promised(move, 0);

	if (move->hv->pool || move->host.foreign || promised <= rest)
		return 0;
	return error_set(err, -EAGAIN,
			 "%s: %" PRIu64 " kB that it gave are still at the host",
			 guest->side.base.domain.name, promised - rest);
}

int move_is_back(struct move *move, struct move_guest *guest, struct error *err)
{
	int r = move_verify(move, guest, err);

	return r < 0 ? r : check_covered(move, guest, err);
}

int move_remove_guest(struct move *move, struct move_guest *guest, struct error *err)
{
	size_t i;
	int r = move_is_back(move, guest, err);

	if (r < 0)
		return r;
	for (i = 0; move->guests[i] != guest; i++)
		;
	memmove(&move->guests[i], &move->guests[i + 1],
		(move->count - i - 1) * sizeof(move->guests[0]));
	move->count--;
	free(guest);
	return 0;
}
