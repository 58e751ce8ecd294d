// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * A guest's part in a move: what it gives, holds and gets back.
 *
 * With W wanted of it and G given, the *share* of the host is min(W, G).  What
 * it *holds*, its base - maxmem, is raised to its share at once, and lowered
 * towards it by what the hypervisor has free for it.  Its target is its base -
 * max(W, held).
 */
#include <errno.h>
#include <inttypes.h>

#include "base/clock.h"
#include "base/u64.h"
#include "guest.h"

/*
 * Part of its size that a guest gets back when it cannot give more: Linux'
 * driver stops only when hardly any memory is left to start a process with.
 */
#define RESERVE_PART	32
/*
 * Part of what it gave that may be late, or shared with something else, before
 * the host is said to gain nothing from it.
 */
#define GAIN_PART	8
/* A guest of which the hypervisor refused a change is not asked again for so long. */
#define REFUSED_NS	(5 * NSEC_PER_SEC)

static uint64_t whole(const struct move_guest *guest, uint64_t kb)
{
	return kb - kb % guest->side.base.quantum_kb;
}

static void leave_alone(struct move_guest *guest)
{
	guest->side.foreign = true;
	side_event(&guest->side, MOVE_EVENT_GUEST_FOREIGN);
}

static void vanish(struct move_guest *guest)
{
	guest->gone = true;
	guest->side.actual_kb = 0;
	side_event(&guest->side, MOVE_EVENT_GUEST_GONE);
}

void move_set_floor(struct move_guest *guest, uint64_t floor_kb)
{
	guest->most_kb = whole(guest, u64_sub_sat(guest->side.base.sizes.actual_kb,
						  floor_kb));
}

int guest_init(struct move_guest *guest, const struct move *move,
	       const struct move_guest_config *config, uint64_t now_ns,
	       struct error *err)
{
	const struct side_base *base = &config->base;
	struct hv_sizes now = { 0 };
	int r;

	if (base->quantum_kb == 0 || base->quantum_kb % SIDE_PAGE_KB ||
	    base->quantum_kb > SIDE_QUANTUM_MAX_KB)
		return error_set(err, -EINVAL,
				 "%s: no pieces of %" PRIu64 " kB: choose whole pages, up to 1 GiB",
				 base->domain.name, base->quantum_kb);
	r = hv_read(move->hv, &base->domain, &now, err);
	if (r < 0 && r != -ENODEV)
		return r;
	*guest = (struct move_guest){
		.max_kb = { now.max_kb, now.max_kb },
	};
	side_init(&guest->side, base, &now, now_ns);
	move_set_floor(guest, config->floor_kb);
	guest->side.foreign = config->foreign;
	if (r == -ENODEV)
		vanish(guest);
	return 0;
}

/* Whether the maxmem that is read is one that was written. */
static bool is_max_ours(const struct move_guest *guest, uint64_t reads_kb)
{
	return u64_abs_diff(reads_kb, guest->max_kb[0]) <= SIDE_SLACK_KB ||
	       u64_abs_diff(reads_kb, guest->max_kb[1]) <= SIDE_SLACK_KB;
}

/* What it gave beyond a few pages, and hardly anything of it came back. */
static bool lacks_gain(const struct move_guest *guest, uint64_t given_kb)
{
	return given_kb > SIDE_SLACK_KB &&
	       guest->resident_more_kb > SIDE_SLACK_KB + given_kb / GAIN_PART;
}

static void see_gain(struct move_guest *guest, const struct hv_sizes *sizes)
{
	uint64_t given_kb = u64_sub_sat(guest->side.base.sizes.actual_kb,
					sizes->actual_kb);

	guest->resident_more_kb = sizes->resident_kb == HV_UNKNOWN ? 0 :
		u64_sub_sat(sizes->resident_kb, sizes->actual_kb);
	/* One that has given nothing has proved nothing. */
	if (given_kb > SIDE_SLACK_KB && !lacks_gain(guest, given_kb))
		guest->no_gain = false;
}

