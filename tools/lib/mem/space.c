// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Page tables, walked.  Formats are those of Intel's SDM, volume 3, chapter 4.5.
 *
 * Two things are remembered: where pages lead, and whole tables, since the pages that are
 * asked for next are mostly mapped by the same ones.  Both are small and direct mapped.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/macros.h"
#include "base/u64.h"
#include "space.h"

#define ENTRIES		512u
#define PAGES		4096u
#define TABLES		64u

#define ENTRY_PRESENT	BIT_ULL(0)
#define ENTRY_WRITE	BIT_ULL(1)
#define ENTRY_USER	BIT_ULL(2)
#define ENTRY_LARGE	BIT_ULL(7)
#define ENTRY_NOEXEC	BIT_ULL(63)
#define ENTRY_ADDRESS	0x000ffffffffff000ull

/* Numbers of no page and no table. */
#define NONE		UINT64_MAX

/**
 * struct table - a page table as it was
 * @address: physical, NONE for nothing
 * @entries: of it
 */
struct table {
	uint64_t address;
	uint64_t entries[ENTRIES];
};

/**
 * struct known - a page that was looked for
 * @number: its virtual address by 4 KiB, NONE for nothing
 * @page: where the first byte of these 4 KiB leads
 */
struct known {
	uint64_t number;
	struct space_page page;
};

/**
 * struct space - virtual addresses
 * @mem: that they lead to
 * @root: physical address of the highest table
 * @levels: of tables
 * @pages: remembered, each at a place of its own
 * @tables: likewise
 */
struct space {
	const struct mem *mem;
	uint64_t root;
	unsigned int levels;
	struct known pages[PAGES];
	struct table tables[TABLES];
};

int space_create(struct space **ret, const struct mem *mem, uint64_t root,
		 unsigned int levels, struct error *err)
{
	struct space *space;

	if (levels != 4 && levels != 5)
		return error_set(err, -EINVAL, "page tables: %u levels; there are 4 or 5", levels);
	space = malloc(sizeof(*space));
	if (!space)
		return error_errno(err, -ENOMEM, "page tables");
	space->mem = mem;
	space->levels = levels;
	space_set_root(space, root);
	*ret = space;
	return 0;
}

void space_set_root(struct space *space, uint64_t root)
{
	space->root = root & ENTRY_ADDRESS;
	space_forget(space);
}

void space_destroy(struct space *space)
{
	free(space);
}

void space_forget(struct space *space)
{
	size_t i;

	for (i = 0; i < PAGES; i++)
		space->pages[i].number = NONE;
	for (i = 0; i < TABLES; i++)
		space->tables[i].address = NONE;
}

/* Bits above those that are translated repeat the highest of these. */
static bool is_canonical(const struct space *space, uint64_t address)
{
	unsigned int unused = 64 - (12 + 9 * space->levels);

	return (uint64_t)((int64_t)(address << unused) >> unused) == address;
}

static int read_table(struct space *space, uint64_t address, const struct table **ret)
{
	struct table *table = &space->tables[(address / MEM_PAGE) % TABLES];
	int r;

	if (table->address != address) {
		table->address = NONE;
		r = mem_read(space->mem, address, table->entries, sizeof(table->entries));
		if (r < 0)
			return r;
		table->address = address;
	}
	*ret = table;
	return 0;
}

static void note_entry(struct space_page *page, uint64_t entry)
{
	page->user &= !!(entry & ENTRY_USER);
	page->writable &= !!(entry & ENTRY_WRITE);
	page->executable &= !(entry & ENTRY_NOEXEC);
}

static int walk(struct space *space, uint64_t address, struct space_page *ret)
{
	struct space_page page = { .user = true, .writable = true, .executable = true };
	uint64_t at = space->root;
	unsigned int level;

	for (level = space->levels; level > 0; level--) {
		unsigned int shift = 12 + 9 * (level - 1);
		const struct table *table;
		uint64_t entry;
		int r = read_table(space, at, &table);

		if (r < 0)
			return r;
		entry = table->entries[(address >> shift) % ENTRIES];
		if (!(entry & ENTRY_PRESENT))
			return -EFAULT;
		note_entry(&page, entry);
		at = entry & ENTRY_ADDRESS;
		/* Pages of 2 MiB and 1 GiB; in higher tables the bit is reserved. */
		if ((entry & ENTRY_LARGE) && level > 1) {
			if (level > 3)
				return -EFAULT;
			page.size = BIT_ULL(shift);
			/* The lowest bit of such an address is one of the cache's. */
			page.address = (at & ~(page.size - 1)) | (address & (page.size - 1));
			*ret = page;
			return 0;
		}
	}
	page.size = MEM_PAGE;
	page.address = at | (address & (MEM_PAGE - 1));
	*ret = page;
	return 0;
}

int space_translate(struct space *space, uint64_t address, struct space_page *ret)
{
	uint64_t number = address / MEM_PAGE;
	struct known *known = &space->pages[number % PAGES];
	int r;

	if (!is_canonical(space, address))
		return -EINVAL;
	if (known->number != number) {
		known->number = NONE;
		r = walk(space, number * MEM_PAGE, &known->page);
		if (r < 0)
			return r;
		known->number = number;
	}
	*ret = known->page;
	ret->address += address % MEM_PAGE;
	return 0;
}

int space_read(struct space *space, uint64_t address, void *buf, size_t len)
{
	char *to = buf;

	while (len > 0) {
		struct space_page page;
		size_t part;
		int r = space_translate(space, address, &page);

		if (r < 0)
			return r;
		part = u64_min(len, page.size - page.address % page.size);
		r = mem_read(space->mem, page.address, to, part);
		if (r < 0)
			return r;
		/* What follows the last address is the first one, which is not meant. */
		if (part < len && address + part < address)
			return -EINVAL;
		to += part;
		address += part;
		len -= part;
	}
	return 0;
}
