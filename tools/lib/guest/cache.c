// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The page cache of an inode: an XArray (mapping->i_pages), by the number of a page.  An entry
 * is a folio, of one page or a power of two of them, which has as many places; or a value: what
 * is left of an evicted one (mm/workingset.c), and in tmpfs where in swap it is (mm/shmem.c).
 *
 * It is that in the inode itself that is walked (i_data): i_mapping may lead to another
 * inode's, which is told there.
 */
#include <errno.h>

#include "base/macros.h"
#include "cache.h"
#include "field.h"
#include "xarray.h"

#define VALUE		1ull
/* include/linux/swapops.h: the highest five bits of 63 are the device's number. */
#define SWAP_TYPE_SHIFT	58
/* 1 GiB; no processor has larger ones. */
#define ORDER_MAX	18u
#define PAGE_SHIFT	12

/**
 * struct walk - through an inode's page cache
 * @guest: whose
 * @mapping: virtual address of its struct address_space
 * @pages: virtual address of the first struct page of all
 * @swaps: whether values are places in swap
 * @take: is given each range
 * @data: for @take
 * @doubts: counted
 * @chunk: virtual address of the page of structures that the last one was in
 * @whole: whether all of it is in @structures
 * @structures: of it
 */
struct walk {
	struct guest *guest;
	uint64_t mapping;
	uint64_t pages;
	bool swaps;
	int (*take)(const struct guest_pages *pages, void *data);
	void *data;
	struct guest_doubts *doubts;
	uint64_t chunk;
	bool whole;
	unsigned char structures[MEM_PAGE];
};

static bool has_bit(uint64_t word, int64_t bit)
{
	return word & BIT_ULL(bit);
}

/* How many pages a folio has. */
static int read_count(const struct guest *guest, uint64_t folio, uint64_t flags, uint64_t *ret)
{
	uint64_t order;
	int r;

	*ret = 1;
	if (!has_bit(flags, guest->layout.page_head))
		return 0;
	r = field_read(guest, folio, &guest->layout.folio_order, &order);
	if (r < 0)
		return r;
	order &= 0xff;
	if (order > ORDER_MAX)
		return -EPROTO;
	*ret = BIT_ULL(order);
	return 0;
}

/*
 * Pages of a file are often neighbours in memory, and so are their structures: from the second
 * on those of a page are read together.
 */
static int read_structure(struct walk *w, uint64_t page, const struct wish *wishes, size_t count)
{
	uint64_t chunk = page & ~(uint64_t)(MEM_PAGE - 1);
	uint32_t bytes = w->guest->layout.page_bytes;
	int r = 0;

	if (w->chunk != chunk || page - chunk + bytes > MEM_PAGE) {
		w->chunk = chunk;
		w->whole = false;
		return field_read_all(w->guest, page, bytes, wishes, count);
	}
	if (!w->whole)
		r = space_read(w->guest->kernel.space, chunk, w->structures, MEM_PAGE);
	if (r < 0)
		return r;
	w->whole = true;
	return field_of_copy(w->structures + (page - chunk), bytes, wishes, count);
}

static int take_folio(struct walk *w, uint64_t index, uint64_t count, uint64_t folio)
{
	const struct guest_layout *l = &w->guest->layout;
	uint64_t flags, mapping, first, pages;
	const struct wish wishes[] = {
		{ &l->folio_flags, &flags }, { &l->folio_mapping, &mapping },
		{ &l->folio_index, &first },
	};
	struct guest_pages told = { .index = index, .count = count, .folio = folio };
	int r;

	if (folio < w->pages || !l->page_bytes || (folio - w->pages) % l->page_bytes != 0 ||
	    read_structure(w, folio, wishes, ARRAY_SIZE(wishes)) < 0) {
		w->doubts->bad++;
		return 0;
	}
	r = read_count(w->guest, folio, flags, &pages);
	/* It was evicted, split, or is being put there just now. */
	if (r < 0 || mapping != w->mapping || first != index || pages != count) {
		w->doubts->torn++;
		return 0;
	}
	told.address = (folio - w->pages) / l->page_bytes << PAGE_SHIFT;
	told.uptodate = has_bit(flags, l->page_uptodate);
	told.dirty = has_bit(flags, l->page_dirty);
	told.writeback = has_bit(flags, l->page_writeback);
	return w->take(&told, w->data);
}

static int take_entry(uint64_t index, uint64_t count, uint64_t entry, void *data)
{
	struct walk *w = data;
	uint64_t value = entry >> 1;
	struct guest_pages told = { .index = index, .count = count };

	if (!(entry & VALUE))
		return take_folio(w, index, count, entry);
	told.kind = w->swaps ? GUEST_PAGES_SWAPPED : GUEST_PAGES_EVICTED;
	if (w->swaps) {
		told.swap_type = (uint32_t)(value >> SWAP_TYPE_SHIFT);
		told.swap_offset = value & (BIT_ULL(SWAP_TYPE_SHIFT) - 1);
	}
	return w->take(&told, w->data);
}

/* Those of shared memory have operations of their own. */
static bool is_shmem(const struct guest *guest, uint64_t mapping)
{
	uint64_t own, shmem;

	return kallsyms_find(guest->kernel.symbols, "shmem_aops", &shmem) == 0 &&
	       field_read(guest, mapping, &guest->layout.mapping_ops, &own) == 0 && own == shmem;
}

int guest_cache(struct guest *guest, const struct guest_inode *inode,
		int (*take)(const struct guest_pages *pages, void *data), void *data,
		struct guest_doubts *doubts)
{
	const struct guest_layout *l = &guest->layout;
	struct walk w = { .guest = guest, .take = take, .data = data, .doubts = doubts };
	uint64_t base;

	/* What "vmemmap" is for: it is moved at boot. */
	if (kallsyms_find(guest->kernel.symbols, "vmemmap_base", &base) < 0 ||
	    space_read(guest->kernel.space, base, &w.pages, sizeof(w.pages)) < 0)
		return -ENOENT;
	w.mapping = field_address(inode->address, &l->inode_mapping);
	w.swaps = is_shmem(guest, w.mapping);
	return xarray_walk(guest, field_address(w.mapping, &l->mapping_pages), UINT64_MAX,
			   take_entry, &w, doubts);
}
