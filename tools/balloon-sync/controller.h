/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Decisions and moves put together: what all groups use, and where every guest
 * stands, into what is wanted of each; without a clock or a file of its own.
 */
#ifndef BALLOON_SYNC_CONTROLLER_H
#define BALLOON_SYNC_CONTROLLER_H

#include <stdbool.h>
#include <stdint.h>

#include "changes.h"
#include "config.h"
#include "decision.h"
#include "distress.h"
#include "move.h"
#include "state.h"
#include "usage.h"

/* No group is limited to less: a program could hardly be loaded. */
#define CONTROLLER_LEAST_KB (32ULL << 10)

/**
 * struct controller_guest - a guest of the configuration
 * @move: its part of the move; NULL while it does not run or is not ours
 * @distress: how it fares by its own account
 * @limit: what kept it from being charged in full when that was told last
 */
struct controller_guest {
	struct move_guest *move;
	struct distress distress;
	enum law_limit limit;
};

/**
 * struct controller_group - a group of the configuration
 * @usage: what it uses; set by the caller before controller_sample()
 * @has_limit: there is a memory.high to be set; likewise
 * @alive_ns: when it last had a process
 * @evict_ns: its cache is not dropped again before then
 * @asked_cap_kb: somebody asked for no more to be charged, CONFIG_NO_CAP ...
 * @asked_until_ns: ... until then
 */
struct controller_group {
	struct usage usage;
	bool has_limit;
	uint64_t alive_ns;
	uint64_t evict_ns;
	uint64_t asked_cap_kb;
	uint64_t asked_until_ns;
};

/**
 * struct controller - use of groups followed by memory of guests
 * @config: in force; not owned
 * @move: the transfer; those of its guests that are in none of @guests are on
 *	their way out
 * @decision: the last one, in the order of @config
 * @guests: one for each of @config
 * @groups: one for each of @config
 * @moved: what the last step saw
 * @stopping: everything is being given back, for good
 */
struct controller {
	const struct config *config;
	struct move move;
	struct decision *decision;
	struct controller_guest *guests;
	struct controller_group *groups;
	struct move_report moved;
	bool stopping;
};

/**
 * controller_init() - Begin, with no guest yet.
 * @c: filled in, for controller_exit(), also when this fails
 * @config: must outlive it, or the next controller_apply()
 * @hv: must outlive it
 * @host: the host with nothing moved; see move_init()
 * @now_ns: CLOCK_MONOTONIC
 * @err: why it failed
 *
 * Return: 0 or negative errno.
 */
int controller_init(struct controller *c, const struct config *config,
		    struct hv *hv, const struct side_base *host, uint64_t now_ns,
		    struct error *err);

/** controller_exit() - Free it; memory stays where it is. */
void controller_exit(struct controller *c);

/**
 * controller_apply() - Go on with another configuration.
 * @c: the controller
 * @config: must outlive it, or the next call
 * @changes: from the configuration in force to @config
 * @now_ns: CLOCK_MONOTONIC
 * @err: why it failed
 *
 * Who is in both goes on where he stands.  Guests that are not, or that are
 * moved by other pieces, are given back; see controller_dismiss().
 *
 * Return: 0; negative errno, and the old one is in force.
 */
int controller_apply(struct controller *c, const struct config *config,
		     const struct changes *changes, uint64_t now_ns,
		     struct error *err);

/**
 * controller_join() - A guest of the configuration is there.
 * @c: the controller
 * @i: which; has none yet
 * @from: it and its sizes with nothing moved, as they stand in the state file
 * @now_ns: CLOCK_MONOTONIC
 * @err: why it failed
 *
 * Return: as move_add_guest().
 */
int controller_join(struct controller *c, size_t i, const struct state_guest *from,
		    uint64_t now_ns, struct error *err);

/** controller_leave() - Give a guest back, for controller_dismiss(). */
void controller_leave(struct controller *c, size_t i);

/**
 * controller_dismiss() - Be done with one that has left and of which all is back.
 * @c: the controller, just stepped
 * @ret: who; the caller takes it out of the state file
 *
 * Return: whether there is one; there may be more.
 */
bool controller_dismiss(struct controller *c, struct hv_domain *ret);

/**
 * controller_sample() - Decide, by the use of groups set before.
 * @c: the controller
 * @free_kb: free memory of the host
 * @now_ns: CLOCK_MONOTONIC
 *
 * @c->decision has the result, the limits to be set included.
 */
void controller_sample(struct controller *c, uint64_t free_kb, uint64_t now_ns);

/**
 * controller_wants_evict() - Whether a group's cache is to be dropped now.
 * @c: the controller
 * @i: which group; asked once after each sample
 * @now_ns: CLOCK_MONOTONIC
 *
 * Return: whether it has had no process for as long as it may linger, and has
 * cache; once for a while.
 */
bool controller_wants_evict(struct controller *c, size_t i, uint64_t now_ns);

/** controller_stop() - From now on give everything back. */
void controller_stop(struct controller *c);

/** controller_step() - Do the next thing; see move_step(). */
int controller_step(struct controller *c, uint64_t now_ns, struct error *err);

/** controller_used_for() - What the groups of a guest use, by its weights, in kB. */
uint64_t controller_used_for(const struct controller *c, size_t i);

/** controller_floor() - What a guest of such a size keeps, by the configuration. */
uint64_t controller_floor(const struct config_guest *guest, uint64_t size_kb);

/**
 * controller_check() - Whether limits and sizes leave anything to do.
 * @guest: of the configuration
 * @base: its sizes with nothing moved
 * @host: likewise; NULL where the host has no size
 * @err: what is wrong and what to do
 *
 * Return: 0; -ERANGE for a floor above the guest's size; -ENOSPC for a host
 * at its ceiling.
 */
int controller_check(const struct config_guest *guest, const struct side_base *base,
		     const struct side_base *host, struct error *err);

#endif
