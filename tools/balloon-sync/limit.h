/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Limits of groups: memory.high of their cgroups, and what it was before. */
#ifndef BALLOON_SYNC_LIMIT_H
#define BALLOON_SYNC_LIMIT_H

#include <stdbool.h>
#include <stdint.h>

#include "base/error.h"
#include "state.h"

#define LIMIT_NONE UINT64_MAX

/** limit_possible() - Whether a cgroup has a memory.high. */
bool limit_possible(const char *folder);

/**
 * limit_note() - Take note of what a cgroup's limit is, before it is first set.
 * @state: gets it, to be saved before limit_set()
 * @folder: of the cgroup
 * @err: why it failed
 *
 * Return: 0; negative errno, -ENOENT when it is gone.
 */
int limit_note(struct state *state, const char *folder, struct error *err);

/** limit_set() - Set a limit in kB. Return: 0, -ENOENT, negative errno. */
int limit_set(const char *folder, uint64_t kb, struct error *err);

/**
 * limit_lift() - Bring a limit back to what it was, and out of @state.
 * @state: unchanged when this fails
 * @folder: of the cgroup; nothing is done when none is noted
 * @err: why it failed
 *
 * A cgroup that is gone, or another one by now, has nothing to be brought back.
 *
 * Return: 0 or negative errno.
 */
int limit_lift(struct state *state, const char *folder, struct error *err);

/** limit_lift_all() - All of them, also when some fail. Return: 0, the first -errno. */
int limit_lift_all(struct state *state, struct error *err);

#endif
