/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Memory on its way from guests to the host and back, one look and a few
 * requests at a time, believing nothing but the hypervisor's count of pages.
 */
#ifndef BALLOON_SYNC_MOVE_H
#define BALLOON_SYNC_MOVE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "hv/hv.h"
#include "side.h"

/* More guests than any host has; bounds what a state file can make us do. */
#define MOVE_GUESTS_MAX 1024

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
 * @MOVE_EVENT_GUEST_GONE: the guest no longer exists; once for ever
 * @MOVE_EVENT_GUEST_FOREIGN: somebody else sets the guest's size, which is
 *	left alone from now on; once for ever, to be kept in the state file
 * @MOVE_EVENT_HOST_FOREIGN: somebody else sets the host's size, likewise;
 *	guests get back what the host does not have
 * @MOVE_EVENT_GUEST_NO_GAIN: what the guest gave did not return to the host
 * @MOVE_EVENT_GUEST_LOST: the guest cannot be reached, the others can
 * @MOVE_EVENT_GUEST_REFUSED: the hypervisor refused a change of the guest
 */
enum move_event {
	MOVE_EVENT_GUEST_KEEPS = 1,
	MOVE_EVENT_HOST_FULL = 2,
	MOVE_EVENT_HOST_KEEPS = 4,
	MOVE_EVENT_GUEST_FULL = 8,
	MOVE_EVENT_CLAIM_LOST = 16,
	MOVE_EVENT_GUEST_GONE = 32,
	MOVE_EVENT_GUEST_FOREIGN = 64,
	MOVE_EVENT_HOST_FOREIGN = 128,
	MOVE_EVENT_GUEST_NO_GAIN = 256,
	MOVE_EVENT_GUEST_LOST = 512,
	MOVE_EVENT_GUEST_REFUSED = 1024,
};

/**
 * struct move_guest_config - who gives, and how far
 * @base: the guest and its sizes with nothing moved
 * @floor_kb: it is never asked to be smaller than this
 * @foreign: an earlier run saw that somebody else sets its size
 */
struct move_guest_config {
	struct side_base base;
	uint64_t floor_kb;
	bool foreign;
};

/**
 * struct move_guest_report - what a step saw of a guest
 * @phase: how its part of the move stands
 * @events: set of enum move_event, those not said before
 * @given_kb: what it holds less than before the first move, and the host gains
 * @size_kb: its size now, 0 when it is gone
 */
struct move_guest_report {
	enum move_phase phase;
	unsigned int events;
	uint64_t given_kb;
	uint64_t size_kb;
};

/**
 * struct move_guest - one guest that gives
 * @side: it and its sizes
 * @most_kb: it is never asked to give more, whole quanta
 * @wanted_kb: what it should have given in all, whole quanta
 * @goal_kb: of that, what is gone for now: nobody who was seen not to be able
 *	to is asked for more
 * @given_kb: what it holds less than before the first move
 * @held_kb: of that, what the hypervisor does not let it take back
 * @share_kb: of that, what the host may have
 * @max_kb: maxmem last written, and before that
 * @max_foreign: somebody else sets its maxmem
 * @gone: it no longer exists, its memory is nobody's
 * @lost: it cannot be reached: it counts as it was seen last, and nothing is
 *	asked of it; only where memory is one pool, so that no promise is built on that
 * @look_ns: it is not looked at before then
 * @no_gain: what it gives does not return to the host
 * @refused_ns: nothing is asked of it before then
 * @why: what was said of the last request that failed
 * @resident_more_kb: what the host spends for it beyond what it says it has
 * @report: of the last step
 */
struct move_guest {
	struct side side;
	uint64_t most_kb;
	uint64_t wanted_kb;
	uint64_t goal_kb;
	uint64_t given_kb;
	uint64_t held_kb;
	uint64_t share_kb;
	uint64_t max_kb[2];
	bool max_foreign;
	bool gone;
	bool lost;
	uint64_t look_ns;
	bool no_gain;
	uint64_t resident_more_kb;
	uint64_t refused_ns;
	struct error why;
	struct move_guest_report report;
};

/**
 * struct move - a transfer between guests and their host
 * @hv: the hypervisor, not owned
 * @patience_ns: no page for so long means that somebody does not do his part
 * @host: the taker; unused where memory is one pool
 * @claim_kb: the host's size that is claimed for, 0 without a claim
 * @guests: the givers, each allocated, so that pointers to them last
 * @count: of them
 */
struct move {
	struct hv *hv;
	uint64_t patience_ns;
	struct side host;
	uint64_t claim_kb;
	struct move_guest **guests;
	size_t count;
};

