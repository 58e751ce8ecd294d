// SPDX-License-Identifier: GPL-2.0-or-later
/* A real run written down as a trace, for simulate. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "record.h"

int record_open(struct record *record, const char *path, struct error *err)
{
	*record = (struct record){ .path = path };
	if (!path)
		return 0;
	record->file = fopen(path, "we");
	return record->file ? 0 : error_errno(err, -errno, "%s", path);
}

static void copy_name(char *to, const char *name)
{
	snprintf(to, TRACE_NAME_MAX + 1, "%s", name);
}

static void describe(const struct controller *c, struct trace *trace)
{
	const struct decision *d = c->decision;
	const struct config *config = c->config;
	size_t i;

	trace->policy = d->policy;
	trace->size_kb = c->move.host.base.sizes.actual_kb;
	trace->room_kb = d->host.room_kb;
	trace->reserve_kb = config->global.reserve_kb;
	for (i = 0; i < trace->guest_count; i++) {
		copy_name(trace->guests[i].name, config->guests[i].name);
		trace->guests[i].plan = d->guests[i];
		trace->guests[i].plan.able_kb = PLAN_NONE;
	}
	for (i = 0; i < trace->group_count; i++) {
		copy_name(trace->groups[i].name, config->groups[i].name);
		trace->groups[i].plan = d->groups[i];
		trace->groups[i].plan.cap_kb = config->groups[i].cap_kb;
		trace->groups[i].plan.used_kb = 0;
		trace->groups[i].plan.high_kb = PLAN_NONE;
	}
	memcpy(trace->charges, d->charges, trace->charge_count * sizeof(*d->charges));
}

static bool all_there(const struct controller *c)
{
	size_t i;

	for (i = 0; i < c->config->guest_count; i++)
		if (!c->guests[i].move || c->guests[i].move->gone)
			return false;
	return true;
}

static int begin(struct record *record, const struct controller *c)
{
	const struct decision *d = c->decision;

	record->trace = trace_alloc(d->guest_count, d->group_count, d->charge_count);
	record->used_kb = calloc(d->group_count + 1, sizeof(*record->used_kb));
	if (!record->trace || !record->used_kb)
		return -ENOMEM;
	describe(c, record->trace);
	return trace_write_header(record->file, record->trace);
}

int record_sample(struct record *record, const struct controller *c, uint64_t free_kb,
		  uint64_t now_ns, struct error *err)
{
	struct trace_sample sample = {
		.time_ms = now_ns / NSEC_PER_MSEC,
		.free_kb = free_kb,
		.arrived_kb = c->moved.arrived_kb,
	};
	size_t i;
	int r = 0;

	if (!record->file || (!record->trace && !all_there(c)))
		return 0;
	if (!record->trace)
		r = begin(record, c);
	/* Of two within a millisecond, one is enough. */
	if (r == 0 && sample.time_ms <= record->last_ms)
		return 0;
	if (r == 0) {
		for (i = 0; i < record->trace->group_count; i++)
			record->used_kb[i] = c->decision->groups[i].used_kb;
		sample.used_kb = record->used_kb;
		record->last_ms = sample.time_ms;
		r = trace_write_sample(record->file, record->trace, &sample);
	}
	if (r < 0) {
		record_close(record, NULL);
		return error_errno(err, r, "%s", record->path);
	}
	return 0;
}

int record_close(struct record *record, struct error *err)
{
	bool failed;

	if (!record->file)
		return 0;
	failed = ferror(record->file);
	failed |= fclose(record->file) == EOF;
	trace_free(record->trace);
	free(record->used_kb);
	record->file = NULL;
	record->trace = NULL;
	record->used_kb = NULL;
	return failed ? error_set(err, -EIO, "%s: could not be written", record->path) : 0;
}
