/* SPDX-License-Identifier: GPL-2.0-only */
/* The module's totals, for all interfaces. */
#ifndef FILECACHE_STATS_H
#define FILECACHE_STATS_H

#include "account.h"

/**
 * struct filecache_totals - what the whole module knows
 * @owners_live: owners whose process has not ended
 * @owners_dead: the others
 * @buckets: those that stand for folded ones
 * @thresholds: how many are set
 * @owned: counts of all owners but the unknown one, pages only
 * @unknown: counts of the unknown owner, pages only
 * @all: counts of everybody
 * @untagged_removed: pages that left without a tag; 0 when exact
 * @untaggable: pages that came while their memory had no tags
 * @stale: pages that came with somebody's tag on them; 0 when exact
 * @overflowed: pages charged to nobody for lack of memory
 * @folded: owners that were ever folded
 * @forgotten: pages that were ever made unknown on request
 * @notify_lost: ends of owners that nobody was told of
 */
struct filecache_totals {
	u32 owners_live;
	u32 owners_dead;
	u32 buckets;
	u32 thresholds;
	struct filecache_counts owned;
	struct filecache_counts unknown;
	struct filecache_counts all;
	u64 untagged_removed;
	u64 untaggable;
	u64 stale;
	u64 overflowed;
	u64 folded;
	u64 forgotten;
	u64 notify_lost;
};

void filecache_totals_read(struct filecache_totals *ret);

#endif
