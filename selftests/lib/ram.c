// SPDX-License-Identifier: GPL-2.0-or-later
#include <string.h>

#include "ktap.h"
#include "ram.h"

static int read_bytes(void *arg, uint64_t offset, void *buf, size_t len)
{
	memcpy(buf, (const char *)arg + offset, len);
	return 0;
}

struct mem *ram_create(void *bytes, size_t size)
{
	const struct mem_backing backing = { .read = read_bytes, .arg = bytes };
	const struct mem_segment all = { .size = size };
	struct mem *mem = mem_create();

	ASSERT(mem && mem_add_backing(mem, &backing, NULL) == 0);
	ASSERT(mem_add_segment(mem, &all, NULL) == 0);
	return mem;
}
