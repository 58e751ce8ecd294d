/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Where it is known from how much groups use, behind one small set of operations. */
#ifndef BALLOON_SYNC_SOURCE_H
#define BALLOON_SYNC_SOURCE_H

#include <stddef.h>
#include <stdint.h>

#include "base/error.h"
#include "filecache/filecache.h"
#include "group.h"
#include "usage.h"

struct source;

/**
 * struct source_ops - one source
 * @name: as it is written in the configuration
 * @look: begin a sample: read what serves all groups; NULL for nothing
 * @measure: what a group uses, as of @look; may claim processes and owners, so
 *	that nothing counts for two groups
 * @evict: drop the page cache that can be dropped without loss, and say how
 *	much that was; waits for no writes
 * @destroy: free it
 *
 * All but @destroy return 0 or a negative errno, with a line for the user, and
 * leave results untouched on failure.
 */
struct source_ops {
	const char *name;
	int (*look)(struct source *source, struct error *err);
	int (*measure)(struct source *source, struct group *group,
		       struct census *census, struct usage *ret, struct error *err);
	int (*evict)(struct source *source, struct group *group, uint64_t *ret_kb,
		     struct error *err);
	void (*destroy)(struct source *source);
};

/** struct source - a source; implementations embed it */
struct source {
	const struct source_ops *ops;
};

/**
 * struct source_subject - a group whose use is followed
 * @group: the group
 * @source: where its use is known from; GROUP_MEMORY for that of cgroups
 * @usage: as of the last sample that succeeded
 * @code: why the last one did not, or 0
 */
struct source_subject {
	struct group *group;
	struct source *source;
	struct usage usage;
	int code;
};

/**
 * source_sample() - What all groups use now.
 * @subjects: their @usage and @code are filled in; in the order in which they
 *	claim processes and owners
 * @count: of @subjects
 * @err: the first failure
 *
 * Processes are looked at once, and each source once, however many groups
 * there are.  What fails for one of them does not stop the others.
 *
 * Return: 0; the first failure's negative errno.
 */
int source_sample(struct source_subject *subjects, size_t count, struct error *err);

/** source_evict() - Drop a group's page cache; see struct source_ops. */
int source_evict(struct source *source, struct group *group, uint64_t *ret_kb,
		 struct error *err);

/** source_destroy() - Free a source; NULL is allowed. */
void source_destroy(struct source *source);

/**
 * source_filecache_create() - By process: anonymous memory and page cache owned.
 * @ret: the source
 * @err: why it failed
 *
 * Return: 0; -ENOENT without the module; other negative errno.
 */
int source_filecache_create(struct source **ret, struct error *err);

/**
 * source_cgroup_create() - By memory cgroup: anonymous memory and page cache
 * charged to it and all below it, removed ones too.
 *
 * Shared memory, as a guest's RAM may be, is not counted.  Anonymous memory is,
 * whoever has it: a QEMU whose RAM is anonymous must not run in the group.
 *
 * Return: 0 or -ENOMEM.
 */
int source_cgroup_create(struct source **ret, struct error *err);

#endif
