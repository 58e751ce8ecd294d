// SPDX-License-Identifier: GPL-2.0-or-later
/* Traces of balloon-sync, which may come from anywhere. */
#include "balloon-sync/trace.h"
#include "fuzz.h"

static void check(const struct trace *trace)
{
	size_t i;

	FUZZ_ASSERT(trace->guest_count <= TRACE_LIST_MAX && trace->group_count <= TRACE_LIST_MAX);
	for (i = 0; i < trace->guest_count; i++)
		FUZZ_ASSERT(strlen(trace->guests[i].name) <= TRACE_NAME_MAX);
	for (i = 0; i < trace->charge_count; i++)
		FUZZ_ASSERT(trace->charges[i].guest < trace->guest_count &&
			    trace->charges[i].group < trace->group_count);
}

static void read_all(struct trace_reader *reader, size_t size)
{
	const struct trace *trace = trace_header(reader);
	struct trace_sample sample;
	uint64_t before_ms = 0;
	size_t i, count;

	check(trace);
	for (count = 0; trace_next(reader, &sample, NULL) == 1; count++) {
		FUZZ_ASSERT(count < size);
		FUZZ_ASSERT(count == 0 || sample.time_ms > before_ms);
		before_ms = sample.time_ms;
		for (i = 0; i < trace->group_count; i++)
			FUZZ_ASSERT(sample.used_kb[i] <= PLAN_MAX_KB);
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct trace_reader *reader;
	struct error err = { 0 };

	if (trace_open(fuzz_file(data, size), &reader, &err) < 0) {
		FUZZ_ASSERT(err.code < 0 && err.text[0]);
		return 0;
	}
	read_all(reader, size);
	trace_close(reader);
	return 0;
}