int guest_look(struct move_guest *guest, const struct move *move,
	       uint64_t now_ns, struct error *err)
{
	struct side *side = &guest->side;
	struct hv_sizes sizes;
	int r;

	if (guest->gone)
		return 0;
	guest->lost = move->hv->pool && now_ns < guest->look_ns;
	if (guest->lost)
		return 0;
	r = hv_read(move->hv, &side->base.domain, &sizes, err);
	if (r == -ENODEV)
		vanish(guest);
	guest->lost = move->hv->pool && r == -ENOTCONN;
	if (r < 0)
		return r == -ENODEV || guest->lost ? 0 : r;
	side_see(side, &sizes, move->patience_ns, now_ns);
	see_gain(guest, &sizes);
	if (!move->hv->pool && !is_max_ours(guest, sizes.max_kb)) {
		guest->max_foreign = true;
		side->foreign = true;
	}
	if (side->foreign)
		leave_alone(guest);
	return 0;
}

void guest_aim(struct move_guest *guest, uint64_t now_ns)
{
	guest->goal_kb = 0;
	if (guest->gone || guest->side.foreign)
		return;
	guest->goal_kb = whole(guest, side_limit(&guest->side, guest->wanted_kb,
						 now_ns));
}

/* What the hypervisor does not let it take back. */
static uint64_t held(const struct move_guest *guest, const struct move *move)
{
	uint64_t base = guest->side.base.sizes.actual_kb;

	if (guest->max_foreign)
		return 0;
	if (move->hv->pool)
		return guest->given_kb;
	return u64_min(guest->given_kb, u64_sub_sat(base, guest->side.max_kb));
}

void guest_weigh(struct move_guest *guest, const struct move *move)
{
	const struct side *side = &guest->side;

	guest->given_kb = guest->gone ? 0 :
		u64_sub_sat(side->base.sizes.actual_kb, side->actual_kb);
	guest->held_kb = held(guest, move);
	guest->share_kb = guest->no_gain ? 0 :
		u64_min(guest->goal_kb, guest->given_kb);
}

static uint64_t reserve_kb(const struct move_guest *guest)
{
	uint64_t kb = guest->side.base.sizes.actual_kb / RESERVE_PART;

	return kb - kb % SIDE_PAGE_KB;
}

/*
 * What the hypervisor does not let us do to one guest is no reason to leave the
 * others: it stays as it is, and the host is promised no more than it holds.
 */
static int refused(struct move_guest *guest, uint64_t now_ns)
{
	side_rest(&guest->side, guest->given_kb, now_ns);
	guest->refused_ns = now_ns + REFUSED_NS;
	side_event(&guest->side, MOVE_EVENT_GUEST_REFUSED);
	return 0;
}

/*
 * After a request, of which guest->why has what was said when it failed.  A guest that
 * went between a look and a request is gone, and no failure; nor is one that cannot be
 * reached where others can be, or of which the request was refused.
 */
static int settle(struct move_guest *guest, const struct move *move, int r,
		  uint64_t now_ns, struct error *err)
{
	if (r == 0)
		return 0;
	if (r == -ENOTCONN && move->hv->pool && move->count > 1) {
		guest->lost = true;
		side_event(&guest->side, MOVE_EVENT_GUEST_LOST);
		return 0;
	}
	if (r == -ENOTCONN || r == -ENOMEM) {
		if (err)
			*err = guest->why;
		return r;
	}
	if (r != -ENODEV)
		return refused(guest, now_ns);
	vanish(guest);
	guest->given_kb = 0;
	guest->held_kb = 0;
	guest->share_kb = 0;
	guest->goal_kb = 0;
	return 0;
}

static bool can_be_asked(const struct move_guest *guest, uint64_t now_ns)
{
	return !guest->gone && !guest->lost && now_ns >= guest->refused_ns;
}

int guest_notice(struct move_guest *guest, const struct move *move,
		 uint64_t now_ns, struct error *err)
{
	struct side *side = &guest->side;
	int64_t more = side_missing(side);

	if (!can_be_asked(guest, now_ns) || side->foreign ||
	    !side_is_still(side, move->patience_ns, now_ns))
		return 0;
	if (guest->goal_kb && lacks_gain(guest, guest->given_kb)) {
		/* It gets all of it back: it lacks it, and nobody has it. */
		guest->no_gain = true;
		side_rest(side, 0, now_ns);
		side_event(side, MOVE_EVENT_GUEST_NO_GAIN);
	} else if (more < -SIDE_SLACK_KB) {
		side_rest(side, u64_sub_sat(guest->given_kb, reserve_kb(guest)),
			  now_ns);
		side_event(side, MOVE_EVENT_GUEST_KEEPS);
	} else if (more > SIDE_SLACK_KB) {
		side_event(side, MOVE_EVENT_GUEST_FULL);
		return settle(guest, move,
			      side_poke(side, move->hv, now_ns, &guest->why), now_ns, err);
	}
	return 0;
}

