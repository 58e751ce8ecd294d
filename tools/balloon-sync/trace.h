/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Traces: what groups used and what the host had free, interval by interval.
 *
 * A file of JSON, one object a line.  The first says who there is:
 *
 *   {"trace": 1, "policy": "mirror",
 *    "host": {"size_kb": N, "room_kb": N, "reserve_kb": N},
 *    "guests": [{"name": "web1", "rest_kb": N, "floor_kb": N,
 *                "quantum_kb": 4, "gives_kb": N}],
 *    "groups": [{"name": "aide", "cap_kb": N, "least_kb": N, "limit": true,
 *                "guests": [{"guest": "web1", "weight": 1}]}]}
 *
 * of which quantum_kb, gives_kb, cap_kb, least_kb and limit may be missing.
 * Each line after it is an interval, "used_kb" in the order of the groups:
 *
 *   {"time_ms": N, "free_kb": N, "arrived_kb": N, "used_kb": [N]}
 */
#ifndef BALLOON_SYNC_TRACE_H
#define BALLOON_SYNC_TRACE_H

#include <stdio.h>

#include "base/error.h"
#include "plan.h"

#define TRACE_VERSION		1
#define TRACE_NAME_MAX		127
#define TRACE_LINE_MAX		(32U << 20)
#define TRACE_LIST_MAX		65536

/**
 * struct trace_guest - a guest
 * @name: unique among guests
 * @plan: sizes; able_kb is PLAN_NONE
 * @gives_kb: it cannot give more than this, PLAN_NONE if it can
 */
struct trace_guest {
	char name[TRACE_NAME_MAX + 1];
	struct plan_guest plan;
	uint64_t gives_kb;
};

/**
 * struct trace_group - a group
 * @name: unique among groups
 * @plan: limits; used_kb is 0 and high_kb PLAN_NONE
 */
struct trace_group {
	char name[TRACE_NAME_MAX + 1];
	struct plan_group plan;
};

/**
 * struct trace - the first line
 * @policy: who pays first
 * @size_kb: of the host at rest
 * @room_kb: how much it can grow
 * @reserve_kb: of its free memory, no slack
 * @guests: @guest_count of them
 * @groups: @group_count of them
 * @charges: @charge_count of them in the order of groups, each pair at most once
 */
struct trace {
	enum plan_policy policy;
	uint64_t size_kb;
	uint64_t room_kb;
	uint64_t reserve_kb;
	struct trace_guest *guests;
	size_t guest_count;
	struct trace_group *groups;
	size_t group_count;
	struct plan_charge *charges;
	size_t charge_count;
};

/**
 * struct trace_sample - one interval
 * @time_ms: since some moment; later than that of the one before
 * @free_kb: the host's free memory
 * @arrived_kb: what had been moved to the host then
 * @used_kb: by each group
 */
struct trace_sample {
	uint64_t time_ms;
	uint64_t free_kb;
	uint64_t arrived_kb;
	uint64_t *used_kb;
};

/* Names of enum plan_policy. */
extern const char *const trace_policies[];

struct trace_reader;

/**
 * trace_open() - Begin to read a trace.
 * @path: of the file
 * @ret: the reader
 * @err: "path: line N: what is wrong"
 *
 * Return: 0; -EINVAL when it is not a trace; other negative errno.
 */
int trace_open(const char *path, struct trace_reader **ret, struct error *err);

/** trace_close() - End reading; NULL is allowed. */
void trace_close(struct trace_reader *reader);

/** trace_header() - The first line; lives as long as @reader. */
const struct trace *trace_header(const struct trace_reader *reader);

/**
 * trace_next() - The next interval.
 * @reader: the reader
 * @ret: used_kb belongs to @reader and lasts until the next call
 * @err: "path: line N: what is wrong"
 *
 * Return: 1; 0 at the end; -EINVAL when the line is not right; other negative
 * errno.
 */
int trace_next(struct trace_reader *reader, struct trace_sample *ret,
	       struct error *err);

/**
 * trace_write_header() - Write the first line.
 *
 * Return: 0; -ENOMEM; -EIO.
 */
int trace_write_header(FILE *stream, const struct trace *trace);

/** trace_write_sample() - Write an interval. Return: as above. */
int trace_write_sample(FILE *stream, const struct trace *trace,
		       const struct trace_sample *sample);

/**
 * trace_alloc() - An empty trace of so many.
 *
 * Return: zeros but for quanta, caps and the like, which do not limit; NULL
 * without memory.
 */
struct trace *trace_alloc(size_t guest_count, size_t group_count,
			  size_t charge_count);

/** trace_free() - Free what trace_alloc() made; NULL is allowed. */
void trace_free(struct trace *trace);

#endif
