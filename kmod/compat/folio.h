/* SPDX-License-Identifier: GPL-2.0-only */
/* Folios, as far as kernels differ in them. */
#ifndef FILECACHE_COMPAT_FOLIO_H
#define FILECACHE_COMPAT_FOLIO_H

#include <linux/mm.h>
#include <linux/page-flags.h>
#include <linux/pagemap.h>
#include <linux/writeback.h>

#include "probes.h"

#ifdef HAVE_PAGEVEC_RELEASE
#include <linux/pagevec.h>
#endif

/** compat_folio_flags() - Return: all flags of a folio, as bits. */
static __always_inline unsigned long compat_folio_flags(const struct folio *folio)
{
#if defined(HAVE_FOLIO_FLAGS_STRUCT)
	return folio->flags.f;
#elif defined(HAVE_FOLIO_FLAGS_WORD)
	return folio->flags;
#else
#error "filecache: how are the flags of a folio kept?"
#endif
}

#if defined(HAVE_FOLIO_MAPPING_FLAGS)
#define COMPAT_MAPPING_FLAGS FOLIO_MAPPING_FLAGS
#elif defined(HAVE_PAGE_MAPPING_FLAGS)
#define COMPAT_MAPPING_FLAGS PAGE_MAPPING_FLAGS
#else
#error "filecache: which bits of a page's mapping are flags?"
#endif

/**
 * compat_folio_plain() - Whether a folio is one page and not of shmem.
 * @folio: in the page cache
 *
 * Nearly all are, and this is one test of one word.
 */
static __always_inline bool compat_folio_plain(const struct folio *folio)
{
	return !(compat_folio_flags(folio) & (BIT(PG_head) | BIT(PG_swapbacked)));
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

	return mapping & COMPAT_MAPPING_FLAGS ? NULL : (struct address_space *)mapping;
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
 * function that does it is not exported; releasing an empty batch calls it.
 *
 * Context: bound to a CPU, may not be in an interrupt.
 */
static inline void compat_lru_drain(void)
{
#if defined(HAVE_FOLIO_BATCH_RELEASE)
	struct folio_batch fbatch;

	folio_batch_init(&fbatch);
	__folio_batch_release(&fbatch);
#elif defined(HAVE_PAGEVEC_RELEASE)
	struct pagevec pvec;

	pagevec_init(&pvec);
	__pagevec_release(&pvec);
#else
#error "filecache: how is a batch of pages released?"
#endif
}

#endif
