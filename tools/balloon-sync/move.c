// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Memory on its way from the guest to the host and back, one look and a few
 * requests at a time, believing nothing but the hypervisor's count of pages.
 *
 * With W wanted, G given by the guest and A arrived at the host (both counted
 * by the hypervisor against the sizes before the first move), each step brings
 *
 *	guest's target	to its base - max(W, A)
 *	guest's maxmem	to its base - min(G, max(W, A)), so that it cannot
 *			take back what it has given
 *	host's target	to its base + min(W, G), with a claim before it rises
 *
 * which is the transaction "guest shrinks, then the host grows" when W > A, and
 * "host shrinks, then the guest grows" when W < A, in pieces that overlap.
 * Nothing else is remembered, so a step after a crash is like any other.
 */
#include <errno.h>
#include <inttypes.h>
#include <stddef.h>

#include "base/clock.h"
#include "move.h"

/* Requests in the midst of a move are at least this much apart. */
#define PIECE_KB	(4 << 10)
#define POKE_NS		NSEC_PER_SEC
#define REST_FIRST_NS	(5 * NSEC_PER_SEC)
#define REST_MOST_NS	(600 * NSEC_PER_SEC)
/*
 * Part of its size that a guest gets back when it cannot give more: Linux'
 * driver stops only when hardly any memory is left to start a process with.
 */
#define RESERVE_PART	32

/**
 * struct amounts - one step's view, in kB
 * @wanted: what should be moved, less what somebody was seen not to do
 * @given: by the guest
 * @arrived: at the host
 * @taken: what the guest has to do without: max(wanted, arrived)
 * @share: what the host may have: min(wanted, given)
 */
struct amounts {
	uint64_t wanted;
	uint64_t given;
	uint64_t arrived;
	uint64_t taken;
	uint64_t share;
};

static uint64_t smaller(uint64_t a, uint64_t b)
{
	return a < b ? a : b;
}

static uint64_t larger(uint64_t a, uint64_t b)
{
	return a > b ? a : b;
}

/* a - b, or 0 where that is less than nothing. */
static uint64_t above(uint64_t a, uint64_t b)
{
	return a > b ? a - b : 0;
}

static void side_init(struct move_side *side, const struct hv_sizes *sizes,
		      uint64_t now_ns)
{
	*side = (struct move_side){
		.actual_kb = sizes->actual_kb,
		.asked_kb = sizes->target_kb,
		.progress_ns = now_ns,
		.rest_ns = REST_FIRST_NS,
	};
}

int move_init(struct move *move, struct hv *hv, const struct move_base *base,
	      uint64_t patience_ns, uint64_t now_ns, struct error *err)
{
	struct hv_sizes guest = { 0 }, host;
	int r = hv_read(hv, &base->host, &host, err);

	if (r < 0)
		return r;
	r = hv_read(hv, &base->guest, &guest, err);
	if (r < 0 && r != -ENODEV)
		return r;
	*move = (struct move){
		.hv = hv,
		.base = *base,
		.patience_ns = patience_ns,
		.guest_gone = r == -ENODEV,
		.guest_max_kb = guest.max_kb,
		/* Whoever was here before may have left a claim behind. */
		.claim_kb = UINT64_MAX,
	};
	side_init(&move->guest, &guest, now_ns);
	side_init(&move->host, &host, now_ns);
	return 0;
}

void move_want(struct move *move, uint64_t wanted_kb)
{
	if (wanted_kb == move->wanted_kb)
		return;
	/* Less than somebody was seen to be able to do: no reason to rest. */
	if (wanted_kb <= move->guest.limit_kb)
		move->guest.limited = false;
	if (wanted_kb <= move->host.limit_kb)
		move->host.limited = false;
	move->wanted_kb = wanted_kb;
}

static void see(struct move_side *side, uint64_t actual_kb, uint64_t now_ns)
{
	if (side->actual_kb == actual_kb)
		return;
	side->actual_kb = actual_kb;
	side->progress_ns = now_ns;
}

