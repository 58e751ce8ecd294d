/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What balloon-sync simulate says at the end: sums of guests and groups, or timing. */
#ifndef BALLOON_SYNC_SIMULATE_SUMS_H
#define BALLOON_SYNC_SIMULATE_SUMS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/error.h"
#include "model.h"
#include "trace.h"

/**
 * struct simulate_sums - all intervals so far
 * @guests: one for each of the trace
 * @groups: likewise
 * @steps: intervals
 * @took_ns: by each decision that was timed
 * @took_count: of them
 * @took_room: of that array
 */
struct simulate_sums {
	struct guest_sum *guests;
	struct group_sum *groups;
	uint64_t steps;
	uint64_t *took_ns;
	size_t took_count;
	size_t took_room;
};

/**
 * simulate_sums_init() - No intervals yet.
 * @sums: filled in
 * @trace: who there is
 * @err: why it failed
 *
 * Return: 0 or -ENOMEM; simulate_sums_exit() is due in any case.
 */
int simulate_sums_init(struct simulate_sums *sums, const struct trace *trace,
		       struct error *err);

/** simulate_sums_exit() - Free what it has; sums of zeros are allowed. */
void simulate_sums_exit(struct simulate_sums *sums);

/** simulate_sums_add() - Add an interval, after its decision. */
void simulate_sums_add(struct simulate_sums *sums, const struct model *model);

/** simulate_sums_time() - Note how long a decision took. Return: 0 or -ENOMEM. */
int simulate_sums_time(struct simulate_sums *sums, uint64_t took_ns, struct error *err);

/**
 * simulate_sums_print() - A table of guests and one of groups, to stdout.
 * @sums: of all intervals
 * @trace: that of simulate_sums_init()
 * @err: why it failed
 *
 * Return: 0 or negative errno.
 */
int simulate_sums_print(const struct simulate_sums *sums, const struct trace *trace,
			struct error *err);

/**
 * simulate_sums_print_timing() - How long decisions took, to stdout.
 * @sums: what was timed is put in order
 * @trace: that of simulate_sums_init()
 * @json: for programs
 * @err: why it failed
 *
 * Return: 0; -ENODATA when nothing was timed; other negative errno.
 */
int simulate_sums_print_timing(struct simulate_sums *sums, const struct trace *trace,
			       bool json, struct error *err);

#endif
