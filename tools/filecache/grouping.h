/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Owners put in order, and several summed up to one row. */
#ifndef FILECACHE_GROUPING_H
#define FILECACHE_GROUPING_H

#include <stdbool.h>
#include <stddef.h>

#include "filecache/filecache.h"

/**
 * struct grouping - what makes several owners one row
 * @name: as typed
 * @compare: 0 for two owners of the same row; NULL for a row each
 * @hidden: columns that mean nothing for such a row
 */
struct grouping {
	const char *name;
	int (*compare)(const void *a, const void *b);
	const char *hidden[12];
};

/** grouping_find() - A grouping by its name; NULL for none. */
const struct grouping *grouping_find(const char *name);

/** grouping_hides() - Whether a column means nothing for such a row. */
bool grouping_hides(const struct grouping *by, const char *key);

/**
 * grouping_apply() - Make rows from owners, in place.
 * @by: what makes several owners one row
 * @list: owners; put in another order
 * @count: of @list
 *
 * What stands for no process stays a row of its own.
 *
 * Return: how many rows there are, at the start of @list.
 */
size_t grouping_apply(const struct grouping *by, struct filecache_owner *list,
		      size_t count);

/**
 * grouping_merge() - The same for elements that begin with an owner.
 * @by: what makes several owners one row
 * @list: elements; put in another order
 * @count: of @list
 * @size: of an element
 * @add: adds one element to another
 *
 * Return: how many rows there are, at the start of @list.
 */
size_t grouping_merge(const struct grouping *by, void *list, size_t count,
		      size_t size, void (*add)(void *to, const void *from));

/**
 * grouping_adopt() - Have an owner stand for its parent, if rows are parents.
 * @by: what makes several owners one row
 * @owner: its identity becomes that of its parent, its counts stay
 * @all: all owners, in the order of ids
 * @count: of @all
 */
void grouping_adopt(const struct grouping *by, struct filecache_owner *owner,
		    const struct filecache_owner *all, size_t count);

/** grouping_add() - Add the counts of an owner to a row. */
void grouping_add(struct filecache_owner *to, const struct filecache_owner *owner);

/* Of two rows, as qsort() wants it. */
typedef int order_compare(const void *a, const void *b);

/** order_find() - How rows are put in the order of this name; NULL for none. */
order_compare *order_find(const char *name);

/**
 * order_apply() - Put rows in order.
 * @name: as typed
 * @list: rows
 * @count: of @list; 0 to see whether there is such an order
 *
 * Return: false when there is no such order.
 */
bool order_apply(const char *name, struct filecache_owner *list, size_t count);

#endif