static int look(struct move *move, uint64_t now_ns, struct error *err)
{
	struct hv_sizes guest, host;
	int r = hv_read(move->hv, &move->base.host, &host, err);

	if (r < 0)
		return r;
	see(&move->host, host.actual_kb, now_ns);
	if (move->guest_gone)
		return 0;
	r = hv_read(move->hv, &move->base.guest, &guest, err);
	if (r == -ENODEV) {
		move->guest_gone = true;
		move->guest.actual_kb = 0;
	}
	if (r < 0)
		return r;
	see(&move->guest, guest.actual_kb, now_ns);
	return 0;
}

static uint64_t limited_to(struct move_side *side, uint64_t wanted,
			   uint64_t now_ns)
{
	if (!side->limited)
		return wanted;
	if (now_ns >= side->retry_ns) {
		side->limited = false;
		side->progress_ns = now_ns;
		return wanted;
	}
	return smaller(wanted, side->limit_kb);
}

static void weigh(struct move *move, uint64_t now_ns, struct amounts *a)
{
	a->given = above(move->base.guest_sizes.actual_kb,
			 move->guest.actual_kb);
	a->arrived = above(move->host.actual_kb,
			   move->base.host_sizes.actual_kb);
	/* Nobody is charged for a guest that is gone. */
	a->wanted = move->guest_gone ? 0 : move->wanted_kb;
	a->wanted = limited_to(&move->guest, a->wanted, now_ns);
	a->wanted = limited_to(&move->host, a->wanted, now_ns);
	a->taken = larger(a->wanted, a->arrived);
	a->share = smaller(a->wanted, a->given);
}

static void event(struct move *move, unsigned int *events, unsigned int which)
{
	if (!(move->said & which))
		*events |= which;
	move->said |= which;
}

/* Do without it for a while, each time for longer. */
static void rest(struct move_side *side, uint64_t limit_kb, uint64_t now_ns)
{
	side->limited = true;
	side->limit_kb = limit_kb;
	side->retry_ns = now_ns + side->rest_ns;
	side->rest_ns = smaller(2 * side->rest_ns, REST_MOST_NS);
}

static bool is_still(const struct move *move, const struct move_side *side,
		     uint64_t now_ns)
{
	return now_ns >= side->progress_ns + move->patience_ns;
}

/* How much more (or less) a side was asked to have than it has. */
static int64_t missing(const struct move_side *side,
		       const struct hv_sizes *base)
{
	return (int64_t)(side->asked_kb - base->target_kb) -
	       (int64_t)(side->actual_kb - base->actual_kb);
}

/*
 * Linux' balloon driver gives up after a few attempts and sleeps until its
 * target changes, so make it change: to what there is, and later back.
 */
static int poke(struct move *move, const struct hv_domain *domain,
		struct move_side *side, const struct hv_sizes *base,
		uint64_t now_ns, struct error *err)
{
	side->asked_kb = base->target_kb + (side->actual_kb - base->actual_kb);
	side->progress_ns = now_ns;
	side->hold_ns = now_ns + POKE_NS;
	return hv_set_target(move->hv, domain, side->asked_kb, err);
}

static int notice_host(struct move *move, const struct amounts *a,
		       uint64_t now_ns, unsigned int *events,
		       struct error *err)
{
	const struct move_base *base = &move->base;
	int64_t more = missing(&move->host, &base->host_sizes);

	if (!is_still(move, &move->host, now_ns))
		return 0;
	if (more > MOVE_SLACK_KB) {
		rest(&move->host, a->arrived, now_ns);
		event(move, events, MOVE_EVENT_HOST_FULL);
	} else if (more < -MOVE_SLACK_KB) {
		event(move, events, MOVE_EVENT_HOST_KEEPS);
		return poke(move, &base->host, &move->host, &base->host_sizes,
			    now_ns, err);
	}
	return 0;
}

static uint64_t reserve_kb(const struct move_base *base)
{
	uint64_t kb = base->guest_sizes.actual_kb / RESERVE_PART;

	return kb - kb % 4;
}

static int notice_guest(struct move *move, const struct amounts *a,
			uint64_t now_ns, unsigned int *events,
			struct error *err)
{
	const struct move_base *base = &move->base;
	int64_t more = missing(&move->guest, &base->guest_sizes);

