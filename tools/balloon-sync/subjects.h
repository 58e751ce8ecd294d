/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The groups of a configuration: found, measured, relieved of cache, limited. */
#ifndef BALLOON_SYNC_SUBJECTS_H
#define BALLOON_SYNC_SUBJECTS_H

#include "controller.h"
#include "report.h"
#include "source.h"
#include "state.h"

/**
 * struct subject - a group of the configuration
 * @source: what is sampled; its group is NULL while it is not there
 * @folder: of the cgroup whose memory.high is set, or NULL
 * @high_kb: what it was set to
 * @code: what was told last of why it cannot be followed, 0 for nothing
 * @limit_code: likewise, of why it cannot be limited
 * @evict_code: likewise, of why its cache cannot be dropped
 */
struct subject {
	struct source_subject source;
	char *folder;
	uint64_t high_kb;
	int code;
	int limit_code;
	int evict_code;
};

/**
 * struct subjects - all of them
 * @sources: by enum config_source, NULL when not used yet
 * @list: one for each group of the configuration
 * @count: of @list
 * @present: for source_sample(): those that are there
 * @report: told what happens to them
 */
struct subjects {
	struct source *sources[CONFIG_CGROUP + 1];
	struct subject *list;
	size_t count;
	struct source_subject *present;
	struct report *report;
};

/**
 * subjects_init() - Find all groups of a configuration.
 * @s: filled in, for subjects_exit(), also when this fails
 * @config: not needed any more afterwards
 * @flags: enum group_flags; with GROUP_NOW a group that is not there is an
 *	error, else it may come later
 * @report: must outlive it
 * @err: why it failed
 *
 * Return: 0 or negative errno.
 */
int subjects_init(struct subjects *s, const struct config *config, unsigned int flags,
		  struct report *report, struct error *err);

/** subjects_exit() - Forget all; limits must have been lifted. */
void subjects_exit(struct subjects *s);

/** subjects_prepare() - Open what another configuration needs. Return: 0, -errno. */
int subjects_prepare(struct subjects *s, const struct config *config, struct error *err);

/**
 * subjects_apply() - Go on with another configuration.
 * @s: the groups
 * @config: the new one, for which subjects_prepare() succeeded
 * @changes: to it
 * @err: why it failed
 *
 * Groups that are in both go on.  The limits of others are left to the caller:
 * those of the state file that subjects_is_limited() does not know.
 *
 * Return: 0; -ENOMEM, and all is as before.
 */
int subjects_apply(struct subjects *s, const struct config *config,
		   const struct changes *changes, struct error *err);

/** subjects_find() - Look for groups that are not there yet. */
void subjects_find(struct subjects *s, const struct config *config);

/**
 * subjects_sample() - Measure all, for controller_sample().
 * @s: the groups
 * @c: gets their use
 * @err: why it failed
 *
 * A group that cannot be measured keeps what it used before, and it is told.
 *
 * Return: 0; negative errno when none of those that are there can be measured.
 */
int subjects_sample(struct subjects *s, struct controller *c, struct error *err);

/** subjects_evict() - Drop a group's cache. Return: 0 or negative errno. */
int subjects_evict(struct subjects *s, size_t i, uint64_t *ret_kb, struct error *err);

/**
 * subjects_limit() - Set and lift limits as decided.
 * @s: the groups
 * @c: just sampled; a limit that could not be set is taken out of its decision
 * @state: of the file at @path
 * @path: is written before a cgroup's limit is first set
 */
void subjects_limit(struct subjects *s, struct controller *c, struct state *state,
		    const char *path);

/** subjects_is_limited() - Whether a folder has a limit of one of them. */
bool subjects_is_limited(const struct subjects *s, const char *folder);

#endif
