/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Cgroups (version 2): paths by id, and a fresh one to run a command in. */
#ifndef FILECACHE_CGROUP_H
#define FILECACHE_CGROUP_H

#include <stddef.h>
#include <stdint.h>

#include "base/error.h"

/**
 * cgroup_path() - Path of a cgroup, from the root of the hierarchy.
 * @id: of the cgroup
 * @ret: to be freed
 *
 * Return: 0; -ENOENT when it is gone; -EPERM without CAP_DAC_READ_SEARCH;
 * -ENODEV without cgroup v2.
 */
int cgroup_path(uint64_t id, char **ret);

/**
 * cgroup_id() - Id of a cgroup.
 * @path: of its directory, or from the root of the hierarchy
 * @ret: untouched on failure
 * @err: why it failed
 *
 * Return: 0; -ENOENT when there is none; -ENODEV without cgroup v2.
 */
int cgroup_id(const char *path, uint64_t *ret, struct error *err);

/**
 * struct cgroup - a cgroup made for one command
 * @path: of its directory
 * @parent: of the directory that it was made in
 */
struct cgroup {
	char *path;
	char *parent;
};

/**
 * cgroup_create() - Make a cgroup below that of this process.
 * @ret: untouched on failure
 * @err: why it failed
 *
 * Return: 0; -ENODEV without cgroup v2; -EACCES or -EROFS without permission.
 */
int cgroup_create(struct cgroup *ret, struct error *err);

/**
 * cgroup_destroy() - Remove it and those below it.
 *
 * Processes that are still in them go on in the parent.
 *
 * Return: 0 or a negative errno.
 */
int cgroup_destroy(struct cgroup *cgroup, struct error *err);

/** cgroup_enter() - Move this process in. Return: 0 or negative errno. */
int cgroup_enter(const struct cgroup *cgroup);

/**
 * cgroup_each() - Call a function for it and for every cgroup below it.
 * @cgroup: the cgroup
 * @visit: gets the id; a negative errno ends the walk
 * @data: for @visit
 *
 * Return: 0 or what @visit returned.
 */
int cgroup_each(const struct cgroup *cgroup,
		int (*visit)(uint64_t id, void *data), void *data);

#endif
