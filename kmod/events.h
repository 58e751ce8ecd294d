/* SPDX-License-Identifier: GPL-2.0-only */
/* How the page cache's events arrive. */
#ifndef FILECACHE_EVENTS_H
#define FILECACHE_EVENTS_H

#include <linux/types.h>

/**
 * struct filecache_events - which events arrive
 * @sources: enum filecache_source; after load only PROC changes
 * @shmem: all that happens to shmem is seen, so it is counted; never changes
 *	   while events arrive
 */
struct filecache_events {
	u32 sources;
	bool shmem;
};

int filecache_events_init(void);
void filecache_events_exit(void);
u32 filecache_events_blind(void);
u32 filecache_events_sources(void);

#endif
