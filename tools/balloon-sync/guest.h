/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A guest's part in a move: what it gives, holds and gets back. */
#ifndef BALLOON_SYNC_GUEST_H
#define BALLOON_SYNC_GUEST_H

#include "move.h"

/** guest_init() - A guest as it is now. Return: 0, -EINVAL, -errno. */
int guest_init(struct move_guest *guest, const struct move *move,
	       const struct move_guest_config *config, uint64_t now_ns,
	       struct error *err);

/** guest_look() - Read its sizes. Return: 0, also when it is gone or lost; -errno. */
int guest_look(struct move_guest *guest, const struct move *move,
	       uint64_t now_ns, struct error *err);

/** guest_aim() - Set its goal: what is wanted, less what it cannot do now. */
void guest_aim(struct move_guest *guest, uint64_t now_ns);

/** guest_weigh() - Set what it gave, holds and shares, after its goal. */
void guest_weigh(struct move_guest *guest, const struct move *move);

/**
 * guest_notice() - See whether it does its part.
 * @guest: the guest
 * @move: the transfer
 * @now_ns: CLOCK_MONOTONIC
 * @err: why it failed
 *
 * Return: 0 or negative errno.
 */
int guest_notice(struct move_guest *guest, const struct move *move,
		 uint64_t now_ns, struct error *err);

/** guest_gives() - It is to give, or to stay; else it gets something back. */
bool guest_gives(const struct move_guest *guest);

/** guest_give() - Hold what it has given, ask for the rest. Return: 0, -errno. */
int guest_give(struct move_guest *guest, const struct move *move,
	       uint64_t now_ns, struct error *err);

/**
 * guest_regrow() - Let it take back.
 * @guest: the guest
 * @move: the transfer
 * @free: so much is held of all guests beyond what the host has or was
 *	asked to have; lessened by what this guest is allowed now, in kB
 * @now_ns: CLOCK_MONOTONIC
 * @err: why it failed
 *
 * Return: 0 or negative errno.
 */
int guest_regrow(struct move_guest *guest, const struct move *move,
		 uint64_t *free, uint64_t now_ns, struct error *err);

/** guest_conclude() - Fill in its report, but for the events. */
void guest_conclude(struct move_guest *guest, const struct move *move,
		    uint64_t now_ns);

#endif
