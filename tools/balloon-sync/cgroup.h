/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Cgroups as folders: where they are, who is in them, what is below them. */
#ifndef BALLOON_SYNC_CGROUP_H
#define BALLOON_SYNC_CGROUP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "base/error.h"

/**
 * cgroup_find() - The folder of a cgroup.
 * @path: a folder, or a path from the root of cgroups as /proc/PID/cgroup
 *	shows it
 * @memory: it must have the memory controller, and may be of version 1
 * @ret: to be freed; untouched on failure
 * @err: why it failed
 *
 * Return: 0; -ENOENT when there is none; other negative errno.
 */
int cgroup_find(const char *path, bool memory, char **ret, struct error *err);

/**
 * struct cgroup_visitor - told of a cgroup and all below it
 * @cgroup: an id, as page-cache owners have it; NULL when it is not wanted
 * @process: a pid; NULL when it is not wanted
 * @data: for both
 *
 * A negative errno of either ends the walk.
 */
struct cgroup_visitor {
	int (*cgroup)(void *data, uint64_t id);
	int (*process)(void *data, pid_t pid);
	void *data;
};

/**
 * cgroup_walk() - Visit a cgroup and all below it.
 * @folder: see cgroup_find(); nothing is visited when it is gone
 * @visitor: told
 *
 * Return: 0; negative errno, also that of @visitor.
 */
int cgroup_walk(const char *folder, const struct cgroup_visitor *visitor);

#endif
