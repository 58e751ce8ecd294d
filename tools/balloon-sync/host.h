/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The host's part in a move: what it is asked to have, and what is claimed. */
#ifndef BALLOON_SYNC_HOST_H
#define BALLOON_SYNC_HOST_H

#include "move.h"

/** host_look() - Read its sizes. Return: 0 or negative errno. */
int host_look(struct move *move, uint64_t now_ns, struct error *err);

/** host_arrived() - What it has more than at rest, in kB. */
uint64_t host_arrived(const struct move *move);

/**
 * host_promised() - What it has or may have been asked to have more, in kB.
 *
 * A few pages that it does not give back are not waited for: guests would
 * hold a whole quantum each for them.
 */
uint64_t host_promised(const struct move *move, uint64_t now_ns);

/** host_limit() - How much of @goal_kb it is able to take, as far as is known. */
uint64_t host_limit(struct move *move, uint64_t goal_kb, uint64_t now_ns);

/** host_notice() - See whether it does its part. Return: 0, negative errno. */
int host_notice(struct move *move, uint64_t now_ns, struct error *err);

/**
 * host_ask() - Ask for a size, with a claim before it grows.
 * @move: the transfer
 * @share_kb: what it may have more than at rest
 * @last: no guest is about to give more
 * @now_ns: CLOCK_MONOTONIC
 * @err: why it failed
 *
 * Return: 0, also when the memory was somebody else's first; negative errno.
 */
int host_ask(struct move *move, uint64_t share_kb, bool last, uint64_t now_ns,
	     struct error *err);

/** host_end_claim() - Nothing is claimed any more. Return: 0, negative errno. */
int host_end_claim(struct move *move, struct error *err);

#endif
