// SPDX-License-Identifier: GPL-2.0-only
/* 6.13 API change: tracepoints use guards, by 7.2 one that allows preemption. */
#include <trace/events/filemap.h>

void probe(struct folio *folio);
void probe(struct folio *folio)
{
	__do_trace_mm_filemap_add_to_page_cache(folio);
}
