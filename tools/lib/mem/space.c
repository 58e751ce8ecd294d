// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Page tables, walked.
 *
 * Two things are remembered: where pages lead, and whole tables, since the pages that are
 * asked for next are mostly mapped by the same ones.  Both are small and direct mapped.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/macros.h"
#include "base/u64.h"
#include "entry.h"
#include "space.h"

#define PAGES		4096u
#define TABLES		64u

/**
 * struct table - a page table as it was
 * @address: physical
 * @when: it was met, see struct space
 * @whole: whether @entries are known: they are read when it is met again
 * @entries: of it
 */
struct table {
	uint64_t address;
	uint64_t when;
	bool whole;
	uint64_t entries[ENTRIES];
};

/**
 * struct known - a page that was looked for
 * @number: its virtual address by 4 KiB
 * @when: it was looked for, see struct space
 * @page: where the first byte of these 4 KiB leads
 */
struct known {
	uint64_t number;
	uint64_t when;
	struct space_page page;
};

/**
 * struct space - virtual addresses
 * @mem: that they lead to
 * @root: physical address of the highest table
 * @levels: of tables
 * @first: see space_restrict()
 * @last: likewise
 * @constant: likewise
 * @now: goes on with each time that all is forgotten; 0 is never
 * @left: reads that are allowed still
 * @tell: is told what was read; NULL for nobody
 * @tell_arg: for @tell
 * @pages: remembered, each at a place of its own
 * @tables: likewise
 */
struct space {
	const struct mem *mem;
	uint64_t root;
	unsigned int levels;
	uint64_t first;
	uint64_t last;
	bool constant;
	uint64_t now;
	uint64_t left;
	void (*tell)(void *arg, uint64_t address, const void *bytes, size_t len);
	void *tell_arg;
	struct known pages[PAGES];
	struct table tables[TABLES];
};

int space_create(struct space **ret, const struct mem *mem, uint64_t root,
		 unsigned int levels, struct error *err)
{
	struct space *space;

	if (levels != 4 && levels != 5)
		return error_set(err, -EINVAL, "page tables: %u levels; there are 4 or 5", levels);
	space = calloc(1, sizeof(*space));
	if (!space)
		return error_errno(err, -ENOMEM, "page tables");
	space->mem = mem;
	space->levels = levels;
	space->left = UINT64_MAX;
	space->last = UINT64_MAX;
	space_set_root(space, root);
	*ret = space;
	return 0;
}

void space_set_root(struct space *space, uint64_t root)
{
	space->root = root & ENTRY_ADDRESS;
	space_forget(space);
}

uint64_t space_root(const struct space *space)
{
	return space->root;
}

void space_restrict(struct space *space, uint64_t first, uint64_t last, bool constant)
{
	space->first = first;
	space->last = last;
	space->constant = constant;
	space_forget(space);
}

void space_destroy(struct space *space)
{
	free(space);
}

void space_forget(struct space *space)
{
	/* To go through all of them would take longer than what is mostly read of a process. */
	space->now++;
}

void space_allow(struct space *space, uint64_t reads)
{
	space->left = reads;
}

void space_tell(struct space *space,
		void (*tell)(void *arg, uint64_t address, const void *bytes, size_t len), void *arg)
{
	space->tell = tell;
	space->tell_arg = arg;
}

static int read_memory(struct space *space, uint64_t address, void *buf, size_t len)
{
	if (space->left == 0)
		return -EDQUOT;
	space->left--;
	return mem_read(space->mem, address, buf, len);
}

/* Bits above those that are translated repeat the highest of these. */
static bool is_canonical(const struct space *space, uint64_t address)
{
	unsigned int unused = 64 - (12 + 9 * space->levels);

	return (uint64_t)((int64_t)(address << unused) >> unused) == address;
}

/*
 * One of its entries.  Of a table that is met for the first time no more is read than that: those
 * of a process that is looked at once are not needed again.
 */
static int read_entry(struct space *space, uint64_t address, unsigned int index, uint64_t *ret)
{
	struct table *table = &space->tables[(address / MEM_PAGE) % TABLES];
	int r = 0;

	if (table->when != space->now || table->address != address) {
		r = read_memory(space, address + index * sizeof(*ret), ret, sizeof(*ret));
		table->address = address;
		table->when = r < 0 ? 0 : space->now;
		table->whole = false;
		return r;
	}
	if (!table->whole)
		r = read_memory(space, address, table->entries, sizeof(table->entries));
	if (r < 0) {
		table->when = 0;
		return r;
	}
	table->whole = true;
	*ret = table->entries[index];
	return 0;
}

