// SPDX-License-Identifier: GPL-2.0-or-later
/* The groups of a configuration: found, measured, relieved of cache, limited. */
#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "limit.h"
#include "roster.h"
#include "subjects.h"

/* Once for each reason. */
static void complain(struct report *report, const char *name, int *said, int r,
		     const struct error *why, const char *then)
{
	if (r < 0 && r != *said)
		report_line(report, name, "%s; %s", why->text, then);
	*said = r;
}

static int open_source(struct subjects *s, enum config_source which, struct error *err)
{
	if (s->sources[which])
		return 0;
	if (which == CONFIG_CGROUP)
		return source_cgroup_create(&s->sources[which], err);
	return source_filecache_create(&s->sources[which], err);
}

int subjects_prepare(struct subjects *s, const struct config *config, struct error *err)
{
	size_t i;
	int r = 0;

	for (i = 0; r == 0 && i < config->group_count; i++)
		r = open_source(s, config->groups[i].source, err);
	return r;
}

static int find_group(struct subjects *s, struct subject *subject,
		      const struct config_group *config, unsigned int flags,
		      struct error *err)
{
	if (config->source == CONFIG_CGROUP)
		flags |= GROUP_MEMORY;
	subject->source.source = s->sources[config->source];
	return group_create(config->name, config->members, config->member_count, flags,
			    &subject->source.group, err);
}

static int allocate(struct subjects *s, size_t count, struct error *err)
{
	struct subject *list = calloc(count + 1, sizeof(*list));
	struct source_subject *present = calloc(count + 1, sizeof(*present));

	if (!list || !present) {
		free(list);
		free(present);
		return error_errno(err, -ENOMEM, "groups");
	}
	s->list = list;
	s->count = count;
	s->present = present;
	return 0;
}

static void forget(struct subject *subject)
{
	group_destroy(subject->source.group);
	free(subject->folder);
	*subject = (struct subject){ 0 };
}

void subjects_find(struct subjects *s, const struct config *config)
{
	size_t i;

	for (i = 0; i < s->count; i++) {
		struct subject *subject = &s->list[i];
		struct error why = { 0 };

		if (!subject->source.group)
			complain(s->report, config->groups[i].name, &subject->code,
				 find_group(s, subject, &config->groups[i], 0, &why),
				 &why, "it is looked for again");
	}
}

int subjects_init(struct subjects *s, const struct config *config, unsigned int flags,
		  struct report *report, struct error *err)
{
	size_t i;
	int r;

	*s = (struct subjects){ .report = report };
	r = subjects_prepare(s, config, err);
	if (r == 0)
		r = allocate(s, config->group_count, err);
	if (r == 0 && !(flags & GROUP_NOW))
		subjects_find(s, config);
	for (i = 0; r == 0 && (flags & GROUP_NOW) && i < s->count; i++)
		r = find_group(s, &s->list[i], &config->groups[i], flags, err);
	return r;
}

void subjects_exit(struct subjects *s)
{
	size_t i;

	for (i = 0; i < s->count; i++)
		forget(&s->list[i]);
	for (i = 0; i <= CONFIG_CGROUP; i++)
		source_destroy(s->sources[i]);
	free(s->list);
	free(s->present);
	*s = (struct subjects){ 0 };
}

int subjects_apply(struct subjects *s, const struct config *config,
		   const struct changes *changes, struct error *err)
{
	struct subjects next = { 0 };
	size_t i;
	int r = allocate(&next, config->group_count, err);

	if (r < 0)
		return r;
	for (i = 0; i < changes->group_count; i++) {
		const struct change *change = &changes->groups[i];

		if (change->kind == CHANGE_SAME || change->kind == CHANGE_LIMITS)
			next.list[change->after] = s->list[change->before];
		else if (change->before != CHANGES_NONE)
			forget(&s->list[change->before]);
	}
	free(s->list);
	free(s->present);
	s->list = next.list;
	s->count = next.count;
	s->present = next.present;
	subjects_find(s, config);
	return 0;
}

/* Of each group there is a code; of all that failed, one sentence. */
static void take_usage(struct subjects *s, struct controller *c, const struct error *why)
{
	size_t i, count = 0;

	for (i = 0; i < s->count; i++) {
		struct subject *subject = &s->list[i];

		if (!subject->source.group)
			continue;
		subject->source = s->present[count++];
		complain(s->report, group_name(subject->source.group), &subject->code,
			 subject->source.code, why, "what it used before counts");
		c->groups[i].usage = subject->source.usage;
	}
}

