// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * One domain that memory is moved from or to: what it has, what it was asked
 * for, whether it does its part, and whether it is still ours to ask.
 */
#include "base/clock.h"
#include "base/u64.h"
#include "side.h"

/* Requests in the midst of a move are at least this much apart. */
#define PIECE_KB	(4 << 10)
#define POKE_NS		NSEC_PER_SEC
/* Each new attempt brings a guest that cannot give to its last free page again. */
#define REST_FIRST_NS	(30 * NSEC_PER_SEC)
#define REST_MOST_NS	(600 * NSEC_PER_SEC)

void side_init(struct side *side, const struct side_base *base,
	       const struct hv_sizes *now, uint64_t now_ns)
{
	*side = (struct side){
		.base = *base,
		.actual_kb = now->actual_kb,
		.max_kb = now->max_kb,
		.asked_kb = now->target_kb,
		.reads_kb = now->target_kb,
		.progress_ns = now_ns,
		.rest_ns = REST_FIRST_NS,
	};
}

/* The first look at a target after it was written. */
static void see_request(struct side *side, uint64_t reads_kb,
			uint64_t patience_ns, uint64_t now_ns)
{
	bool exact = reads_kb == side->asked_kb;

	if (!exact && reads_kb == side->before_kb) {
		/* Not there yet, or never: then it is asked again. */
		if (now_ns < side->asked_ns + patience_ns)
			return;
		if (side->unsure) {
			side->asked_kb = reads_kb;
			side->reads_kb = reads_kb;
			side->unseen = false;
			side->unsure = false;
		} else {
			side->foreign = true;
		}
		return;
	}
	if (!exact && u64_abs_diff(reads_kb, side->asked_kb) > SIDE_SLACK_KB) {
		side->foreign = true;
		return;
	}
	/* It was carried out after all, but nobody knew when to begin to wait. */
	if (side->unsure)
		side->progress_ns = now_ns;
	side->reads_kb = reads_kb;
	side->unseen = false;
	side->unsure = false;
}

static void see_target(struct side *side, uint64_t reads_kb,
		       uint64_t patience_ns, uint64_t now_ns)
{
	if (side->unseen)
		see_request(side, reads_kb, patience_ns, now_ns);
	else if (reads_kb != side->reads_kb)
		side->foreign = true;
}

void side_see(struct side *side, const struct hv_sizes *sizes,
	      uint64_t patience_ns, uint64_t now_ns)
{
	if (side->actual_kb != sizes->actual_kb)
		side->progress_ns = now_ns;
	side->actual_kb = sizes->actual_kb;
	side->max_kb = sizes->max_kb;
	if (!side->foreign)
		see_target(side, sizes->target_kb, patience_ns, now_ns);
	if (!side->foreign)
		return;
	/* Whatever it is, it stands. */
	side->unseen = false;
	side->limited = false;
	side->reads_kb = sizes->target_kb;
	side->asked_kb = sizes->target_kb;
}

uint64_t side_most_asked(const struct side *side)
{
	return side->unseen ? u64_max(side->asked_kb, side->before_kb) :
	       side->asked_kb;
}

bool side_is_still(const struct side *side, uint64_t patience_ns, uint64_t now_ns)
{
	return !side->unseen && now_ns >= side->progress_ns + patience_ns;
}

int64_t side_missing(const struct side *side)
{
	const struct hv_sizes *base = &side->base.sizes;

	return (int64_t)(side->asked_kb - base->target_kb) -
	       (int64_t)(side->actual_kb - base->actual_kb);
}

bool side_is_there(const struct side *side, uint64_t is, uint64_t wanted,
		   uint64_t patience_ns, uint64_t now_ns)
{
	uint64_t off = u64_abs_diff(is, wanted);

	return off == 0 || (off <= SIDE_SLACK_KB &&
			    side_is_still(side, patience_ns, now_ns));
}

void side_rest(struct side *side, uint64_t limit_kb, uint64_t now_ns)
{
	side->limited = true;
	side->limit_kb = limit_kb;
	side->retry_ns = now_ns + side->rest_ns;
	side->rest_ns = u64_min(2 * side->rest_ns, REST_MOST_NS);
}

void side_rested(struct side *side)
{
	side->rest_ns = REST_FIRST_NS;
	side->said = 0;
}

uint64_t side_limit(struct side *side, uint64_t wanted_kb, uint64_t now_ns)
{
	if (!side->limited)
		return wanted_kb;
	if (now_ns >= side->retry_ns) {
		side->limited = false;
		side->progress_ns = now_ns;
		return wanted_kb;
	}
	return u64_min(wanted_kb, side->limit_kb);
}

bool side_is_piece(const struct side *side, uint64_t target_kb, bool last)
{
	uint64_t change = u64_abs_diff(side->asked_kb, target_kb);

	return change && (last || change >= PIECE_KB);
}

static int request(struct side *side, struct hv *hv, uint64_t target_kb,
		   uint64_t now_ns, struct error *err)
{
	int r;

	side->before_kb = side->reads_kb;
	side->asked_kb = target_kb;
	side->asked_ns = now_ns;
	side->unseen = true;
	side->unsure = true;
	r = hv_set_target(hv, &side->base.domain, target_kb, err);
	if (r < 0)
		return r;
	side->unsure = false;
	side->progress_ns = now_ns;
	return 0;
}

int side_ask(struct side *side, struct hv *hv, uint64_t target_kb, bool last,
	     uint64_t now_ns, struct error *err)
{
	if (side->foreign || side->unseen || now_ns < side->hold_ns ||
	    !side_is_piece(side, target_kb, last))
		return 0;
	return request(side, hv, target_kb, now_ns, err);
}

/* What it has now, against its base, in whole quanta: no more than that. */
static uint64_t present_target(const struct side *side)
{
	const struct side_base *base = &side->base;
	uint64_t less = u64_sub_sat(base->sizes.actual_kb, side->actual_kb);
	uint64_t more = u64_sub_sat(side->actual_kb, base->sizes.actual_kb);

	less = (less + base->quantum_kb - 1) / base->quantum_kb * base->quantum_kb;
	more -= more % base->quantum_kb;
	return u64_sub_sat(base->sizes.target_kb + more, less);
}

int side_poke(struct side *side, struct hv *hv, uint64_t now_ns, struct error *err)
{
	int r;

	if (side->foreign || side->unseen)
		return 0;
	r = request(side, hv, present_target(side), now_ns, err);
	if (r == 0)
		side->hold_ns = now_ns + POKE_NS;
	return r;
}

void side_event(struct side *side, unsigned int event)
{
	side->news |= event & ~side->said;
	side->said |= event;
}

unsigned int side_tell(struct side *side)
{
	unsigned int news = side->news;

	side->news = 0;
	return news;
}