	if (move->guest_gone || !is_still(move, &move->guest, now_ns))
		return 0;
	if (more < -MOVE_SLACK_KB) {
		rest(&move->guest, above(a->given, reserve_kb(base)), now_ns);
		event(move, events, MOVE_EVENT_GUEST_KEEPS);
	} else if (more > MOVE_SLACK_KB) {
		event(move, events, MOVE_EVENT_GUEST_FULL);
		return poke(move, &base->guest, &move->guest,
			    &base->guest_sizes, now_ns, err);
	}
	return 0;
}

/* Ask, unless it is only a little further in the midst of a move. */
static int ask(struct move *move, const struct hv_domain *domain,
	       struct move_side *side, uint64_t target_kb, bool last,
	       uint64_t now_ns, struct error *err)
{
	uint64_t change = above(side->asked_kb, target_kb) +
			  above(target_kb, side->asked_kb);
	int r;

	if (change == 0 || (!last && change < PIECE_KB) ||
	    now_ns < side->hold_ns)
		return 0;
	r = hv_set_target(move->hv, domain, target_kb, err);
	if (r < 0)
		return r;
	side->asked_kb = target_kb;
	side->progress_ns = now_ns;
	return 0;
}

static int guard_guest(struct move *move, const struct amounts *a,
		       struct error *err)
{
	const struct hv_sizes *base = &move->base.guest_sizes;
	uint64_t hold = smaller(a->given, a->taken);
	uint64_t max_kb = hold ? base->actual_kb - hold : base->max_kb;
	int r;

	if (max_kb == move->guest_max_kb)
		return 0;
	r = hv_set_max(move->hv, &move->base.guest, max_kb, err);
	if (r == 0)
		move->guest_max_kb = max_kb;
	return r;
}

static int ask_guest(struct move *move, const struct amounts *a,
		     uint64_t now_ns, struct error *err)
{
	const struct move_base *base = &move->base;
	int r = guard_guest(move, a, err);

	if (r < 0)
		return r;
	return ask(move, &base->guest, &move->guest,
		   above(base->guest_sizes.target_kb, a->taken),
		   a->taken == a->wanted, now_ns, err);
}

static int end_claim(struct move *move, struct error *err)
{
	if (!move->claim_kb)
		return 0;
	move->claim_kb = 0;
	return hv_claim(move->hv, &move->base.host, 0, err);
}

/*
 * Somebody else took what the guest gave last, but not what is claimed since
 * before: that claim was ended to make a bigger one, so make it again.
 */
static int keep_claim(struct move *move, const struct amounts *a,
		      uint64_t now_ns, unsigned int *events)
{
	uint64_t old = move->claim_kb, limit;

	move->claim_kb = 0;
	if (old != UINT64_MAX && old > move->host.actual_kb &&
	    hv_claim(move->hv, &move->base.host, old, NULL) == 0)
		move->claim_kb = old;
	limit = larger(a->arrived,
		       above(move->claim_kb, move->base.host_sizes.actual_kb));
	rest(&move->host, limit, now_ns);
	event(move, events, MOVE_EVENT_CLAIM_LOST);
	return -ENOMEM;
}

/* What the guest gave is reserved for the host until it has it. */
static int make_claim(struct move *move, const struct amounts *a,
		      uint64_t now_ns, unsigned int *events, struct error *err)
{
	uint64_t total = move->base.host_sizes.actual_kb + a->share;
	int r;

	if (total <= move->host.actual_kb)
		return 0;
	r = hv_claim(move->hv, &move->base.host, total, err);
	if (r == -ENOMEM)
		return keep_claim(move, a, now_ns, events);
	if (r == 0)
		move->claim_kb = total;
	/* The host grew meanwhile: no claim is needed. */
	return r == -EINVAL ? 0 : r;
}

static int ask_host(struct move *move, const struct amounts *a,
		    uint64_t now_ns, unsigned int *events, struct error *err)
{
	const struct move_base *base = &move->base;
	uint64_t target = base->host_sizes.target_kb + a->share;
	bool last = a->share == a->wanted;
	bool up = target > move->host.asked_kb;
	int r;

	if (up && (last || target - move->host.asked_kb >= PIECE_KB)) {
		r = make_claim(move, a, now_ns, events, err);
		if (r < 0)
			return r == -ENOMEM ? 0 : r;
	}
	return ask(move, &base->host, &move->host, target, last || !up, now_ns,
		   err);
}

