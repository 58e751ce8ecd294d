// SPDX-License-Identifier: GPL-2.0-only
/* Up to 6.17: the flags of a folio are a plain word. */
#include <linux/mm_types.h>

unsigned long probe(const struct folio *folio);
unsigned long probe(const struct folio *folio)
{
	return folio->flags & 1UL;
}