/*
 * With page-table isolation, the kernel's own copy of a process' highest table forbids to execute
 * anything of the process: that is meant for the kernel, and otherwise never said there.
 */
static bool is_isolation(const struct space *space, uint64_t address, unsigned int level)
{
	return level == space->levels && address < BIT_ULL(63);
}

static void note_entry(struct space_page *page, uint64_t entry, bool isolation)
{
	page->user &= !!(entry & ENTRY_USER);
	page->writable &= !!(entry & ENTRY_WRITE);
	page->executable &= !(entry & ENTRY_NOEXEC) || isolation;
}

static int finish(const struct space *space, const struct space_page *page,
		  struct space_page *ret)
{
	if (space->constant && page->writable)
		return -EFAULT;
	*ret = *page;
	return 0;
}

static int walk(struct space *space, uint64_t address, struct space_page *ret)
{
	struct space_page page = { .user = true, .writable = true, .executable = true };
	uint64_t at = space->root;
	unsigned int level;

	for (level = space->levels; level > 0; level--) {
		unsigned int shift = 12 + 9 * (level - 1);
		uint64_t entry;
		int r = read_entry(space, at, (address >> shift) % ENTRIES, &entry);

		if (r < 0)
			return r;
		if (!(entry & ENTRY_PRESENT))
			return -EFAULT;
		note_entry(&page, entry, is_isolation(space, address, level));
		at = entry & ENTRY_ADDRESS;
		/* Pages of 2 MiB and 1 GiB; in higher tables the bit is reserved. */
		if ((entry & ENTRY_LARGE) && level > 1) {
			if (level > 3)
				return -EFAULT;
			page.size = BIT_ULL(shift);
			/* The lowest bit of such an address is one of the cache's. */
			page.address = (at & ~(page.size - 1)) | (address & (page.size - 1));
			return finish(space, &page, ret);
		}
	}
	page.size = MEM_PAGE;
	page.address = at | (address & (MEM_PAGE - 1));
	return finish(space, &page, ret);
}

int space_translate(struct space *space, uint64_t address, struct space_page *ret)
{
	uint64_t number = address / MEM_PAGE;
	struct known *known = &space->pages[number % PAGES];
	int r;

	if (!is_canonical(space, address))
		return -EINVAL;
	if (address < space->first || address > space->last)
		return -EFAULT;
	if (known->when != space->now || known->number != number) {
		known->when = 0;
		r = walk(space, number * MEM_PAGE, &known->page);
		if (r < 0)
			return r;
		known->number = number;
		known->when = space->now;
	}
	*ret = known->page;
	ret->address += address % MEM_PAGE;
	return 0;
}

/*
 * As much as lies in one piece of memory: of the kernel's own text and data each page of 4 KiB is
 * mapped by itself, and a question to the host costs more than bytes.
 */
static int find_run(struct space *space, uint64_t address, size_t len, uint64_t *ret_start,
		    size_t *ret_len)
{
	struct space_page page;
	size_t run = 0;
	int r = space_translate(space, address, &page);

	if (r < 0)
		return r;
	*ret_start = page.address;
	do {
		run += u64_min(len - run, page.size - page.address % page.size);
		/* What follows the last address is the first one, which is not meant. */
	} while (run < len && address + run > address &&
		 space_translate(space, address + run, &page) == 0 &&
		 page.address == *ret_start + run);
	*ret_len = run;
	return 0;
}

static int read_pages(struct space *space, uint64_t address, void *buf, size_t len)
{
	char *to = buf;

	while (len > 0) {
		uint64_t start;
		size_t run;
		int r = find_run(space, address, len, &start, &run);

		if (r == 0)
			r = read_memory(space, start, to, run);
		if (r < 0)
			return r;
		if (run < len && address + run < address)
			return -EINVAL;
		to += run;
		address += run;
		len -= run;
	}
	return 0;
}

int space_read(struct space *space, uint64_t address, void *buf, size_t len)
{
	int r = read_pages(space, address, buf, len);

	if (r == 0 && space->tell)
		space->tell(space->tell_arg, address, buf, len);
	return r;
}