static bool is_there(const struct move *move, const struct move_side *side,
		     uint64_t is, uint64_t wanted, uint64_t now_ns)
{
	uint64_t off = above(is, wanted) + above(wanted, is);

	return off == 0 || (off <= MOVE_SLACK_KB && is_still(move, side, now_ns));
}

static enum move_phase phase_of(const struct move *move,
				const struct amounts *a, uint64_t now_ns)
{
	if (!is_there(move, &move->host, a->arrived, a->wanted, now_ns))
		return MOVE_UNDER_WAY;
	if (move->guest_gone)
		return MOVE_DONE;
	if (!is_there(move, &move->guest, a->given, a->wanted, now_ns))
		return MOVE_UNDER_WAY;
	return a->wanted == move->wanted_kb ? MOVE_DONE : MOVE_RESTING;
}

static int act(struct move *move, const struct amounts *a, uint64_t now_ns,
	       unsigned int *events, struct error *err)
{
	int r = 0;

	/* Whoever gives goes first: the guest before the host, or the reverse. */
	if (!move->guest_gone && a->wanted >= a->arrived)
		r = ask_guest(move, a, now_ns, err);
	if (r == 0)
		r = ask_host(move, a, now_ns, events, err);
	if (r == 0 && !move->guest_gone && a->wanted < a->arrived)
		r = ask_guest(move, a, now_ns, err);
	return r;
}

int move_step(struct move *move, uint64_t now_ns, struct move_report *ret,
	      struct error *err)
{
	struct move_report report = { 0 };
	struct amounts a;
	int r = look(move, now_ns, err);

	if (r < 0)
		return r;
	weigh(move, now_ns, &a);
	r = notice_guest(move, &a, now_ns, &report.events, err);
	if (r == 0)
		r = notice_host(move, &a, now_ns, &report.events, err);
	if (r < 0)
		return r;
	if (report.events)
		weigh(move, now_ns, &a);
	r = act(move, &a, now_ns, &report.events, err);
	if (r < 0)
		return r;

	report.phase = phase_of(move, &a, now_ns);
	if (report.phase != MOVE_UNDER_WAY || a.wanted <= a.arrived) {
		r = end_claim(move, err);
		if (r < 0)
			return r;
	}
	if (report.phase == MOVE_DONE) {
		move->said = 0;
		move->guest.rest_ns = REST_FIRST_NS;
		move->host.rest_ns = REST_FIRST_NS;
	}
	report.given_kb = a.given;
	report.arrived_kb = a.arrived;
	report.guest_kb = move->guest.actual_kb;
	report.host_kb = move->host.actual_kb;
	*ret = report;
	return 0;
}

static int compare(const char *name, const char *what, uint64_t is,
		   uint64_t was, uint64_t slack, struct error *err)
{
	if (above(is, was) + above(was, is) <= slack)
		return 0;
	return error_set(err, -EAGAIN,
			 "%s: its %s is %" PRIu64 " kB and was %" PRIu64 " kB",
			 name, what, is, was);
}

static int verify_one(struct move *move, const struct hv_domain *domain,
		      const struct hv_sizes *was, struct error *err)
{
	struct hv_sizes is;
	int r = hv_read(move->hv, domain, &is, err);

	if (r == 0)
		r = compare(domain->name, "size", is.actual_kb, was->actual_kb,
			    MOVE_SLACK_KB, err);
	if (r == 0)
		r = compare(domain->name, "target", is.target_kb,
			    was->target_kb, 0, err);
	if (r == 0)
		r = compare(domain->name, "maxmem", is.max_kb, was->max_kb, 0,
			    err);
	return r;
}

int move_verify(struct move *move, struct error *err)
{
	int r = verify_one(move, &move->base.host, &move->base.host_sizes, err);

	if (r == 0 && !move->guest_gone)
		r = verify_one(move, &move->base.guest,
			       &move->base.guest_sizes, err);
	return r;
}
