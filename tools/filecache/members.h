/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Which owners a command and its descendants are, followed while it runs. */
#ifndef FILECACHE_MEMBERS_H
#define FILECACHE_MEMBERS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "filecache/filecache.h"

/**
 * struct members - owners of one command
 * @list: as last seen; with no pages once it is gone from the module
 * @count: of @list, which is in the order of ids
 * @room: of @list
 * @cgroups: ids of cgroups whose owners belong to it
 * @cgroups_count: of @cgroups
 * @pids: bit by bit, processes that belong to it; NULL for none
 * @since_ns: when it was started, CLOCK_BOOTTIME; older processes are others
 */
struct members {
	struct filecache_owner *list;
	size_t count;
	size_t room;
	uint64_t *cgroups;
	size_t cgroups_count;
	unsigned char *pids;
	uint64_t since_ns;
};

/** members_exit() - Free what the other calls have allocated. */
void members_exit(struct members *members);

/** members_add_cgroup() - Owners born in it belong. Return: 0, -ENOMEM. */
int members_add_cgroup(struct members *members, uint64_t id);

/** members_add_pid() - Owners of this process belong. Return: 0, -errno. */
int members_add_pid(struct members *members, pid_t pid);

/** members_has_pid() - Whether this process belongs. */
bool members_has_pid(const struct members *members, pid_t pid);

/**
 * members_merge() - Take over what a dump says about them.
 * @members: @since_ns is set
 * @owners: all owners
 * @count: of @owners
 *
 * An owner belongs when it was born in one of the cgroups, when it is of one
 * of the processes, or when its parent belongs.
 *
 * Return: 0 or -ENOMEM.
 */
int members_merge(struct members *members, const struct filecache_owner *owners,
		  size_t count);

/** members_update() - members_merge() with a fresh dump. */
int members_update(struct members *members, struct filecache_client *client,
		   struct error *err);

#endif
