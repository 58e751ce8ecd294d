// SPDX-License-Identifier: GPL-2.0-only
/* 6.17 API change: the low bits of a mapping are named after the folio. */
#include <linux/page-flags.h>

unsigned long probe(const struct page *page);
unsigned long probe(const struct page *page)
{
	return (unsigned long)page->mapping & FOLIO_MAPPING_FLAGS;
}
