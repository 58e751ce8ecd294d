// SPDX-License-Identifier: GPL-2.0-or-later
/* Traces: what groups used and what the host had free, interval by interval. */
#include <errno.h>
#include <stdlib.h>

#include "base/json.h"
#include "trace.h"

const char *const trace_policies[] = {
	[PLAN_MIRROR] = "mirror",
	[PLAN_SLACK_FIRST] = "slack-first",
};

struct trace *trace_alloc(size_t guest_count, size_t group_count, size_t charge_count)
{
	struct trace *trace = calloc(1, sizeof(*trace));
	size_t i;

	if (!trace)
		return NULL;
	trace->guests = calloc(guest_count + 1, sizeof(*trace->guests));
	trace->groups = calloc(group_count + 1, sizeof(*trace->groups));
	trace->charges = calloc(charge_count + 1, sizeof(*trace->charges));
	if (!trace->guests || !trace->groups || !trace->charges) {
		trace_free(trace);
		return NULL;
	}
	trace->guest_count = guest_count;
	trace->group_count = group_count;
	trace->charge_count = charge_count;
	for (i = 0; i < guest_count; i++) {
		trace->guests[i].plan.able_kb = PLAN_NONE;
		trace->guests[i].plan.quantum_kb = LAW_PAGE_KB;
		trace->guests[i].gives_kb = PLAN_NONE;
	}
	for (i = 0; i < group_count; i++) {
		trace->groups[i].plan.cap_kb = PLAN_NONE;
		trace->groups[i].plan.high_kb = PLAN_NONE;
	}
	return trace;
}

void trace_free(struct trace *trace)
{
	if (!trace)
		return;
	free(trace->guests);
	free(trace->groups);
	free(trace->charges);
	free(trace);
}

static int write_line(FILE *stream, json_t *json)
{
	int r = 0;

	if (!json)
		return -ENOMEM;
	if (json_dumpf(json, stream, JSON_COMPACT | JSON_ENSURE_ASCII) < 0 ||
	    putc('\n', stream) == EOF)
		r = -EIO;
	json_decref(json);
	return r;
}

/* A member that may be missing; without memory, nothing. */
static json_t *with(json_t *json, const char *key, uint64_t value)
{
	if (value == PLAN_NONE || json_object_set_new(json, key, json_u64(value)) == 0)
		return json;
	json_decref(json);
	return NULL;
}

/* A list that lacks something is none. */
static json_t *of_length(json_t *list, size_t count)
{
	if (json_array_size(list) == count)
		return list;
	json_decref(list);
	return NULL;
}

static json_t *guest_json(const struct trace_guest *guest)
{
	json_t *json = json_pack("{s:o, s:o, s:o, s:o}", "name", json_text(guest->name),
				 "rest_kb", json_u64(guest->plan.rest_kb),
				 "floor_kb", json_u64(guest->plan.floor_kb),
				 "quantum_kb", json_u64(guest->plan.quantum_kb));

	return with(json, "gives_kb", guest->gives_kb);
}

static json_t *group_json(const struct trace *trace, const struct trace_group *group,
			  const struct plan_charge *charges, size_t count)
{
	json_t *list = json_array(), *json;
	size_t i;

	for (i = 0; i < count; i++)
		json_array_append_new(list,
				      json_pack("{s:o, s:I}", "guest",
						json_text(trace->guests[charges[i].guest].name),
						"weight", (json_int_t)charges[i].weight));
	json = json_pack("{s:o, s:o, s:b, s:o}", "name", json_text(group->name),
			 "least_kb", json_u64(group->plan.least_kb),
			 "limit", group->plan.can_limit,
			 "guests", of_length(list, count));
	return with(json, "cap_kb", group->plan.cap_kb);
}

int trace_write_header(FILE *stream, const struct trace *trace)
{
	json_t *guests = json_array(), *groups = json_array();
	size_t i, first = 0, end;

	for (i = 0; i < trace->guest_count; i++)
		json_array_append_new(guests, guest_json(&trace->guests[i]));
	for (i = 0; i < trace->group_count; i++) {
		for (end = first; end < trace->charge_count; end++)
			if (trace->charges[end].group != i)
				break;
		json_array_append_new(groups, group_json(trace, &trace->groups[i],
							 trace->charges + first, end - first));
		first = end;
	}
	guests = of_length(guests, trace->guest_count);
	groups = of_length(groups, trace->group_count);
	return write_line(stream, json_pack("{s:i, s:s, s:{s:o, s:o, s:o}, s:o, s:o}",
					    "trace", TRACE_VERSION,
					    "policy", trace_policies[trace->policy],
					    "host", "size_kb", json_u64(trace->size_kb),
					    "room_kb", json_u64(trace->room_kb),
					    "reserve_kb", json_u64(trace->reserve_kb),
					    "guests", guests, "groups", groups));
}

int trace_write_sample(FILE *stream, const struct trace *trace,
		       const struct trace_sample *sample)
{
	json_t *used = json_array();
	size_t i;

	for (i = 0; i < trace->group_count; i++)
		json_array_append_new(used, json_u64(sample->used_kb[i]));
	return write_line(stream, json_pack("{s:o, s:o, s:o, s:o}",
					    "time_ms", json_u64(sample->time_ms),
					    "free_kb", json_u64(sample->free_kb),
					    "arrived_kb", json_u64(sample->arrived_kb),
					    "used_kb", of_length(used, trace->group_count)));
}
