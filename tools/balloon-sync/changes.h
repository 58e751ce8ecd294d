/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What a new configuration changes of the one in force. */
#ifndef BALLOON_SYNC_CHANGES_H
#define BALLOON_SYNC_CHANGES_H

#include <stdbool.h>
#include <stddef.h>

#include "config.h"

#define CHANGES_NONE SIZE_MAX

/**
 * enum change_kind - what has become of a guest or group
 * @CHANGE_SAME: nothing
 * @CHANGE_LIMITS: only numbers of it, or who pays: it goes on
 * @CHANGE_IDENTITY: it is somebody else under the old name: what was begun for
 *	the old one is to be ended, and begun anew
 * @CHANGE_ADDED: it is new
 * @CHANGE_REMOVED: it is gone
 */
enum change_kind {
	CHANGE_SAME,
	CHANGE_LIMITS,
	CHANGE_IDENTITY,
	CHANGE_ADDED,
	CHANGE_REMOVED,
};

/**
 * struct change - what has become of one guest or group
 * @kind: what
 * @before: its index in the old configuration, CHANGES_NONE
 * @after: its index in the new one, CHANGES_NONE
 */
struct change {
	enum change_kind kind;
	size_t before;
	size_t after;
};

/**
 * struct changes - what two configurations differ in
 * @global: anything that holds for all
 * @paths: the metrics file or the status socket
 * @guests: all of both: those of the new one in its order, then removed ones
 * @guest_count: of @guests
 * @groups: likewise
 * @group_count: of @groups
 */
struct changes {
	bool global;
	bool paths;
	struct change *guests;
	size_t guest_count;
	struct change *groups;
	size_t group_count;
};

/**
 * changes_find() - Compare two configurations.
 * @before: the one in force
 * @after: the new one
 * @ret: to be freed by changes_free(); untouched on failure
 *
 * Guests and groups are told by name; their order means nothing.
 *
 * Return: 0 or -ENOMEM.
 */
int changes_find(const struct config *before, const struct config *after,
		 struct changes *ret);

/** changes_free() - Free what changes_find() made. */
void changes_free(struct changes *changes);

#endif