int subjects_sample(struct subjects *s, struct controller *c, struct error *err)
{
	struct error why = { 0 };
	size_t i, count = 0;
	int r;

	for (i = 0; i < s->count; i++)
		if (s->list[i].source.group)
			s->present[count++] = s->list[i].source;
	r = source_sample(s->present, count, &why);
	for (i = 0; r < 0 && i < count; i++)
		if (s->present[i].code == 0)
			break;
	/* None of them, or not even the processes could be looked at. */
	if (r < 0 && i == count)
		return error_set(err, r, "%s", why.text);
	take_usage(s, c, &why);
	for (i = 0; i < s->count; i++) {
		const struct group *group = s->list[i].source.group;
		const char *folder = group ? group_cgroup(group, 0) : NULL;

		c->groups[i].has_limit = c->config->groups[i].limit && folder &&
					 limit_possible(folder);
	}
	return 0;
}

int subjects_evict(struct subjects *s, size_t i, uint64_t *ret_kb, struct error *err)
{
	struct source_subject *from = &s->list[i].source;

	*ret_kb = 0;
	return from->group ? source_evict(from->source, from->group, ret_kb, err) : 0;
}

/* --- limits ------------------------------------------------------------------- */

static int lift(struct subject *subject, struct state *state, const char *path,
		struct error *err)
{
	int r = limit_lift(state, subject->folder, err);

	if (r < 0)
		return r;
	free(subject->folder);
	subject->folder = NULL;
	return roster_save(path, state, err);
}

static int begin(struct subject *subject, const char *folder, struct state *state,
		 const char *path, struct error *err)
{
	char *copy = strdup(folder);
	int r = copy ? limit_note(state, folder, err) :
		error_errno(err, -ENOMEM, "%s", folder);

	if (r == 0) {
		r = state_save(path, state, err);
		if (r < 0)
			state_drop_limit(state, folder);
	}
	if (r < 0) {
		free(copy);
		return r;
	}
	subject->folder = copy;
	subject->high_kb = LIMIT_NONE;
	return 0;
}

static int set(struct subjects *s, struct subject *subject, uint64_t high_kb,
	       struct state *state, const char *path, struct error *err)
{
	const struct group *group = subject->source.group;
	const char *folder = group ? group_cgroup(group, 0) : NULL;
	int r = 0;

	if (subject->folder && (high_kb == LIMIT_NONE || !folder ||
				strcmp(folder, subject->folder) != 0)) {
		r = lift(subject, state, path, err);
		if (r == 0 && group)
			report_line(s->report, group_name(group), "is not limited any more");
	}
	if (r < 0 || high_kb == LIMIT_NONE || !folder)
		return r;
	if (!subject->folder)
		r = begin(subject, folder, state, path, err);
	if (r < 0 || subject->high_kb == high_kb)
		return r;
	r = limit_set(folder, high_kb, err);
	if (r == 0 && subject->high_kb == LIMIT_NONE)
		report_line(s->report, group_name(group),
			    "is limited to %" PRIu64 " kB: no more can be paid for", high_kb);
	if (r == 0)
		subject->high_kb = high_kb;
	return r;
}

void subjects_limit(struct subjects *s, struct controller *c, struct state *state,
		    const char *path)
{
	size_t i;

	for (i = 0; i < s->count; i++) {
		struct plan_group *group = &c->decision->groups[i];
		struct error why = { 0 };
		int r = set(s, &s->list[i], group->high_kb, state, path, &why);

		complain(s->report, c->config->groups[i].name, &s->list[i].limit_code, r, &why,
			 "its limit is not what it should be, and is tried again");
		/* What has not been limited uses what it would. */
		if (r < 0 && !s->list[i].folder)
			group->high_kb = PLAN_NONE;
	}
}

bool subjects_is_limited(const struct subjects *s, const char *folder)
{
	size_t i;

	for (i = 0; i < s->count; i++)
		if (s->list[i].folder && strcmp(s->list[i].folder, folder) == 0)
			return true;
	return false;
}
