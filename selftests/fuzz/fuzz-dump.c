// SPDX-License-Identifier: GPL-2.0-or-later
/* ELF cores, damaged ones and such as were made to harm. */
#include "fuzz.h"
#include "mem/dump.h"

#define STEPS	4096

/* All that holds data, with a bound: a file has no end of holes. */
static void go_through(const struct mem *mem)
{
	uint64_t at = 0, start, end;
	unsigned int steps;
	uint8_t byte;

	for (steps = 0; mem_next_data(mem, at, &start, &end) == 1; steps++) {
		FUZZ_ASSERT(steps < STEPS && start >= at && end > start);
		FUZZ_ASSERT(mem_read(mem, start, &byte, 1) == 0);
		FUZZ_ASSERT(mem_read(mem, end - 1, &byte, 1) == 0);
		at = end;
	}
}

static void check_segments(const struct mem *mem, size_t size)
{
	const struct mem_segment *segments;
	size_t i, count = mem_segments(mem, &segments);

	FUZZ_ASSERT(count <= MEM_SEGMENTS_MAX);
	for (i = 0; i < count; i++) {
		const struct mem_segment *s = &segments[i];
		uint64_t last = s->start + (s->size - 1);
		uint8_t buf[64];

		FUZZ_ASSERT(s->size > 0 && last >= s->start);
		FUZZ_ASSERT(s->offset <= size && s->size <= size - s->offset);
		FUZZ_ASSERT(i == 0 || s->start > segments[i - 1].start +
						     (segments[i - 1].size - 1));
		FUZZ_ASSERT(mem_read(mem, s->start, buf, 1) == 0);
		mem_read(mem, last, buf, sizeof(buf));
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct error err = { 0 };
	struct mem *mem;

	if (mem_open_dump(&mem, fuzz_file(data, size), &err) < 0) {
		FUZZ_ASSERT(err.code < 0 && err.text[0]);
		return 0;
	}
	check_segments(mem, size);
	go_through(mem);
	mem_destroy(mem);
	return 0;
}
