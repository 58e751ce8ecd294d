// SPDX-License-Identifier: GPL-2.0-or-later
/* What top shows: owners over time, their rates, grouped and in order. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include <linux/filecache.h>

#include "base/clock.h"
#include "base/macros.h"
#include "top-model.h"

#define LARGER(a, b) (((a) < (b)) - ((a) > (b)))

static int by_added(const void *a, const void *b)
{
	const struct top_row *x = a, *y = b;

	return LARGER(x->added, y->added);
}

static int by_removed(const void *a, const void *b)
{
	const struct top_row *x = a, *y = b;

	return LARGER(x->removed, y->removed);
}

/* Those without a function are orders of owners, by their own names. */
static const struct {
	const char *name;
	order_compare *compare;
} orders[] = {
	{ "cache", NULL },   { "add", by_added }, { "evict", by_removed },
	{ "program", NULL }, { "pid", NULL },	  { "user", NULL },
	{ "newest", NULL },
};

const char *top_order_name(size_t number)
{
	return number < ARRAY_SIZE(orders) ? orders[number].name : NULL;
}

size_t top_order_number(const char *name)
{
	size_t i;

	for (i = 0; i < ARRAY_SIZE(orders); i++)
		if (strcmp(orders[i].name, name) == 0)
			return i;
	return SIZE_MAX;
}

void top_model_exit(struct top_model *model)
{
	owners_exit(&model->now);
	owners_exit(&model->before);
	free(model->owners);
	free(model->rows);
	*model = (struct top_model){ 0 };
}

bool top_model_has_rates(const struct top_model *model)
{
	return model->before_ns > 0 && model->now_ns > model->before_ns;
}

/* A count that has fallen is of owners that were folded in between. */
static double rate(uint64_t now, uint64_t before, double seconds)
{
	return now > before ? (double)(now - before) / seconds : 0;
}

static void measure(const struct top_model *model, struct top_row *row)
{
	const struct filecache_owner *now = &row->owner, *before;
	uint64_t added = 0, removed = 0;
	double seconds;

	/* What is folded brings its past along, which is no news. */
	if (!top_model_has_rates(model) ||
	    now->flags & FILECACHE_OWNER_FLAG_FOLDED)
		return;
	seconds = (double)(model->now_ns - model->before_ns) / NSEC_PER_SEC;
	before = owners_find(model->before.list, model->before.count, now->id);
	if (before) {
		added = before->added;
		removed = before->removed;
	} else if (now->birth_ns <= model->before_ns) {
		/* Older than the look that did not have it: that was torn. */
		return;
	}
	row->added = rate(now->added, added, seconds);
	row->removed = rate(now->removed, removed, seconds);
}

static void add_row(void *to, const void *from)
{
	struct top_row *x = to;
	const struct top_row *y = from;

	grouping_add(&x->owner, &y->owner);
	x->added += y->added;
	x->removed += y->removed;
}

int top_model_update(struct top_model *model, struct owners *owners,
		     uint64_t now_ns)
{
	struct top_row *own, *rows;
	size_t i;

	own = calloc(owners->count + 1, sizeof(*own));
	rows = calloc(owners->count + 1, sizeof(*rows));
	if (!own || !rows) {
		free(own);
		free(rows);
		owners_exit(owners);
		return -ENOMEM;
	}
	owners_exit(&model->before);
	model->before = model->now;
	model->before_ns = model->now_ns;
	model->now = *owners;
	model->now_ns = now_ns;
	*owners = (struct owners){ 0 };
	free(model->owners);
	free(model->rows);
	model->owners = own;
	model->rows = rows;
	model->count = 0;

	model->total = (struct top_row){ 0 };
	for (i = 0; i < model->now.count; i++) {
		own[i].owner = model->now.list[i];
		measure(model, &own[i]);
		add_row(&model->total, &own[i]);
	}
	return 0;
}

static bool matches(const struct top_row *row, const char *filter,
		    struct names *names)
{
	const struct filecache_owner *owner = &row->owner;

	if (!*filter || strcasestr(owner->comm, filter))
		return true;
	if (owner_is_pseudo(owner))
		return false;
	return (owner_has_user(owner) &&
		strcasestr(names_user(names, owner->uid), filter)) ||
	       strcasestr(names_cgroup(names, owner->cgroup_id), filter);
}

static bool wanted(const struct top_row *row, const struct top_view *view,
		   struct names *names)
{
	if (!view->dead && row->owner.flags & FILECACHE_OWNER_FLAG_DEAD)
		return false;
	if (!view->idle && filecache_pages(&row->owner) == 0 &&
	    row->added <= 0 && row->removed <= 0)
		return false;
	return matches(row, view->filter, names);
}

/**
 * struct sorting - an order, for qsort_r()
 * @compare: what it is
 * @reverse: the other way round
 */
struct sorting {
	order_compare *compare;
	bool reverse;
};

/* What is equal stays in its place from look to look. */
static int compare_rows(const void *a, const void *b, void *data)
{
	const struct top_row *x = a, *y = b;
	const struct sorting *sorting = data;
	int r = sorting->compare(a, b);

	if (sorting->reverse)
		r = -r;
	return r ?: LARGER(filecache_pages(&x->owner),
			   filecache_pages(&y->owner)) ?:
	       -LARGER(x->owner.id, y->owner.id);
}

void top_model_arrange(struct top_model *model, const struct top_view *view,
		       struct names *names)
{
	size_t number = top_order_number(view->order), i;
	struct sorting sorting = { .reverse = view->reverse };

	model->count = 0;
	for (i = 0; i < model->now.count; i++) {
		struct top_row *row = &model->rows[model->count];

		if (!wanted(&model->owners[i], view, names))
			continue;
		*row = model->owners[i];
		grouping_adopt(view->by, &row->owner, model->now.list,
			       model->now.count);
		model->count++;
	}
	model->count = grouping_merge(view->by, model->rows, model->count,
				      sizeof(*model->rows), add_row);
	sorting.compare = number < ARRAY_SIZE(orders) ? orders[number].compare :
							NULL;
	if (!sorting.compare)
		sorting.compare = order_find(view->order);
	if (sorting.compare && model->count > 0)
		qsort_r(model->rows, model->count, sizeof(*model->rows),
			compare_rows, &sorting);
}

bool top_same_row(const struct top_view *view, const struct top_row *a,
		  const struct top_row *b)
{
	if (owner_is_pseudo(&a->owner) || owner_is_pseudo(&b->owner) ||
	    !view->by->compare)
		return a->owner.id == b->owner.id;
	return view->by->compare(a, b) == 0;
}
