/* SPDX-License-Identifier: GPL-2.0-only */
/* Dropping one owner's clean pages: a drop_caches for one owner. */
#ifndef FILECACHE_EVICT_H
#define FILECACHE_EVICT_H

#include <linux/types.h>

/**
 * struct filecache_evicted - what became of an owner's pages
 * @evicted: pages of it that left the page cache meanwhile
 * @kept: pages that it still has: dirty, under writeback, mapped, locked,
 *	  shared with another owner, or newly come
 */
struct filecache_evicted {
	u64 evicted;
	u64 kept;
};

int filecache_evict(u32 idx, u64 id, struct filecache_evicted *ret);

#endif
