/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What must survive a crash: the sizes before the first move. */
#ifndef BALLOON_SYNC_STATE_H
#define BALLOON_SYNC_STATE_H

#include <stdbool.h>

#include "base/error.h"
#include "move.h"

#define STATE_FOLDER "/run/balloon-sync"

/**
 * struct state - contents of a state file
 * @base: who is moved between and the sizes with nothing moved
 * @once: left behind on purpose by --once, not by a crash
 * @stale: written before the last boot, which has undone everything
 */
struct state {
	struct move_base base;
	bool once;
	bool stale;
};

/**
 * state_path() - Where the state for a guest is kept.
 * @guest: its name; one that is no file name gives an escaped one
 * @ret: to be freed
 * @err: why it failed
 *
 * Return: 0 or -ENOMEM.
 */
int state_path(const char *guest, char **ret, struct error *err);

/**
 * state_lock() - Be the only one that moves memory with states in a folder.
 * @path: of a state file; its folder is made when missing
 * @ret_fd: closing it, or dying, gives the lock up
 * @err: who holds it
 *
 * One lock for all guests: the host's size can follow only one master.
 *
 * Return: 0; -EBUSY when another process has it; other negative errno.
 */
int state_lock(const char *path, int *ret_fd, struct error *err);

/** state_save() - Write it down, durably. Return: 0 or negative errno. */
int state_save(const char *path, const struct state *state, struct error *err);

/** state_load() - Return: 0; -ENOENT without a file; other negative errno. */
int state_load(const char *path, struct state *ret, struct error *err);

/** state_remove() - Nothing is owed any more. Return: 0 or negative errno. */
int state_remove(const char *path, struct error *err);

#endif
