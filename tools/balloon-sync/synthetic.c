// SPDX-License-Identifier: GPL-2.0-or-later
/* Traces that a seed makes, the same on every machine. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/macros.h"
#include "base/parse.h"
#include "synthetic.h"

#define MB		1024ULL
#define STEP_MS		1000
#define STEPS_MAX	1000000000
#define RESERVE_KB	(256 * MB)

/**
 * struct part - one number of a spec
 * @name: before it
 * @min: smallest
 * @max: largest
 * @offset: in struct synthetic_spec
 */
struct part {
	const char *name;
	uint64_t min;
	uint64_t max;
	size_t offset;
};

static const struct part parts[] = {
	{ "guests=", 1, TRACE_LIST_MAX, offsetof(struct synthetic_spec, guests) },
	{ "groups=", 0, TRACE_LIST_MAX, offsetof(struct synthetic_spec, groups) },
	{ "steps=", 1, STEPS_MAX, offsetof(struct synthetic_spec, steps) },
	{ "seed=", 0, UINT64_MAX, offsetof(struct synthetic_spec, seed) },
};

static int parse_part(const char *text, struct synthetic_spec *spec, struct error *err)
{
	size_t i;

	for (i = 0; i < ARRAY_SIZE(parts); i++) {
		size_t len = strlen(parts[i].name);

		if (strncmp(text, parts[i].name, len) == 0)
			return parse_u64(text, text + len, parts[i].min, parts[i].max,
					 (uint64_t *)((char *)spec + parts[i].offset), err);
	}
	return error_set(err, -EINVAL, "--synthetic: %s: none of guests=, groups=, steps=, seed=",
			 text);
}

int synthetic_parse(const char *text, struct synthetic_spec *ret, struct error *err)
{
	__free_mem char *copy = strdup(text);
	struct synthetic_spec spec = { .guests = 4, .groups = 4, .steps = 600, .seed = 1 };
	char *part, *rest = copy;
	int r = 0;

	if (!copy)
		return error_errno(err, -ENOMEM, "--synthetic");
	while (r == 0 && (part = strsep(&rest, ",")))
		r = parse_part(part, &spec, err);
	if (r == 0)
		*ret = spec;
	return r;
}

/* splitmix64 */
static uint64_t next(struct synthetic *s)
{
	uint64_t z = s->random += 0x9e3779b97f4a7c15;

	z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9;
	z = (z ^ (z >> 27)) * 0x94d049bb133111eb;
	return z ^ (z >> 31);
}

static uint64_t below(struct synthetic *s, uint64_t limit)
{
	return next(s) % limit;
}

/* A size of so many MB, a whole page. */
static uint64_t draw_kb(struct synthetic *s, uint64_t min_mb, uint64_t max_mb)
{
	uint64_t kb = min_mb * MB + below(s, (max_mb - min_mb) * MB + 1);

	return kb - kb % LAW_PAGE_KB;
}

static void make_guest(struct synthetic *s, size_t i)
{
	struct trace_guest *guest = &s->trace->guests[i];

	snprintf(guest->name, sizeof(guest->name), "guest%zu", i + 1);
	guest->plan.rest_kb = draw_kb(s, 512, 8192);
	guest->plan.floor_kb = guest->plan.rest_kb / (2 + below(s, 3));
	if (below(s, 4) == 0)
		guest->plan.quantum_kb = 2 * MB;
	/* Now and then one that cannot give all that it should. */
	if (below(s, 10) == 0)
		guest->gives_kb = draw_kb(s, 0, 256);
}

/* Most groups watch one guest, some two. */
static void make_group(struct synthetic *s, size_t i)
{
	struct trace *trace = s->trace;
	struct trace_group *group = &trace->groups[i];
	size_t first = i % trace->guest_count, count = below(s, 4) == 0 ? 2 : 1, j;

	snprintf(group->name, sizeof(group->name), "group%zu", i + 1);
	group->plan.can_limit = true;
	group->plan.least_kb = 32 * MB;
	if (below(s, 4) == 0)
		group->plan.cap_kb = draw_kb(s, 128, 1024);
	for (j = 0; j < count && j < trace->guest_count; j++)
		trace->charges[trace->charge_count++] = (struct plan_charge){
			.group = (uint32_t)i,
			.guest = (uint32_t)((first + j) % trace->guest_count),
			.weight = (uint32_t)(1 + below(s, 3)),
		};
}

static void make_host(struct synthetic *s)
{
	struct trace *trace = s->trace;
	uint64_t sum = 0;
	size_t i;

	for (i = 0; i < trace->guest_count; i++)
		sum += trace->guests[i].plan.rest_kb;
	trace->policy = below(s, 2) ? PLAN_SLACK_FIRST : PLAN_MIRROR;
	trace->size_kb = draw_kb(s, 2048, 8192);
	trace->room_kb = sum / 4 - sum / 4 % LAW_PAGE_KB;
	trace->reserve_kb = RESERVE_KB;
	/* What groups use and nobody pays for comes out of what others cache. */
	s->free_kb = RESERVE_KB + draw_kb(s, 0, 1024);
}

int synthetic_init(struct synthetic *s, const struct synthetic_spec *spec, struct error *err)
{
	size_t i;

	*s = (struct synthetic){
		.trace = trace_alloc(spec->guests, spec->groups, 2 * spec->groups),
		.left = spec->steps,
		.random = spec->seed,
		.target_kb = calloc(spec->groups + 1, sizeof(*s->target_kb)),
		.rate_kb = calloc(spec->groups + 1, sizeof(*s->rate_kb)),
		.sample.used_kb = calloc(spec->groups + 1, sizeof(*s->sample.used_kb)),
	};
	if (!s->trace || !s->target_kb || !s->rate_kb || !s->sample.used_kb) {
		synthetic_exit(s);
		return error_errno(err, -ENOMEM, "--synthetic");
	}
	s->trace->charge_count = 0;
	for (i = 0; i < spec->guests; i++)
		make_guest(s, i);
	for (i = 0; i < spec->groups; i++)
		make_group(s, i);
	make_host(s);
	return 0;
}

void synthetic_exit(struct synthetic *s)
{
	trace_free(s->trace);
	free(s->target_kb);
	free(s->rate_kb);
	free(s->sample.used_kb);
	*s = (struct synthetic){ 0 };
}

/* Something new about every half minute, fast or slow. */
static void live(struct synthetic *s, size_t i)
{
	uint64_t *used = &s->sample.used_kb[i], target = s->target_kb[i];

	if (below(s, 30) == 0) {
		s->target_kb[i] = below(s, 3) ? draw_kb(s, 1, 1024) : 0;
		s->rate_kb[i] = draw_kb(s, 1, 256);
	}
	if (*used < target)
		*used = target - *used > s->rate_kb[i] ? *used + s->rate_kb[i] : target;
	else
		*used = *used - target > s->rate_kb[i] ? *used - s->rate_kb[i] : target;
}

int synthetic_next(struct synthetic *s, struct trace_sample *ret)
{
	uint64_t sum = 0;
	size_t i;

	if (!s->left)
		return 0;
	s->left--;
	for (i = 0; i < s->trace->group_count; i++) {
		live(s, i);
		sum += s->sample.used_kb[i];
	}
	s->sample.time_ms = s->time_ms;
	s->time_ms += STEP_MS;
	/* As if it had been recorded with all of it moved to the host. */
	s->sample.free_kb = s->free_kb;
	s->sample.arrived_kb = sum;
	*ret = s->sample;
	return 1;
}
