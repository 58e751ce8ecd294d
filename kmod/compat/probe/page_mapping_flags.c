// SPDX-License-Identifier: GPL-2.0-only
/* Up to 6.16: the low bits of a page's mapping are named after the page. */
#include <linux/page-flags.h>

unsigned long probe(const struct page *page);
unsigned long probe(const struct page *page)
{
	return (unsigned long)page->mapping & PAGE_MAPPING_FLAGS;
}
