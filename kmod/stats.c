// SPDX-License-Identifier: GPL-2.0-only
/* The module's totals, added up when somebody asks. */
#include "filecache.h"
#include "stats.h"

/**
 * filecache_totals_read() - Add everything up.
 * @ret: the totals; exact when the page cache is at rest, otherwise each is
 *	 as of some moment of its own
 *
 * Numbers of pages are never negative here: a page may be seen to leave one
 * CPU's books before it is seen to enter another's.
 */
void filecache_totals_read(struct filecache_totals *ret)
{
	struct filecache_owners *owners = &filecache.owners;
	struct filecache_counts overflow;
	int i;

	memset(ret, 0, sizeof(*ret));
	filecache_account_read(&owners->unknown, &ret->unknown);
	filecache_account_read(&owners->overflow, &overflow);
	filecache_account_read_all(&ret->all);
	for (i = 0; i < COUNT_ADDED; i++) {
		ret->unknown.n[i] = max_t(s64, ret->unknown.n[i], 0);
		ret->owned.n[i] = max_t(s64, ret->all.n[i] - ret->unknown.n[i], 0);
	}
	ret->owners_live = READ_ONCE(owners->live);
	ret->owners_dead = READ_ONCE(owners->dead);
	ret->untagged_removed = atomic64_read(&filecache.accounts.untagged_removed);
	ret->untaggable = atomic64_read(&filecache.accounts.untaggable);
	ret->stale = atomic64_read(&filecache.accounts.stale);
	ret->overflowed = overflow.n[COUNT_ADDED];
	ret->buckets = READ_ONCE(owners->buckets);
	ret->folded = READ_ONCE(owners->folded);
	ret->forgotten = atomic64_read(&owners->forgotten);
	ret->thresholds = READ_ONCE(filecache.thresholds.nr);
	ret->notify_lost = atomic64_read(&filecache.notify.lost);
}
