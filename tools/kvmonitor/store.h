/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Where enrolments are kept, by build-id, and what was found of a guest.  The process that reads
 * the guest is confined and has no files: it asks a child of its own that has them, and knows
 * nothing of what is in them.
 */
#ifndef KVMONITOR_STORE_H
#define KVMONITOR_STORE_H

#include <stdbool.h>
#include <stddef.h>

#include "base/error.h"
#include "memo.h"

#define STORE_FOLDER	"/var/lib/kvmonitor/enrolled"

/**
 * struct store - on the side that is confined
 * @socket: to the one that is not; 0 without a store
 * @memory: descriptor of memory that both have, for what is too long for a message
 */
struct store {
	int socket;
	int memory;
};

/**
 * struct store_folders - on the side that is not
 * @enrolled: of enrolments; NULL when none may be asked for
 * @writable: whether something may be put there ...
 * @again: ... in place of what is there already
 * @memo: path of what was found of this guest, see memo.h; empty when that is not kept.  No other
 *	  guest's can be asked for.
 */
struct store_folders {
	const char *enrolled;
	bool writable;
	bool again;
	char memo[MEMO_PATH_MAX];
};

/** store_memory() - Such memory. Return: its descriptor; negative errno. */
int store_memory(struct error *err);

/**
 * store_get() - An enrolment.
 * @store: to ask
 * @id: build-id
 * @ret: the contents of its file, to be freed
 * @ret_len: of it
 * @err: why it failed
 *
 * Return: 0; -ENOENT when there is none; others.
 */
int store_get(const struct store *store, const char *id, char **ret, size_t *ret_len,
	      struct error *err);

/** store_put() - Keep one, in place of what there was. Return: 0; negative errno. */
int store_put(const struct store *store, const char *id, const char *text, size_t len,
	      struct error *err);

/**
 * store_keep() - Keep what was found of this guest, for the next time.
 * @store: to ask
 * @memo: in place of what there was
 * @len: of it, at most MEMO_FILE_MAX bytes; 0 to keep nothing
 *
 * Whether that could be done is of no importance to whoever has seen into the guest already.
 */
void store_keep(const struct store *store, const void *memo, size_t len);

/** store_serve() - On the side that is not confined: answer until nobody asks any more. */
void store_serve(const struct store *store, const struct store_folders *folders);

#endif
