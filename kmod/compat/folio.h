/* SPDX-License-Identifier: GPL-2.0-only */
/* Folios, as far as kernels differ in them. */
#ifndef FILECACHE_COMPAT_FOLIO_H
#define FILECACHE_COMPAT_FOLIO_H

#include <linux/mm.h>
#include <linux/page-flags.h>
#include <linux/pagemap.h>
#include <linux/pagevec.h>

/**
 * compat_folio_plain() - Whether a folio is one page and not of shmem.
 * @folio: in the page cache
 *
 * Nearly all are, and this is one test of one word.
 */
static __always_inline bool compat_folio_plain(const struct folio *folio)
{
	return !(folio->flags & (BIT(PG_head) | BIT(PG_swapbacked)));
}

/**
 * compat_mapping() - What page->mapping points to, if it is an address space.
 * @page: any page, which may change at any moment
 *
 * Return: the address space, which may be gone unless the folio is locked and
 * still has it then; NULL for anonymous, movable and other kinds of pages.
 */
static inline struct address_space *compat_mapping(struct page *page)
{
	unsigned long mapping = (unsigned long)READ_ONCE(page->mapping);

	return mapping & PAGE_MAPPING_FLAGS ? NULL : (struct address_space *)mapping;
}

/**
 * compat_page_candidate() - Whether a page may be the first one of a page-cache folio.
 * @page: any page, which may change at any moment
 */
static inline bool compat_page_candidate(struct page *page)
{
	return compat_mapping(page) && !PageTail(page) && !PageSlab(page) &&
	       !page_has_type(page);
}

/**
 * compat_lru_drain() - Move this CPU's batches of pages to the LRU lists.
 *
 * A page in such a batch has one more reference and cannot be evicted.  The
 * function that does it is not exported; releasing an empty pagevec calls it.
 *
 * Context: bound to a CPU, may not be in an interrupt.
 */
static inline void compat_lru_drain(void)
{
	struct pagevec pvec;

	pagevec_init(&pvec);
	__pagevec_release(&pvec);
}

#endif
