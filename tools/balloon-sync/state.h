/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What must survive a crash: the sizes before the first move. */
#ifndef BALLOON_SYNC_STATE_H
#define BALLOON_SYNC_STATE_H

#include <stdbool.h>

#include "base/error.h"
#include "move.h"

#define STATE_FOLDER		"/run/balloon-sync"
#define STATE_HYPERVISOR_MAX	16
#define STATE_ADDRESS_MAX	256

/**
 * struct state_guest - a guest in a state file
 * @base: it and its sizes with nothing moved
 * @once: left behind on purpose by --once, not by a crash
 * @foreign: somebody else was seen to set its size
 * @address: where its hypervisor is spoken to, empty where a name is enough
 */
struct state_guest {
	struct side_base base;
	bool once;
	bool foreign;
	char address[STATE_ADDRESS_MAX];
};

/* With as many guests as there may be, a file of this can still be read. */
#define STATE_LIMITS_MAX	512
#define STATE_PATH_MAX		512
#define STATE_UNLIMITED		UINT64_MAX

/**
 * struct state_limit - a cgroup whose memory.high was set
 * @folder: of the cgroup, owned
 * @id: of that folder, so that a later one of the same name is left alone
 * @before_bytes: what memory.high was before, STATE_UNLIMITED for "max"
 */
struct state_limit {
	char *folder;
	uint64_t id;
	uint64_t before_bytes;
};

/**
 * struct state - contents of a state file
 * @hypervisor: of all guests: "xen", "qmp"; empty for "xen"
 * @host: the host and its sizes with nothing moved
 * @host_foreign: somebody else was seen to set its size
 * @guests: those from which something may have been moved, of unlike UUIDs
 * @count: of them, at most MOVE_GUESTS_MAX
 * @limits: cgroups whose memory.high was set, of unlike folders
 * @limit_count: of them, at most STATE_LIMITS_MAX
 * @stale: written before the last boot, which has undone everything
 *
 * A guest is added, and that saved, before the first change to it, and taken
 * out after its sizes have been verified; likewise a limit.
 */
struct state {
	char hypervisor[STATE_HYPERVISOR_MAX];
	struct side_base host;
	bool host_foreign;
	struct state_guest *guests;
	size_t count;
	struct state_limit *limits;
	size_t limit_count;
	bool stale;
};

/** state_free() - Free what it holds; it is empty then. */
void state_free(struct state *state);

/** state_add() - One more guest. Return: 0; -EEXIST; -ENOSPC; -ENOMEM. */
int state_add(struct state *state, const struct state_guest *guest,
	      struct error *err);

/** state_find() - The guest of that UUID, or NULL. */
struct state_guest *state_find(const struct state *state, const char *uuid);

/** state_drop() - Take out the guest of that UUID, if it is there. */
void state_drop(struct state *state, const char *uuid);

/** state_add_limit() - One more limit. Return: 0; -EEXIST; -EINVAL; -ENOSPC; -ENOMEM. */
int state_add_limit(struct state *state, const char *folder, uint64_t id,
		    uint64_t before_bytes, struct error *err);

/** state_drop_limit() - Take out the limit of that folder, if it is there. */
void state_drop_limit(struct state *state, const char *folder);

/**
 * state_note_foreign() - Take note of who was found to have another master.
 * @state: of this move
 * @move: just stepped
 *
 * Return: whether there is something new, to be saved.
 */
bool state_note_foreign(struct state *state, const struct move *move);

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

/**
 * state_load() - Read it, believing nothing.
 * @path: of the file, also one of a version before this
 * @ret: for state_free(); untouched on failure
 * @err: why it failed
 *
 * Return: 0; -ENOENT without a file; -EINVAL for one that is torn or not ours;
 * -EPERM for one that others may have written; other negative errno.
 */
int state_load(const char *path, struct state *ret, struct error *err);

/** state_remove() - Nothing is owed any more. Return: 0 or negative errno. */
int state_remove(const char *path, struct error *err);

#endif
