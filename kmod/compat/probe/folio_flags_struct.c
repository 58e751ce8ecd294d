// SPDX-License-Identifier: GPL-2.0-only
/* 6.18 API change: the flags of a folio are a struct around the word. */
#include <linux/mm_types.h>

unsigned long probe(const struct folio *folio);
unsigned long probe(const struct folio *folio)
{
	return folio->flags.f & 1UL;
}
