/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Memory on its way from the guest to the host and back, one look and a few
 * requests at a time, believing nothing but the hypervisor's count of pages.
 */
#ifndef BALLOON_SYNC_MOVE_H
#define BALLOON_SYNC_MOVE_H

#include <stdbool.h>
#include <stdint.h>

#include "hv/hv.h"

/**
 * struct move_base - who is moved between, and their sizes with nothing moved
 * @guest: who gives
 * @host: who gets
 * @guest_sizes: of @guest before the first move
 * @host_sizes: of @host before the first move
 *
 * With what the hypervisor counts now, this is all that is needed to know what
 * is owed, at any moment and also after a crash.
 */
struct move_base {
	struct hv_domain guest;
	struct hv_domain host;
	struct hv_sizes guest_sizes;
	struct hv_sizes host_sizes;
};

/*
 * A page or a few that never arrive are no reason to call a move unfinished:
 * drivers in both domains exchange single pages with the hypervisor.
 */
#define MOVE_SLACK_KB 64

/**
 * enum move_phase - how a move stands
 * @MOVE_DONE: all that was wanted has arrived
 * @MOVE_UNDER_WAY: pages are moving, or are about to
 * @MOVE_RESTING: somebody does not do his part; it is tried again later
 */
enum move_phase {
	MOVE_DONE,
	MOVE_UNDER_WAY,
	MOVE_RESTING,
};

/**
 * enum move_event - what is worth a line, each reported once per episode
 * @MOVE_EVENT_GUEST_KEEPS: the guest does not give (all of) it
 * @MOVE_EVENT_HOST_FULL: the host does not take it
 * @MOVE_EVENT_HOST_KEEPS: the host does not give it back
 * @MOVE_EVENT_GUEST_FULL: the guest does not take it back
 * @MOVE_EVENT_CLAIM_LOST: somebody else took the memory first
 */
enum move_event {
	MOVE_EVENT_GUEST_KEEPS = 1,
	MOVE_EVENT_HOST_FULL = 2,
	MOVE_EVENT_HOST_KEEPS = 4,
	MOVE_EVENT_GUEST_FULL = 8,
	MOVE_EVENT_CLAIM_LOST = 16,
};

/**
 * struct move_side - one of the two domains, as last seen
 * @actual_kb: its size
 * @progress_ns: when that changed last, or when it was last asked to
 * @asked_kb: target last written
 * @hold_ns: until then, @asked_kb is to stand, so that it is noticed
 * @limit_kb: it has been seen to give or take no more than this in all
 * @limited: @limit_kb holds
 * @retry_ns: until then
 * @rest_ns: how long the next rest is
 */
struct move_side {
	uint64_t actual_kb;
	uint64_t progress_ns;
	uint64_t asked_kb;
	uint64_t hold_ns;
	uint64_t limit_kb;
	bool limited;
	uint64_t retry_ns;
	uint64_t rest_ns;
};

/**
 * struct move - a transfer between two domains
 * @hv: the hypervisor, not owned
 * @base: sizes with nothing moved
 * @patience_ns: no page for so long means that somebody does not do his part
 * @wanted_kb: what should have been moved in all
 * @guest: the giver
 * @host: the taker
 * @guest_gone: the guest no longer exists, its memory is nobody's
 * @guest_max_kb: maxmem last written
 * @claim_kb: the host's size that is claimed for, 0 without a claim
 * @said: events reported in this episode
 */
struct move {
	struct hv *hv;
	struct move_base base;
	uint64_t patience_ns;
	uint64_t wanted_kb;
	struct move_side guest;
	struct move_side host;
	bool guest_gone;
	uint64_t guest_max_kb;
	uint64_t claim_kb;
	unsigned int said;
};

/**
 * struct move_report - what a step saw
 * @phase: how the move stands
 * @events: set of enum move_event, those not said before
 * @given_kb: what the guest holds less than before the first move
 * @arrived_kb: what the host holds more
 * @guest_kb: size of the guest now, 0 when it is gone
 * @host_kb: size of the host now
 */
struct move_report {
	enum move_phase phase;
	unsigned int events;
	uint64_t given_kb;
	uint64_t arrived_kb;
	uint64_t guest_kb;
	uint64_t host_kb;
};

/**
 * move_init() - Get ready to move, from the sizes as they are now or were.
 * @move: filled in
 * @hv: must outlive it
 * @base: sizes with nothing moved
 * @patience_ns: see struct move
 * @now_ns: CLOCK_MONOTONIC
 * @err: why it failed
 *
 * A guest that is gone is no failure here: see @move->guest_gone.
 *
 * Return: 0 or negative errno.
 */
int move_init(struct move *move, struct hv *hv, const struct move_base *base,
	      uint64_t patience_ns, uint64_t now_ns, struct error *err);

/** move_want() - Say how many kB should be moved in all, whole pages. */
void move_want(struct move *move, uint64_t wanted_kb);

/**
 * move_step() - Look, and do the next thing; never waits.
 * @move: the transfer
 * @now_ns: CLOCK_MONOTONIC
 * @ret: what was seen; untouched on failure
 * @err: why it failed
 *
 * At every moment the host has been asked to grow by no more than what the
 * guest has given, and the guest is allowed no more than what the host does
 * not have: whoever stops half-way, memory is neither lost nor promised twice.
 *
 * Return: 0; -ENODEV once when the guest is gone, after which steps bring the
 * host back to its size; other negative errno.
 */
int move_step(struct move *move, uint64_t now_ns, struct move_report *ret,
	      struct error *err);

/**
 * move_verify() - Whether both sides are back as they were before.
 * @move: the transfer
 * @err: what is not
 *
 * Return: 0; -EAGAIN when a size differs; other negative errno.
 */
int move_verify(struct move *move, struct error *err);

#endif