/**
 * struct move_report - what a step saw in all; each guest has its own besides
 * @phase: how the move stands
 * @events: set of enum move_event, of the host and all guests
 * @wanted_kb: sum of what is wanted from guests
 * @given_kb: sum of what they gave
 * @arrived_kb: what the host holds more
 * @guest_kb: sum of the guests' sizes now
 * @host_kb: size of the host now; 0 where memory is one pool
 */
struct move_report {
	enum move_phase phase;
	unsigned int events;
	uint64_t wanted_kb;
	uint64_t given_kb;
	uint64_t arrived_kb;
	uint64_t guest_kb;
	uint64_t host_kb;
};

/**
 * move_init() - Get ready to move to a host; changes nothing.
 * @move: filled in; move_exit() frees what it holds
 * @hv: must outlive it
 * @host: the host and its sizes with nothing moved, as they are now or were;
 *	only its name counts where memory is one pool
 * @patience_ns: see struct move
 * @now_ns: CLOCK_MONOTONIC
 * @err: why it failed
 *
 * Return: 0 or negative errno.
 */
int move_init(struct move *move, struct hv *hv, const struct side_base *host,
	      uint64_t patience_ns, uint64_t now_ns, struct error *err);

/** move_exit() - Free it; memory stays where it is. */
void move_exit(struct move *move);

/**
 * move_add_guest() - One more to move from; changes nothing.
 * @move: the transfer
 * @config: copied
 * @now_ns: CLOCK_MONOTONIC
 * @ret: a handle, until move_remove_guest() or move_exit()
 * @err: why it failed
 *
 * Before the first step after this, the guest must stand in the state file.
 * A guest that is gone is no failure here: see @ret->gone.
 *
 * Return: 0; -EINVAL for a quantum that is none; -EEXIST for one that is
 * there already; -ENOSPC; other negative errno.
 */
int move_add_guest(struct move *move, const struct move_guest_config *config,
		   uint64_t now_ns, struct move_guest **ret, struct error *err);

/**
 * move_is_back() - Whether nothing is owed to or by a guest any more.
 * @move: the transfer, just stepped
 * @guest: see move_verify()
 * @err: what is not back
 *
 * What is still at the host from a guest that is gone or not ours any more is
 * not back either.
 *
 * Return: 0; -EAGAIN when something is not back; other negative errno.
 */
int move_is_back(struct move *move, struct move_guest *guest, struct error *err);

/**
 * move_remove_guest() - Done with a guest, of which all is back.
 * @move: the transfer
 * @guest: no longer valid when this succeeds
 * @err: what is not back
 *
 * The guest leaves the state file after this.
 *
 * Return: as move_is_back(), which it asks.
 */
int move_remove_guest(struct move *move, struct move_guest *guest, struct error *err);

/**
 * move_want() - Say how many kB a guest should have given in all.
 * @move: the transfer
 * @guest: the guest
 * @wanted_kb: cut to whole quanta, and to what its floor allows
 */
void move_want(struct move *move, struct move_guest *guest, uint64_t wanted_kb);

/** move_set_floor() - Another floor from the next move_want() on. */
void move_set_floor(struct move_guest *guest, uint64_t floor_kb);

/**
 * move_step() - Look, and do the next thing; never waits.
 * @move: the transfer
 * @now_ns: CLOCK_MONOTONIC
 * @ret: what was seen; untouched on failure, and events are then told later
 * @err: why it failed
 *
 * What the hypervisor does not let guests take back of what they gave is, at
 * every moment, no less than what the host has and was asked to have more
 * than before: whoever stops half-way, memory is neither lost nor promised
 * twice.  After a failure, -ENOTCONN among others, the step may be tried
 * again at any time.  Where memory is one pool, that one guest cannot be
 * reached is no failure while others can.
 *
 * Return: 0 or negative errno.
 */
int move_step(struct move *move, uint64_t now_ns, struct move_report *ret,
	      struct error *err);

/**
 * move_verify() - Whether a guest is back as it was before.
 * @move: the transfer
 * @guest: one that is gone is; of one that is not ours any more, only what is
 *	still ours is looked at
 * @err: what is not
 *
 * Return: 0; -EAGAIN when a size differs; other negative errno.
 */
int move_verify(struct move *move, struct move_guest *guest, struct error *err);

/** move_verify_host() - Likewise for the host. */
int move_verify_host(struct move *move, struct error *err);

/** move_room() - How much the host can grow above its size at rest, in kB. */
uint64_t move_room(const struct side_base *host);

#endif
