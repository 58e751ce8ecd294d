// SPDX-License-Identifier: GPL-2.0-or-later
/* What a new configuration changes of the one in force. */
#include <errno.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "changes.h"

/**
 * struct named - a guest or a group under its name
 * @name: its name
 * @index: its place
 */
struct named {
	const char *name;
	size_t index;
};

static bool same_text(const char *a, const char *b)
{
	return a && b ? strcmp(a, b) == 0 : a == b;
}

static int compare_names(const void *a, const void *b)
{
	const struct named *x = a, *y = b;

	return strcmp(x->name, y->name);
}

static struct named *name_guests(const struct config *config)
{
	struct named *names = calloc(config->guest_count + 1, sizeof(*names));
	size_t i;

	for (i = 0; names && i < config->guest_count; i++)
		names[i] = (struct named){ config->guests[i].name, i };
	return names;
}

static struct named *name_groups(const struct config *config)
{
	struct named *names = calloc(config->group_count + 1, sizeof(*names));
	size_t i;

	for (i = 0; names && i < config->group_count; i++)
		names[i] = (struct named){ config->groups[i].name, i };
	return names;
}

static enum change_kind compare_guests(const struct config *before, size_t i,
				       const struct config *after, size_t j)
{
	const struct config_guest *a = &before->guests[i];
	const struct config_guest *b = &after->guests[j];

	if (a->hypervisor != b->hypervisor || !same_text(a->address, b->address))
		return CHANGE_IDENTITY;
	if (a->floor_kb != b->floor_kb || a->ceiling_kb != b->ceiling_kb ||
	    a->quantum_kb != b->quantum_kb || a->back_off != b->back_off)
		return CHANGE_LIMITS;
	return CHANGE_SAME;
}

static int compare_members(const void *a, const void *b)
{
	const struct member_spec *x = *(const struct member_spec *const *)a;
	const struct member_spec *y = *(const struct member_spec *const *)b;

	return strcmp(x->text, y->text);
}

/* In whatever order they are written. */
static bool same_members(const struct config_group *a, const struct config_group *b)
{
	const struct member_spec *x[CONFIG_MEMBERS_MAX], *y[CONFIG_MEMBERS_MAX];
	size_t i;

	if (a->member_count != b->member_count || a->member_count > CONFIG_MEMBERS_MAX)
		return false;
	for (i = 0; i < a->member_count; i++) {
		x[i] = &a->members[i];
		y[i] = &b->members[i];
	}
	qsort(x, a->member_count, sizeof(*x), compare_members);
	qsort(y, a->member_count, sizeof(*y), compare_members);
	for (i = 0; i < a->member_count; i++)
		/* A user's number may have changed under the same name. */
		if (strcmp(x[i]->text, y[i]->text) != 0 || x[i]->uid != y[i]->uid)
			return false;
	return true;
}

/* The weight that a guest of another configuration has here; 0 for none. */
static unsigned int weight_of(const struct config *config,
			      const struct config_group *group, const char *guest)
{
	size_t i;

	for (i = 0; i < group->share_count; i++)
		if (strcmp(config->guests[group->shares[i].guest].name, guest) == 0)
			return group->shares[i].weight;
	return 0;
}

static bool same_shares(const struct config *before, const struct config_group *a,
			const struct config *after, const struct config_group *b)
{
	size_t i;

	if (a->share_count != b->share_count)
		return false;
	/* No guest is there twice, so that one direction is enough. */
	for (i = 0; i < a->share_count; i++)
		if (weight_of(after, b, before->guests[a->shares[i].guest].name) !=
		    a->shares[i].weight)
			return false;
	return true;
}

static enum change_kind compare_groups(const struct config *before, size_t i,
				       const struct config *after, size_t j)
{
	const struct config_group *a = &before->groups[i];
	const struct config_group *b = &after->groups[j];

	if (a->source != b->source || !same_members(a, b))
		return CHANGE_IDENTITY;
	if (a->cap_kb != b->cap_kb || a->limit != b->limit ||
	    !same_shares(before, a, after, b))
		return CHANGE_LIMITS;
	return CHANGE_SAME;
}

/**
 * struct list - one kind of thing in both configurations
 * @before: names in the old one
 * @before_count: of @before
 * @after: names in the new one
 * @after_count: of @after
 * @compare: two of the same name
 */
struct list {
	struct named *before;
	size_t before_count;
	struct named *after;
	size_t after_count;
	enum change_kind (*compare)(const struct config *before, size_t i,
				    const struct config *after, size_t j);
};

static int match(const struct list *list, const struct config *before,
		 const struct config *after, struct change **ret, size_t *ret_count)
{
	__free_mem bool *kept = calloc(list->before_count + 1, sizeof(*kept));
	size_t i, count = 0;
	struct change *changes;

	changes = calloc(list->before_count + list->after_count + 1, sizeof(*changes));
	if (!kept || !changes) {
		free(changes);
		return -ENOMEM;
	}
	qsort(list->before, list->before_count, sizeof(*list->before), compare_names);
	for (i = 0; i < list->after_count; i++) {
		const struct named *old = bsearch(&list->after[i], list->before,
						  list->before_count,
						  sizeof(*old), compare_names);
		struct change *change = &changes[count++];

		*change = (struct change){ CHANGE_ADDED, CHANGES_NONE, i };
		if (!old)
			continue;
		kept[old->index] = true;
		change->before = old->index;
		change->kind = list->compare(before, old->index, after, i);
	}
	for (i = 0; i < list->before_count; i++)
		if (!kept[i])
			changes[count++] = (struct change){ CHANGE_REMOVED, i, CHANGES_NONE };
	*ret = changes;
	*ret_count = count;
	return 0;
}

static int match_guests(const struct config *before, const struct config *after,
			struct changes *changes)
{
	__free_mem struct named *old = name_guests(before);
	__free_mem struct named *new = name_guests(after);
	struct list list = {
		old, before->guest_count, new, after->guest_count, compare_guests,
	};

	if (!old || !new)
		return -ENOMEM;
	return match(&list, before, after, &changes->guests, &changes->guest_count);
}

static int match_groups(const struct config *before, const struct config *after,
			struct changes *changes)
{
	__free_mem struct named *old = name_groups(before);
	__free_mem struct named *new = name_groups(after);
	struct list list = {
		old, before->group_count, new, after->group_count, compare_groups,
	};

	if (!old || !new)
		return -ENOMEM;
	return match(&list, before, after, &changes->groups, &changes->group_count);
}

int changes_find(const struct config *before, const struct config *after,
		 struct changes *ret)
{
	const struct config_global *a = &before->global, *b = &after->global;
	struct changes changes = {
		.paths = !same_text(a->metrics, b->metrics) ||
			 !same_text(a->socket, b->socket),
	};
	int r;

	changes.global = changes.paths || a->policy != b->policy ||
			 a->interval_ns != b->interval_ns ||
			 a->deadband_kb != b->deadband_kb ||
			 a->slew_kb != b->slew_kb ||
			 a->patience_ns != b->patience_ns ||
			 a->linger_ns != b->linger_ns ||
			 a->reserve_kb != b->reserve_kb;
	r = match_guests(before, after, &changes);
	if (r == 0)
		r = match_groups(before, after, &changes);
	if (r < 0)
		changes_free(&changes);
	else
		*ret = changes;
	return r;
}

void changes_free(struct changes *changes)
{
	free(changes->guests);
	free(changes->groups);
	*changes = (struct changes){ 0 };
}
