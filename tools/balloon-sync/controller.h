/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The law and the move put together: what to do with each sample, in order. */
#ifndef BALLOON_SYNC_CONTROLLER_H
#define BALLOON_SYNC_CONTROLLER_H

#include <stdbool.h>
#include <stdint.h>

#include "law.h"
#include "move.h"
#include "state.h"
#include "usage.h"

#define CONTROLLER_NEVER UINT64_MAX

/**
 * struct controller_config - what the operator wants
 * @law: limits of the amount moved
 * @linger_ns: drop the group's cache when it has had no process for so long,
 *	CONTROLLER_NEVER to keep it
 * @patience_ns: see struct move
 */
struct controller_config {
	struct law_config law;
	uint64_t linger_ns;
	uint64_t patience_ns;
};

/**
 * struct controller - a group's use followed by a guest's memory
 * @config: what the operator wants
 * @move: the transfer
 * @guest: the one guest of it
 * @usage: the last sample
 * @limit: what the law is held back by
 * @same: samples in a row without any change of use
 * @phase: of the move after the last step
 * @alive_ns: when the group last had a process
 * @evict_ns: not again before then
 * @stopping: everything is being given back, for good
 */
struct controller {
	struct controller_config config;
	struct move move;
	struct move_guest *guest;
	struct usage usage;
	enum law_limit limit;
	unsigned int same;
	enum move_phase phase;
	uint64_t alive_ns;
	uint64_t evict_ns;
	bool stopping;
};

/**
 * controller_init() - Begin to follow.
 * @controller: filled in, for controller_exit(), also when this fails
 * @config: copied
 * @hv: must outlive it
 * @state: the host's and one guest's sizes with nothing moved
 * @now_ns: CLOCK_MONOTONIC
 * @err: why it failed
 *
 * Return: 0 or negative errno.
 */
int controller_init(struct controller *controller,
		    const struct controller_config *config, struct hv *hv,
		    const struct state *state, uint64_t now_ns,
		    struct error *err);

/** controller_exit() - Free it; memory stays where it is. */
void controller_exit(struct controller *controller);

/**
 * controller_sample() - Take note of what the group uses.
 * @controller: the controller
 * @usage: a new sample
 * @now_ns: CLOCK_MONOTONIC
 * @ret_limit_changed: @controller->limit is new
 *
 * Return: whether the group's cache is to be dropped now.
 */
bool controller_sample(struct controller *controller,
		       const struct usage *usage, uint64_t now_ns,
		       bool *ret_limit_changed);

/** controller_stop() - From now on give everything back. */
void controller_stop(struct controller *controller);

/**
 * controller_step() - Do the next thing; see move_step().
 *
 * Return: as move_step(); -ENODEV once when the guest is gone, after which
 * steps bring the host back to its size.
 */
int controller_step(struct controller *controller, uint64_t now_ns,
		    struct move_report *ret, struct error *err);

/**
 * controller_check() - Whether limits and sizes leave anything to do.
 * @law: the operator's limits
 * @guest: its sizes with nothing moved
 * @host: likewise
 * @err: what is wrong and what to do
 *
 * Return: 0; -ERANGE for a floor above the guest's size; -ENOSPC for a host
 * at its ceiling.
 */
int controller_check(const struct law_config *law, const struct side_base *guest,
		     const struct side_base *host, struct error *err);

#endif
