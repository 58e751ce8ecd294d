/* SPDX-License-Identifier: GPL-2.0-only */
/* How the page cache's events arrive. */
#ifndef FILECACHE_EVENTS_H
#define FILECACHE_EVENTS_H

#include <linux/types.h>

struct folio;
struct tracepoint;

/**
 * struct filecache_events - the tracepoints that we are at
 * @add: a folio enters the page cache
 * @delete: a folio leaves it
 * @exit: a thread ends
 */
struct filecache_events {
	struct tracepoint *add;
	struct tracepoint *delete;
	struct tracepoint *exit;
};

int filecache_events_init(void);
void filecache_events_exit(void);
u32 filecache_events_blind(void);
unsigned long filecache_event_found(struct folio *folio);

#endif
