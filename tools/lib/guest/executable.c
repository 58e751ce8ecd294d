// SPDX-License-Identifier: GPL-2.0-or-later
#include <errno.h>
#include <string.h>

#include "base/macros.h"
#include "base/u64.h"
#include "executable.h"
#include "field.h"
#include "mem/entry.h"

/* Half a terabyte by pages of 4 KiB; those that lead to each other are as many as one likes. */
#define TABLES_MAX	262144u
#define PIECES_MAX	1000000u
#define LEVELS_MAX	5u

/**
 * struct search - through the kernel's page tables
 * @tables: memory, by the addresses that they have
 * @levels: of them
 * @left: tables that may still come
 * @nothing: of each level, the table that was found last to lead to nothing: KASAN's are all one
 * @ret: gets the pieces
 */
struct search {
	const struct mem *tables;
	unsigned int levels;
	uint64_t left;
	uint64_t nothing[LEVELS_MAX + 1];
	struct area_list *ret;
};

/* Return: 1; -ENOSPC when the search is over; -ENOMEM. */
static int add(struct search *s, uint64_t start, uint64_t len)
{
	struct area_list *of = s->ret;
	/* What follows the last address is the first one. */
	uint64_t end = start + len ? start + len : UINT64_MAX;
	int r;

	if (of->count && of->list[of->count - 1].end == start) {
		of->list[of->count - 1].end = end;
		return 1;
	}
	r = area_list_add(of, PIECES_MAX, (struct area){ start, end });
	return r < 0 ? r : 1;
}

static int search_table(struct search *s, uint64_t table, unsigned int level, uint64_t from);

static int search_entry(struct search *s, uint64_t entry, unsigned int level, uint64_t from)
{
	if (!(entry & ENTRY_PRESENT) || (entry & ENTRY_NOEXEC))
		return 0;
	if (level == 1 || (entry & ENTRY_LARGE))
		/* In higher tables the bit is reserved. */
		return level > 3 ? 0 : add(s, from, BIT_ULL(12 + 9 * (level - 1)));
	return search_table(s, entry & ENTRY_ADDRESS, level - 1, from);
}

/* Return: 1 when it leads to something; 0; -ENOSPC when the search is over; -ENOMEM. */
static int search_table(struct search *s, uint64_t table, unsigned int level, uint64_t from)
{
	uint64_t entries[ENTRIES];
	unsigned int i = level == s->levels ? ENTRIES / 2 : 0;
	bool any = false;

	if (s->nothing[level] == table)
		return 0;
	if (s->left == 0)
		return -ENOSPC;
	s->left--;
	/* No processor can read it either. */
	if (mem_read(s->tables, table, entries, sizeof(entries)) < 0)
		return 0;
	for (; i < ENTRIES; i++) {
		int r = search_entry(s, entries[i], level,
				     from | (uint64_t)i << (12 + 9 * (level - 1)));

		if (r < 0)
			return r;
		any |= r;
	}
	if (!any)
		s->nothing[level] = table;
	return any;
}

int executable_read(const struct guest *guest, struct area_list *ret, struct guest_doubts *doubts)
{
	struct search s = {
		.tables = mem_tables(guest->kernel.mem),
		.levels = guest->kernel.levels,
		.left = u64_min(TABLES_MAX, field_most(guest, MEM_PAGE)),
		.ret = ret,
	};
	int r;

	if (s.levels > LEVELS_MAX) {
		doubts->bad++;
		return 0;
	}
	memset(s.nothing, 0xff, sizeof(s.nothing));
	r = search_table(&s, space_root(guest->kernel.space), s.levels,
			 ~0ull << (12 + 9 * s.levels));
	doubts->cut += r == -ENOSPC;
	return r == -ENOMEM ? r : 0;
}
