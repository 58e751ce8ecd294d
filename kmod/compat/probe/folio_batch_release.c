// SPDX-License-Identifier: GPL-2.0-only
/* 6.5 API change: pagevecs are gone, batches of folios are released. */
#include <linux/writeback.h>

void probe(struct folio_batch *fbatch);
void probe(struct folio_batch *fbatch)
{
	folio_batch_init(fbatch);
	__folio_batch_release(fbatch);
}
