// SPDX-License-Identifier: GPL-2.0-or-later
#include "forge.h"
#include "ktap.h"

#define PRESENT		1ull
#define LARGE		128ull

uint64_t forge_memory[FORGE_WORDS];
struct guest forge_guest;
static struct mem *mem;

static int read_memory(void *arg, uint64_t offset, void *buf, size_t len)
{
	memcpy(buf, (const char *)forge_memory + offset, len);
	return 0;
}

void forge_begin(void)
{
	const struct mem_backing backing = { .read = read_memory };
	const struct mem_segment all = { .size = FORGE_BYTES };

	mem = mem_create();
	ASSERT(mem && mem_add_backing(mem, &backing, NULL) == 0);
	ASSERT(mem_add_segment(mem, &all, NULL) == 0);
	forge_memory[0x1000 / 8] = 0x2000 | PRESENT;
	forge_memory[0x2000 / 8] = 0x3000 | PRESENT;
	forge_memory[0x3000 / 8] = PRESENT | LARGE;
	ASSERT(space_create(&forge_guest.kernel.space, mem, 0x1000, 4, NULL) == 0);
	forge_guest.kernel.mem = mem;
}

void forge_end(void)
{
	space_destroy(forge_guest.kernel.space);
	mem_destroy(mem);
}
