/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The cgroups by which the host's processors are shared out, of version 2 or 1. */
#ifndef KVMONITOR_CPUTREE_H
#define KVMONITOR_CPUTREE_H

#include <limits.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "base/error.h"

/* What a thread of ordinary priority weighs, and a group that nobody has changed. */
#define CPUTREE_WEIGHT	1024

/**
 * struct cputree - a hierarchy of cgroups
 * @mount: its root
 * @unified: of version 2
 * @cpus: that the host has
 */
struct cputree {
	char mount[PATH_MAX];
	bool unified;
	unsigned int cpus;
};

/**
 * cputree_find() - The one that has processors.
 * @ret: filled in
 * @err: why there is none
 *
 * Return: 0; -ENODEV; other negative errno.
 */
int cputree_find(struct cputree *ret, struct error *err);

/**
 * cputree_of() - Where a process is in it.
 * @tree: the hierarchy
 * @pid: of the process
 * @ret: path of a folder
 * @err: why it failed
 *
 * Return: 0; -ESRCH without such a process; other negative errno.
 */
int cputree_of(const struct cputree *tree, pid_t pid, char ret[PATH_MAX], struct error *err);

/**
 * cputree_weight() - What a group weighs beside its siblings, where CPUTREE_WEIGHT is usual.
 *
 * Return: 0 when it cannot be read.
 */
uint64_t cputree_weight(const struct cputree *tree, const char *folder);

/** cputree_weight_most() - The most that a group may weigh. */
uint64_t cputree_weight_most(const struct cputree *tree);

/** cputree_set_weight() - Return: 0, negative errno. */
int cputree_set_weight(const struct cputree *tree, const char *folder, uint64_t weight,
		       struct error *err);

#define CPUTREE_CAP_MAX	48

/** cputree_cap() - What of the processors a group may have, as the kernel tells it; "" for none. */
void cputree_cap(const struct cputree *tree, const char *folder, char ret[CPUTREE_CAP_MAX]);

/** cputree_restore_cap() - As it was, to the microsecond. Return: 0, negative errno. */
int cputree_restore_cap(const struct cputree *tree, const char *folder, const char *cap,
			struct error *err);

/** cputree_siblings_set() - Whether any group beside one has a weight or cap of somebody's. */
bool cputree_siblings_set(const struct cputree *tree, const char *folder);

/** cputree_siblings_limited() - Likewise, a limit or a promise of memory; of version 2. */
bool cputree_siblings_limited(const struct cputree *tree, const char *folder);

/** cputree_set_cap() - 0 is for all. Return: 0, negative errno. */
int cputree_set_cap(const struct cputree *tree, const char *folder, uint64_t cap,
		    struct error *err);

/**
 * cputree_used() - What a group, with all below it, has had of the processors.
 * @tree: the hierarchy
 * @folder: of the group
 * @ret: in nanoseconds of one processor, since the group was made
 * @err: why it is not known
 *
 * Return: 0; -ENOTSUP where version 1 counts in another hierarchy; other negative errno.
 */
int cputree_used(const struct cputree *tree, const char *folder, uint64_t *ret,
		 struct error *err);

/**
 * cputree_has_others() - Whether a group, or any below it, has processes but one.
 * @folder: of the group
 * @pid: of that one; 0 for none
 */
bool cputree_has_others(const char *folder, pid_t pid);

/**
 * cputree_share() - What of a host a group gets at least when all others want it too.
 * @tree: the hierarchy
 * @folder: of the group
 * @ret_others: what weighs beside the group, at its own level
 *
 * Others are siblings that have processes, whether these run or not, at each level, and
 * threads that are no siblings but in the same parent and run just now; those at the root
 * that the kernel groups by session (autogroup) as such groups.
 *
 * Return: what the group's parent gets, from 0 to 1.
 */
double cputree_share(const struct cputree *tree, const char *folder, uint64_t *ret_others);

/**
 * cputree_move() - Put a process, with all its threads, into a group.
 * Return: 0; -ESRCH when it has ended; other negative errno.
 */
int cputree_move(const char *folder, pid_t pid, struct error *err);

#endif
