/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What top shows: owners over time, their rates, grouped and in order. */
#ifndef FILECACHE_TOP_MODEL_H
#define FILECACHE_TOP_MODEL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "grouping.h"
#include "names.h"
#include "owners.h"

/**
 * struct top_row - a row: an owner, or the sum of several
 * @owner: counts; it is first, so that orders of owners do for rows
 * @added: pages added per second
 * @removed: pages removed per second
 */
struct top_row {
	struct filecache_owner owner;
	double added;
	double removed;
};

/**
 * struct top_view - which rows are wanted, and how
 * @by: what is summed up
 * @order: name of the order
 * @reverse: the other way round
 * @dead: with owners whose process has ended
 * @idle: with owners that hold nothing and have moved nothing
 * @filter: only those in whose program, user or cgroup this is; "" for all
 */
struct top_view {
	const struct grouping *by;
	const char *order;
	bool reverse;
	bool dead;
	bool idle;
	char filter[64];
};

/**
 * struct top_model - the last look at the cache, and the one before it
 * @now: the last look
 * @now_ns: when that was, CLOCK_BOOTTIME
 * @before: the one before it
 * @before_ns: when that was, 0 when there was none
 * @owners: of @now, with their rates; a row each
 * @rows: as wanted
 * @count: of @rows
 * @total: sum of all owners, whatever is wanted
 */
struct top_model {
	struct owners now;
	uint64_t now_ns;
	struct owners before;
	uint64_t before_ns;
	struct top_row *owners;
	struct top_row *rows;
	size_t count;
	struct top_row total;
};

/** top_model_exit() - Free it. */
void top_model_exit(struct top_model *model);

/**
 * top_model_update() - Take in another look.
 * @model: all zero for the first one
 * @owners: taken over, also on failure
 * @now_ns: when it was, CLOCK_BOOTTIME
 *
 * Return: 0 or -ENOMEM.
 */
int top_model_update(struct top_model *model, struct owners *owners,
		     uint64_t now_ns);

/** top_model_has_rates() - Whether there have been two looks. */
bool top_model_has_rates(const struct top_model *model);

/** top_model_arrange() - Make the rows that are wanted. */
void top_model_arrange(struct top_model *model, const struct top_view *view,
		       struct names *names);

/** top_same_row() - Whether two rows, of two looks, stand for the same. */
bool top_same_row(const struct top_view *view, const struct top_row *a,
		  const struct top_row *b);

/** top_order_name() - Name of an order by its number; NULL beyond the last. */
const char *top_order_name(size_t number);

/** top_order_number() - Number of an order by its name, or SIZE_MAX. */
size_t top_order_number(const char *name);

#endif