bool guest_gives(const struct move_guest *guest)
{
	return guest->goal_kb >= guest->given_kb;
}

/* Its maxmem, so that it holds so much; what it was when it holds nothing. */
static int guard(struct move_guest *guest, const struct move *move, uint64_t hold_kb)
{
	const struct hv_sizes *base = &guest->side.base.sizes;
	uint64_t max_kb = hold_kb ? base->actual_kb - hold_kb : base->max_kb;
	int r;

	if (move->hv->pool || guest->max_foreign ||
	    max_kb == guest->side.max_kb)
		return 0;
	/* Should this fail, nobody knows which of the two it is. */
	guest->max_kb[1] = guest->side.max_kb;
	guest->max_kb[0] = max_kb;
	r = hv_set_max(move->hv, &guest->side.base.domain, max_kb, &guest->why);
	if (r == 0)
		guest->side.max_kb = max_kb;
	return r;
}

static int ask(struct move_guest *guest, const struct move *move, uint64_t now_ns)
{
	const struct side_base *base = &guest->side.base;
	uint64_t less = u64_max(guest->goal_kb, guest->held_kb);
	bool last = less == guest->goal_kb;

	less = (less + base->quantum_kb - 1) / base->quantum_kb * base->quantum_kb;
	/* With a higher floor than before, it may hold more than it is to give. */
	less = u64_min(less, u64_max(guest->most_kb, guest->held_kb));
	return side_ask(&guest->side, move->hv,
			u64_sub_sat(base->sizes.target_kb, less), last, now_ns,
			&guest->why);
}

/* Hold what it has given, and ask for the rest. */
static int give(struct move_guest *guest, const struct move *move, uint64_t now_ns)
{
	/* What it may take back already is not taken from it here. */
	uint64_t hold = u64_max(u64_min(guest->goal_kb, guest->given_kb), guest->held_kb);
	int r;

	r = guard(guest, move, hold);
	if (r == 0) {
		guest->held_kb = guest->max_foreign ? 0 : hold;
		if (guest_gives(guest))
			r = ask(guest, move, now_ns);
	}
	return r;
}

int guest_give(struct move_guest *guest, const struct move *move,
	       uint64_t now_ns, struct error *err)
{
	int r = 0;

	if (can_be_asked(guest, now_ns))
		r = settle(guest, move, give(guest, move, now_ns), now_ns, err);
	/* What it could take back is not promised to the host. */
	guest->share_kb = u64_min(guest->share_kb, guest->held_kb);
	return r;
}

int guest_regrow(struct move_guest *guest, const struct move *move,
		 uint64_t *free, uint64_t now_ns, struct error *err)
{
	uint64_t part;
	int r;

	if (!can_be_asked(guest, now_ns) || guest_gives(guest))
		return 0;
	part = u64_min(u64_sub_sat(guest->held_kb, guest->goal_kb), *free);
	r = guard(guest, move, guest->held_kb - part);
	if (r == 0) {
		guest->held_kb -= part;
		*free -= part;
		r = ask(guest, move, now_ns);
	}
	return settle(guest, move, r, now_ns, err);
}

static enum move_phase phase_of(const struct move_guest *guest,
				const struct move *move, uint64_t now_ns)
{
	if (guest->gone)
		return MOVE_DONE;
	if (guest->lost)
		return MOVE_UNDER_WAY;
	if (guest->side.foreign)
		return guest->held_kb ? MOVE_UNDER_WAY : MOVE_DONE;
	/* Whether it has changed is seen only when it has given for a while. */
	if (guest->no_gain && guest->goal_kb)
		return MOVE_UNDER_WAY;
	if (!side_is_there(&guest->side, guest->given_kb, guest->goal_kb,
			   move->patience_ns, now_ns))
		return MOVE_UNDER_WAY;
	return guest->goal_kb == guest->wanted_kb ? MOVE_DONE : MOVE_RESTING;
}

void guest_conclude(struct move_guest *guest, const struct move *move,
		    uint64_t now_ns)
{
	enum move_phase phase = phase_of(guest, move, now_ns);

	if (phase == MOVE_DONE && !guest->gone && !guest->side.foreign)
		side_rested(&guest->side);
	guest->report = (struct move_guest_report){
		.phase = phase,
		.given_kb = guest->no_gain ? 0 : guest->given_kb,
		.size_kb = guest->side.actual_kb,
	};
}
