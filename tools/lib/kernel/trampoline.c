// SPDX-License-Identifier: GPL-2.0-or-later
/* As setup_real_mode() makes it (arch/x86/realmode/init.c); tables of head_64.S. */
#include "mem/entry.h"
#include "trampoline.h"

#define LOW_END		0xa0000u
#define LAST		(ENTRIES - 1)
/* Of the table that has the kernel in it, behind which there is one of fixed addresses. */
#define KERNEL		(ENTRIES - 2)
#define LARGE_BYTES	BIT_ULL(21)

static bool is_table(uint64_t entry)
{
	return (entry & (ENTRY_PRESENT | ENTRY_LARGE)) == ENTRY_PRESENT;
}

/* What an entry leads to. */
static bool follow(const struct mem *mem, uint64_t entry, uint64_t ret[ENTRIES])
{
	return is_table(entry) &&
	       mem_read(mem, entry & ENTRY_ADDRESS, ret, ENTRIES * sizeof(*ret)) == 0;
}

static bool is_empty(const uint64_t *entries, unsigned int count)
{
	unsigned int i;

	for (i = 0; i < count; i++)
		if (entries[i])
			return false;
	return true;
}

/* Pages of 2 MiB side by side; some may have been split since. */
static bool find_end(const uint64_t table[ENTRIES], uint64_t *ret_end)
{
	uint64_t base = 0, end = 0;
	unsigned int i;

	for (i = 0; i < ENTRIES; i++) {
		if (!(table[i] & ENTRY_PRESENT))
			continue;
		if (table[i] & ENTRY_LARGE)
			base = (table[i] & ENTRY_ADDRESS & ~(LARGE_BYTES - 1)) - i * LARGE_BYTES;
		end = (i + 1) * LARGE_BYTES;
	}
	*ret_end = base + end;
	return base && end;
}

/* The table that is walked for addresses from 0xffffffff80000000 on is the last but one. */
static bool look(const struct mem *mem, uint64_t entry, uint64_t *ret_end)
{
	uint64_t table[ENTRIES];

	if (!follow(mem, entry, table) || !is_empty(table, KERNEL))
		return false;
	/* With five levels there is one more, which has nothing but a last entry. */
	if (!table[KERNEL] && (!follow(mem, table[LAST], table) || !is_empty(table, KERNEL)))
		return false;
	return follow(mem, table[KERNEL], table) && find_end(table, ret_end);
}

bool trampoline_find(const struct mem *mem, uint64_t *ret_end)
{
	uint64_t at, entry;

	for (at = 0; at < LOW_END; at += MEM_PAGE)
		if (mem_read(mem, at + LAST * sizeof(entry), &entry, sizeof(entry)) == 0 &&
		    look(mem, entry, ret_end))
			return true;
	return false;
}
