/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Whether a guest is short of memory itself, by its own account, and how much
 * it is asked for then: no less than nothing, and never more than it would be
 * without.
 */
#ifndef BALLOON_SYNC_DISTRESS_H
#define BALLOON_SYNC_DISTRESS_H

#include <stdbool.h>
#include <stdint.h>

#include "hv/hv.h"

#define DISTRESS_NONE UINT64_MAX

/**
 * struct distress - what is remembered of one guest
 * @next_ns: it is not asked again before then
 * @said: what it said last
 * @said_ns: when; 0 for never
 * @given_kb: what it had given then
 * @spare_kb: it would fall short if it gave more than this, DISTRESS_NONE
 * @eased_kb: it gives no more than this, DISTRESS_NONE ...
 * @until_ns: ... until then
 * @rest_ns: how long the next of these lasts
 * @presses: looks in a row at which it read back what it had swapped out
 */
struct distress {
	uint64_t next_ns;
	struct hv_distress said;
	uint64_t said_ns;
	uint64_t given_kb;
	uint64_t spare_kb;
	uint64_t eased_kb;
	uint64_t until_ns;
	uint64_t rest_ns;
	unsigned int presses;
};

/** distress_init() - A guest that has not said anything. */
void distress_init(struct distress *d);

/**
 * distress_see() - Take note of what it says.
 * @d: the guest
 * @said: just read
 * @rest_kb: its size with nothing moved
 * @given_kb: what it has given by now
 * @now_ns: CLOCK_MONOTONIC
 *
 * A pure function of these.  What is older than ten seconds is no news.
 */
void distress_see(struct distress *d, const struct hv_distress *said, uint64_t rest_kb,
		  uint64_t given_kb, uint64_t now_ns);

/**
 * distress_ask() - Ask it, if that is due.
 * @d: the guest
 * @hv: of the guest
 * @domain: it
 * @rest_kb: its size with nothing moved
 * @given_kb: what it has given by now
 * @now_ns: CLOCK_MONOTONIC
 *
 * Who does not answer is not in distress: whether he can be reached is seen by
 * the move.
 */
void distress_ask(struct distress *d, struct hv *hv, const struct hv_domain *domain,
		  uint64_t rest_kb, uint64_t given_kb, uint64_t now_ns);

/** distress_able() - It is to give no more than this, in kB; DISTRESS_NONE. */
uint64_t distress_able(const struct distress *d, uint64_t now_ns);

#endif
