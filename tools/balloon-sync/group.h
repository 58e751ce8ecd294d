/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A group: the processes and page-cache owners that work for one guest. */
#ifndef BALLOON_SYNC_GROUP_H
#define BALLOON_SYNC_GROUP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "base/error.h"
#include "filecache/filecache.h"

#define GROUP_COMM_MAX 16

/**
 * enum group_kind - how members are told
 * @GROUP_CGROUP: by cgroup, with all cgroups below it
 * @GROUP_PID: one process, without its children
 * @GROUP_COMM: by name of the program and real uid
 */
enum group_kind {
	GROUP_CGROUP,
	GROUP_PID,
	GROUP_COMM,
};

/**
 * struct group_spec - what the operator wrote
 * @kind: how members are told
 * @text: as it was written, not owned
 * @path: GROUP_CGROUP, not owned
 * @pid: GROUP_PID
 * @comm: GROUP_COMM; a name alone would let any user join the group
 * @uid: GROUP_COMM
 */
struct group_spec {
	enum group_kind kind;
	const char *text;
	const char *path;
	pid_t pid;
	char comm[GROUP_COMM_MAX];
	uid_t uid;
};

struct group;

/**
 * group_parse() - "cgroup=PATH", "pid=N" or "comm=NAME,uid=U".
 * @text: must outlive @ret
 * @ret: untouched on failure
 * @err: why it failed
 *
 * Return: 0 or -EINVAL.
 */
int group_parse(const char *text, struct group_spec *ret, struct error *err);

/**
 * group_create() - Find the group.
 * @spec: copied, but for the strings in it
 * @ret: the group
 * @err: why it failed
 *
 * Return: 0; -ESRCH for no such process; -ENOENT for no such cgroup; other
 * negative errno.
 */
int group_create(const struct group_spec *spec, struct group **ret,
		 struct error *err);

/** group_destroy() - Forget the group; NULL is allowed. */
void group_destroy(struct group *group);

/**
 * group_refresh() - See who is in the group now.
 * @group: the group
 * @ret: pids, valid until the next call
 * @ret_count: how many
 * @err: why it failed
 *
 * Return: 0 or negative errno.
 */
int group_refresh(struct group *group, const pid_t **ret, size_t *ret_count,
		  struct error *err);

/** group_owns() - Whether an owner of page cache, dead or alive, belongs. */
bool group_owns(const struct group *group, const struct filecache_owner *owner);

/** group_ended() - Whether it can never again have a living process. */
bool group_ended(const struct group *group);

#endif
