/* SPDX-License-Identifier: GPL-2.0-only */
/* What an event of the page cache means: handlers of tracepoints, and more. */
#ifndef FILECACHE_PAGE_H
#define FILECACHE_PAGE_H

#include "account.h"

struct folio;

void filecache_page_added(void *data, struct folio *folio);
void filecache_page_deleted(void *data, struct folio *folio);
void filecache_page_migrated(void *data, struct folio *new, struct folio *old);
void filecache_page_replaced(void *data, struct folio *old, struct folio *new);
void filecache_page_collapsed(void *data, struct folio *new, struct folio *old,
			      unsigned long offset);
unsigned long filecache_page_found(struct folio *folio);
bool filecache_page_seen(struct folio *folio);
enum filecache_counter filecache_page_kind(struct folio *folio);
void filecache_page_memory_gone(const u32 *tag, unsigned long pages);

#endif
