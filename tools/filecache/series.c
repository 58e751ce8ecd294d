// SPDX-License-Identifier: GPL-2.0-or-later
/* Owners summed up by a name that metrics may carry, and not too many names. */
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <linux/filecache.h>

#include "base/text.h"
#include "owners.h"
#include "series.h"

#define LARGER(a, b) (((a) < (b)) - ((a) > (b)))

static char *label(enum series_by by, const struct filecache_owner *owner,
		   struct names *names)
{
	const char *path;

	if (by == SERIES_PROGRAM || owner_is_pseudo(owner))
		return owner_name_utf8(owner);
	if (by == SERIES_USER)
		return owner_has_user(owner) ?
		       plain_name(names_user(names, owner->uid),
				  text_escape_utf8) : owner_name_utf8(owner);
	path = names_cgroup(names, owner->cgroup_id);
	return *path == '/' ? plain_name(path, text_escape_utf8) :
			      strdup("(removed)");
}

static int by_label(const void *a, const void *b)
{
	const struct series *x = a, *y = b;

	return strcmp(x->label, y->label) ?: strcmp(x->id, y->id);
}

static int by_pages(const void *a, const void *b)
{
	const struct series *x = a, *y = b;

	return LARGER(x->pages, y->pages) ?: by_label(a, b);
}

static void add(struct series *to, struct series *from)
{
	to->pages += from->pages;
	to->owners += from->owners;
	free(from->label);
	from->label = NULL;
}

static void merge(struct series_list *list)
{
	size_t count = 0, i;

	if (list->count == 0)
		return;
	qsort(list->list, list->count, sizeof(*list->list), by_label);
	for (i = 0; i < list->count; i++) {
		if (count > 0 &&
		    by_label(&list->list[count - 1], &list->list[i]) == 0)
			add(&list->list[count - 1], &list->list[i]);
		else
			list->list[count++] = list->list[i];
	}
	list->count = count;
	qsort(list->list, list->count, sizeof(*list->list), by_pages);
}

static int cut(struct series_list *list, size_t max)
{
	struct series *other;
	size_t i;

	if (list->count <= max)
		return 0;
	other = &list->list[max];
	for (i = max + 1; i < list->count; i++)
		add(other, &list->list[i]);
	list->count = max + 1;
	free(other->label);
	*other->id = '\0';
	other->label = strdup("(other)");
	return other->label ? 0 : -ENOMEM;
}

int series_init(struct series_list *list, enum series_by by,
		const struct filecache_owner *owners, size_t count, size_t max,
		struct names *names)
{
	struct series_list new = { 0 };
	size_t i;
	int r = 0;

	new.list = calloc(count + 1, sizeof(*new.list));
	if (!new.list)
		return -ENOMEM;
	for (i = 0; i < count; i++) {
		struct series *series = &new.list[new.count];

		if (filecache_pages(&owners[i]) == 0)
			continue;
		series->label = label(by, &owners[i], names);
		if (!series->label)
			r = -ENOMEM;
		if (r < 0)
			break;
		if (by == SERIES_USER && owner_has_user(&owners[i]))
			snprintf(series->id, sizeof(series->id), "%" PRIu32,
				 owners[i].uid);
		series->pages = filecache_pages(&owners[i]);
		series->owners = owners[i].owners;
		new.count++;
	}
	if (r == 0) {
		merge(&new);
		r = cut(&new, max);
	}
	if (r < 0) {
		series_exit(&new);
		return r;
	}
	*list = new;
	return 0;
}

void series_exit(struct series_list *list)
{
	size_t i;

	for (i = 0; i < list->count; i++)
		free(list->list[i].label);
	free(list->list);
	*list = (struct series_list){ 0 };
}
