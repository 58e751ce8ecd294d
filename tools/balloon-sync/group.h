/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A group: the processes and page-cache owners that work for its guests. */
#ifndef BALLOON_SYNC_GROUP_H
#define BALLOON_SYNC_GROUP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "base/error.h"
#include "census.h"
#include "filecache/filecache.h"
#include "member.h"

struct group;

/**
 * enum group_flags - how a group is found
 * @GROUP_NOW: a cgroup or unit that is not there is an error; without it, it
 *	may come later
 * @GROUP_MEMORY: its cgroups are those of the memory controller
 */
enum group_flags {
	GROUP_NOW = 1,
	GROUP_MEMORY = 2,
};

/**
 * group_create() - Find a group.
 * @name: names it to people; copied
 * @specs: who belongs to it; copied, with their texts
 * @count: of @specs, at least 1
 * @flags: enum group_flags
 * @ret: untouched on failure
 * @err: why it failed
 *
 * Return: 0; -ESRCH for no such process; -ENOENT for no such cgroup; other
 * negative errno.
 */
int group_create(const char *name, const struct member_spec *specs, size_t count,
		 unsigned int flags, struct group **ret, struct error *err);

/** group_destroy() - Forget the group; NULL is allowed. */
void group_destroy(struct group *group);

/** group_name() - As people know it. */
const char *group_name(const struct group *group);

/** group_needs_list() - Whether group_refresh() needs a census with a list. */
bool group_needs_list(const struct group *group);

/**
 * group_refresh() - See who is in the group now.
 * @group: the group
 * @census: claimed from, so that nobody belongs to two groups
 * @ret: pids, valid until the next call
 * @ret_count: how many
 * @err: why it failed
 *
 * Return: 0 or negative errno.
 */
int group_refresh(struct group *group, struct census *census,
		  const pid_t **ret, size_t *ret_count, struct error *err);

/**
 * group_adopt() - See who has been in it, by the page cache that is left.
 * @group: as last refreshed
 * @owners: of a whole dump, sorted by id
 * @count: of @owners
 *
 * Return: 0 or -ENOMEM.
 */
int group_adopt(struct group *group, const struct filecache_owner *owners,
		size_t count);

/** group_owns() - Whether an owner of page cache, dead or alive, belongs. */
bool group_owns(const struct group *group, const struct filecache_owner *owner);

/**
 * group_cgroup() - The folders of its cgroups, as last refreshed.
 * @group: the group
 * @index: from 0 on
 *
 * One that stands below another is left out, since that means it too.
 *
 * Return: a folder, valid until the next refresh; NULL when there are no more.
 */
const char *group_cgroup(const struct group *group, size_t index);

/** group_ended() - Whether it can never again have a living process. */
bool group_ended(const struct group *group);

#endif
