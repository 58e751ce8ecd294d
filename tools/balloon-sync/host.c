// SPDX-License-Identifier: GPL-2.0-or-later
/* The host's part in a move: what it is asked to have, and what is claimed. */
#include <errno.h>

#include "base/u64.h"
#include "host.h"

/* Whoever was here before may have left a claim behind. */
#define CLAIM_UNKNOWN UINT64_MAX

int host_look(struct move *move, uint64_t now_ns, struct error *err)
{
	struct hv_sizes sizes;
	int r;

	if (move->hv->pool)
		return 0;
	r = hv_read(move->hv, &move->host.base.domain, &sizes, err);
	if (r < 0)
		return r;
	side_see(&move->host, &sizes, move->patience_ns, now_ns);
	if (move->host.foreign)
		side_event(&move->host, MOVE_EVENT_HOST_FOREIGN);
	return 0;
}

uint64_t host_arrived(const struct move *move)
{
	return u64_sub_sat(move->host.actual_kb, move->host.base.sizes.actual_kb);
}

uint64_t host_promised(const struct move *move, uint64_t now_ns)
{
	uint64_t arrived = host_arrived(move);
	uint64_t asked = u64_sub_sat(side_most_asked(&move->host),
				     move->host.base.sizes.target_kb);

	if (side_is_there(&move->host, arrived, asked, move->patience_ns, now_ns))
		return asked;
	return u64_max(arrived, asked);
}

uint64_t host_limit(struct move *move, uint64_t goal_kb, uint64_t now_ns)
{
	struct side *host = &move->host;

	if (move->hv->pool)
		return goal_kb;
	if (host->foreign)
		return 0;
	/* Less than it was seen to be able to take: no reason to rest. */
	if (goal_kb <= host->limit_kb)
		host->limited = false;
	goal_kb = u64_min(goal_kb, move_room(&host->base));
	return side_limit(host, goal_kb, now_ns);
}

int host_notice(struct move *move, uint64_t now_ns, struct error *err)
{
	struct side *host = &move->host;
	int64_t more = side_missing(host);

	if (move->hv->pool || host->foreign ||
	    !side_is_still(host, move->patience_ns, now_ns))
		return 0;
	if (more > SIDE_SLACK_KB) {
		side_rest(host, host_arrived(move), now_ns);
		side_event(host, MOVE_EVENT_HOST_FULL);
	} else if (more < -SIDE_SLACK_KB) {
		side_event(host, MOVE_EVENT_HOST_KEEPS);
		return side_poke(host, move->hv, now_ns, err);
	}
	return 0;
}

int host_end_claim(struct move *move, struct error *err)
{
	int r;

	if (move->hv->pool || !move->claim_kb)
		return 0;
	r = hv_claim(move->hv, &move->host.base.domain, 0, err);
	if (r == 0)
		move->claim_kb = 0;
	return r;
}

/*
 * Somebody else took what guests gave last, but not what is claimed since
 * before: that claim was ended to make a bigger one, so make it again.
 */
static int keep_claim(struct move *move, uint64_t old_kb, uint64_t now_ns)
{
	struct side *host = &move->host;
	uint64_t limit;

	move->claim_kb = 0;
	if (old_kb != CLAIM_UNKNOWN && old_kb > host->actual_kb &&
	    hv_claim(move->hv, &host->base.domain, old_kb, NULL) == 0)
		move->claim_kb = old_kb;
	limit = u64_max(host_arrived(move),
			u64_sub_sat(move->claim_kb,
				    host->base.sizes.actual_kb));
	side_rest(host, limit, now_ns);
	side_event(host, MOVE_EVENT_CLAIM_LOST);
	return -ENOMEM;
}

/* What guests gave is reserved for the host until it has it. */
static int make_claim(struct move *move, uint64_t share_kb, uint64_t now_ns,
		      struct error *err)
{
	struct side *host = &move->host;
	uint64_t total = host->base.sizes.actual_kb + share_kb;
	uint64_t old = move->claim_kb;
	int r;

	if (total <= host->actual_kb)
		return 0;
	/* Should this fail, a claim of whatever size may stand. */
	move->claim_kb = CLAIM_UNKNOWN;
	r = hv_claim(move->hv, &host->base.domain, total, err);
	if (r == -ENOMEM)
		return keep_claim(move, old, now_ns);
	if (r == 0)
		move->claim_kb = total;
	/* The host grew meanwhile: no claim is needed. */
	return r == -EINVAL ? 0 : r;
}

int host_ask(struct move *move, uint64_t share_kb, bool last, uint64_t now_ns,
	     struct error *err)
{
	struct side *host = &move->host;
	uint64_t target = host->base.sizes.target_kb + share_kb;
	bool up = target > host->asked_kb;
	int r;

	if (move->hv->pool || host->foreign || host->unseen)
		return 0;
	if (up && side_is_piece(host, target, last)) {
		r = make_claim(move, share_kb, now_ns, err);
		if (r < 0)
			return r == -ENOMEM ? 0 : r;
	}
	return side_ask(host, move->hv, target, last || !up, now_ns, err);
}
