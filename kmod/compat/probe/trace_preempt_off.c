// SPDX-License-Identifier: GPL-2.0-only
/* Up to 6.12: one macro calls a tracepoint's handlers, with preemption off. */
#include <trace/events/filemap.h>

void probe(struct folio *folio);
void probe(struct folio *folio)
{
	__DO_TRACE(mm_filemap_add_to_page_cache, TP_ARGS(folio), 1, 0);
}
