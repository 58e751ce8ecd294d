/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * One domain that memory is moved from or to: what it has, what it was asked
 * for, whether it does its part, and whether it is still ours to ask.
 */
#ifndef BALLOON_SYNC_SIDE_H
#define BALLOON_SYNC_SIDE_H

#include <stdbool.h>
#include <stdint.h>

#include "hv/hv.h"

/*
 * A page or a few that never arrive are no reason to call a move unfinished:
 * drivers in both domains exchange single pages with the hypervisor.
 */
#define SIDE_SLACK_KB 64

#define SIDE_PAGE_KB 4
#define SIDE_QUANTUM_MAX_KB 1048576

/**
 * struct side_base - a domain and its sizes with nothing moved
 * @domain: who it is
 * @sizes: before the first move
 * @quantum_kb: its target changes by whole ones of these, whole pages
 *
 * With what the hypervisor counts now, this is all that is needed to know what
 * a domain owes or is owed, at any moment and also after a crash.
 */
struct side_base {
	struct hv_domain domain;
	struct hv_sizes sizes;
	uint64_t quantum_kb;
};

/**
 * struct side - a domain as last seen
 * @base: what it was
 * @actual_kb: its size
 * @max_kb: the hypervisor lets it have no more than this
 * @progress_ns: when its size changed last, or when it was last asked to
 * @asked_kb: target last written
 * @before_kb: what the target read before that
 * @reads_kb: what the target reads since it has been seen
 * @unseen: @asked_kb has not been seen yet
 * @unsure: the request failed, and may or may not have been carried out
 * @asked_ns: when it was written
 * @hold_ns: until then, @asked_kb is to stand, so that it is noticed
 * @limit_kb: it has been seen to give or take no more than this in all
 * @limited: @limit_kb holds
 * @retry_ns: until then
 * @rest_ns: how long the next rest is
 * @foreign: somebody else sets its target: nothing is asked of it any more
 * @said: events told in this episode
 * @news: events not told yet
 */
struct side {
	struct side_base base;
	uint64_t actual_kb;
	uint64_t max_kb;
	uint64_t progress_ns;
	uint64_t asked_kb;
	uint64_t before_kb;
	uint64_t reads_kb;
	bool unseen;
	bool unsure;
	uint64_t asked_ns;
	uint64_t hold_ns;
	uint64_t limit_kb;
	bool limited;
	uint64_t retry_ns;
	uint64_t rest_ns;
	bool foreign;
	unsigned int said;
	unsigned int news;
};

/** side_init() - A domain whose target, whatever it is now, is ours. */
void side_init(struct side *side, const struct side_base *base,
	       const struct hv_sizes *now, uint64_t now_ns);

/**
 * side_see() - Take note of its sizes.
 * @side: the domain
 * @sizes: just read
 * @patience_ns: a request that is not to be seen for so long was overwritten
 * @now_ns: CLOCK_MONOTONIC
 *
 * Sets @side->foreign when its target is neither what was asked for last nor
 * what it was before that request has been seen.  A value that the hypervisor
 * rounded by no more than SIDE_SLACK_KB is ours.
 */
void side_see(struct side *side, const struct hv_sizes *sizes,
	      uint64_t patience_ns, uint64_t now_ns);

/** side_most_asked() - The largest target that may stand, seen or not, in kB. */
uint64_t side_most_asked(const struct side *side);

/** side_is_still() - Neither its size nor its target has changed for so long. */
bool side_is_still(const struct side *side, uint64_t patience_ns, uint64_t now_ns);

/** side_missing() - How much more (or less) it was asked to have than it has. */
int64_t side_missing(const struct side *side);

/** side_is_there() - @is is @wanted, or as good as that and still. */
bool side_is_there(const struct side *side, uint64_t is, uint64_t wanted,
		   uint64_t patience_ns, uint64_t now_ns);

/** side_rest() - Ask for no more than @limit_kb for a while, longer each time. */
void side_rest(struct side *side, uint64_t limit_kb, uint64_t now_ns);

/** side_rested() - It does its part again: the next rest is short. */
void side_rested(struct side *side);

/** side_limit() - What of @wanted_kb to ask for: less during a rest. */
uint64_t side_limit(struct side *side, uint64_t wanted_kb, uint64_t now_ns);

/**
 * side_ask() - Ask for a size.
 * @side: the domain
 * @hv: the hypervisor
 * @target_kb: what its target should be
 * @last: how the move ends; else the request waits until it is worth it
 * @now_ns: CLOCK_MONOTONIC
 * @err: why it failed
 *
 * Does nothing while an earlier request is not to be seen, or is to stand.
 *
 * Return: 0 or negative errno.
 */
int side_ask(struct side *side, struct hv *hv, uint64_t target_kb, bool last,
	     uint64_t now_ns, struct error *err);

/** side_is_piece() - A change of its target by so much is worth a request. */
bool side_is_piece(const struct side *side, uint64_t target_kb, bool last);

/**
 * side_poke() - Ask for the size it has, for a moment.
 *
 * Linux' balloon driver gives up after a few attempts and sleeps until its
 * target changes, so make it change: to what there is, and later back.
 *
 * Return: 0 or negative errno.
 */
int side_poke(struct side *side, struct hv *hv, uint64_t now_ns, struct error *err);

/** side_event() - Tell it with the next report, once per episode. */
void side_event(struct side *side, unsigned int event);

/** side_tell() - Events not told yet, which are told hereby. */
unsigned int side_tell(struct side *side);

#endif
