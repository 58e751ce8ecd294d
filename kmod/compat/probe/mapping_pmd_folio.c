// SPDX-License-Identifier: GPL-2.0-only
/* By 7.2, API change: files of all file systems with huge folios are collapsed. */
#include <linux/pagemap.h>

bool probe(const struct address_space *mapping);
bool probe(const struct address_space *mapping)
{
	return mapping_pmd_folio_support(mapping);
}
