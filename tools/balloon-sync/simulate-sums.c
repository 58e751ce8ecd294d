// SPDX-License-Identifier: GPL-2.0-or-later
/* What balloon-sync simulate says at the end: sums of guests and groups, or timing. */
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/array.h"
#include "base/macros.h"
#include "base/out.h"
#include "base/u64.h"
#include "simulate-sums.h"

/**
 * struct guest_sum - a guest over all intervals
 * @given_kb: most of all
 * @held: intervals in which it gave less than groups used
 */
struct guest_sum {
	uint64_t given_kb;
	uint64_t held;
};

/**
 * struct group_sum - a group over all intervals
 * @used_kb: most of all
 * @uncovered_kb: most of all
 * @limited: intervals in which it was limited
 */
struct group_sum {
	uint64_t used_kb;
	uint64_t uncovered_kb;
	uint64_t limited;
};

int simulate_sums_init(struct simulate_sums *sums, const struct trace *trace,
		       struct error *err)
{
	*sums = (struct simulate_sums){
		.guests = calloc(trace->guest_count + 1, sizeof(*sums->guests)),
		.groups = calloc(trace->group_count + 1, sizeof(*sums->groups)),
	};
	if (!sums->guests || !sums->groups)
		return error_errno(err, -ENOMEM, "simulate");
	return 0;
}

void simulate_sums_exit(struct simulate_sums *sums)
{
	free(sums->guests);
	free(sums->groups);
	free(sums->took_ns);
}

void simulate_sums_add(struct simulate_sums *sums, const struct model *model)
{
	const struct decision *d = model->decision;
	size_t i;

	sums->steps++;
	for (i = 0; i < d->guest_count; i++) {
		struct guest_sum *sum = &sums->guests[i];

		sum->given_kb = u64_max(sum->given_kb, model->guests[i].given_kb);
		sum->held += d->plan.guests[i].limit != LAW_FREE;
	}
	for (i = 0; i < d->group_count; i++) {
		struct group_sum *sum = &sums->groups[i];

		sum->used_kb = u64_max(sum->used_kb, d->groups[i].used_kb);
		sum->uncovered_kb = u64_max(sum->uncovered_kb, d->plan.groups[i].uncovered_kb);
		sum->limited += d->groups[i].high_kb != PLAN_NONE;
	}
}

int simulate_sums_time(struct simulate_sums *sums, uint64_t took_ns, struct error *err)
{
	uint64_t *more = array_room(sums->took_ns, sums->took_count, &sums->took_room,
				    sizeof(*more));

	if (!more)
		return error_errno(err, -ENOMEM, "--timing");
	sums->took_ns = more;
	sums->took_ns[sums->took_count++] = took_ns;
	return 0;
}

static const struct out_column guest_columns[] = {
	{ "guest", "GUEST", false, 32 },
	{ "rest", "AT REST", true, 0 },
	{ "floor", "FLOOR", true, 0 },
	{ "given", "MOST GIVEN", true, 0 },
	{ "held", "INTERVALS HELD BACK", true, 0 },
};

static const struct out_column group_columns[] = {
	{ "group", "GROUP", false, 32 },
	{ "used", "MOST USED", true, 0 },
	{ "uncovered", "MOST NOT PAID", true, 0 },
	{ "limited", "INTERVALS LIMITED", true, 0 },
};

static void print_guests(const struct simulate_sums *sums, const struct trace *trace,
			 struct out *out)
{
	size_t i;

	out_begin(out, OUT_TABLE, "guests", guest_columns,
		  ARRAY_SIZE(guest_columns));
	for (i = 0; i < trace->guest_count; i++) {
		out_row(out);
		out_text(out, "guest", trace->guests[i].name);
		out_size(out, "rest", trace->guests[i].plan.rest_kb << 10);
		out_size(out, "floor", trace->guests[i].plan.floor_kb << 10);
		out_size(out, "given", sums->guests[i].given_kb << 10);
		out_u64(out, "held", sums->guests[i].held);
	}
	out_end(out);
}

static void print_groups(const struct simulate_sums *sums, const struct trace *trace,
			 struct out *out)
{
	size_t i;

	out_begin(out, OUT_TABLE, "groups", group_columns,
		  ARRAY_SIZE(group_columns));
	for (i = 0; i < trace->group_count; i++) {
		out_row(out);
		out_text(out, "group", trace->groups[i].name);
		out_size(out, "used", sums->groups[i].used_kb << 10);
		out_size(out, "uncovered", sums->groups[i].uncovered_kb << 10);
		out_u64(out, "limited", sums->groups[i].limited);
	}
	out_end(out);
}

int simulate_sums_print(const struct simulate_sums *sums, const struct trace *trace,
			struct error *err)
{
	struct out *out;
	int r = out_create(&out, stdout, false, OUT_SIZES_HUMAN, LAW_PAGE_KB << 10);

	if (r < 0)
		return error_errno(err, r, "simulate");
	out_note(out, "%" PRIu64 " intervals, %s", sums->steps,
		 trace_policies[trace->policy]);
	print_guests(sums, trace, out);
	print_groups(sums, trace, out);
	r = out_finish(out, err);
	out_destroy(out);
	return r;
}

static int by_size(const void *a, const void *b)
{
	uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;

	return x < y ? -1 : x > y;
}

static const struct out_column timing_columns[] = {
	{ "decisions", "decisions", false, 0 },
	{ "guests", "guests", false, 0 },
	{ "groups", "groups", false, 0 },
	{ "charges", "charges", false, 0 },
	{ "median_ns", "median, ns", false, 0 },
	{ "p99_ns", "99 of 100 within, ns", false, 0 },
	{ "longest_ns", "longest, ns", false, 0 },
};

int simulate_sums_print_timing(struct simulate_sums *sums, const struct trace *trace,
			       bool json, struct error *err)
{
	struct out *out;
	int r;

	if (!sums->took_count)
		return error_set(err, -ENODATA, "--timing: the trace has no intervals");
	r = out_create(&out, stdout, json, OUT_SIZES_HUMAN, LAW_PAGE_KB << 10);
	if (r < 0)
		return error_errno(err, r, "--timing");
	qsort(sums->took_ns, sums->took_count, sizeof(*sums->took_ns), by_size);
	out_begin(out, OUT_RECORD, NULL, timing_columns,
		  ARRAY_SIZE(timing_columns));
	out_u64(out, "decisions", sums->took_count);
	out_u64(out, "guests", trace->guest_count);
	out_u64(out, "groups", trace->group_count);
	out_u64(out, "charges", trace->charge_count);
	out_u64(out, "median_ns", sums->took_ns[sums->took_count / 2]);
	out_u64(out, "p99_ns", sums->took_ns[(sums->took_count - 1) * 99 / 100]);
	out_u64(out, "longest_ns", sums->took_ns[sums->took_count - 1]);
	out_end(out);
	r = out_finish(out, err);
	out_destroy(out);
	return r;
}
