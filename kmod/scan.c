// SPDX-License-Identifier: GPL-2.0-only
/*
 * The search at load: every page that is in the page cache already is counted
 * as the unknown owner's.  The sum over all owners can then be checked against
 * the kernel's own; were unknown computed as what is left over, it could not.
 *
 * It is exact while the page cache changes: events arrive already, a folio
 * cannot come, go or migrate while we hold its lock, and one that migrates
 * from where we have not been to where we have is adopted on its way.
 */
#include <linux/memory_hotplug.h>
#include <linux/mmzone.h>
#include <linux/sched/signal.h>
#include <linux/timekeeping.h>

#include "compat/folio.h"
#include "filecache.h"
#include "page.h"

/* With the folio locked: whether it is really there, not just pointing there. */
static bool folio_cached(struct folio *folio)
{
	struct address_space *mapping;
	bool cached = false;

	rcu_read_lock();
	mapping = compat_mapping(&folio->page);
	if (mapping)
		cached = xa_load(&mapping->i_pages, folio->index) == folio;
	rcu_read_unlock();
	return cached;
}

static int page_scan(struct page *page)
{
	struct folio *folio = (struct folio *)page;
	int err = 0;

	if (!compat_page_candidate(page))
		return 0;
	if (!folio_try_get(folio))
		return 0;
	/* With a reference it stays what it is; it may just have become it. */
	if (!compat_page_candidate(page))
		goto out;
	err = folio_lock_killable(folio);
	if (err)
		goto out;
	if (folio_cached(folio))
		filecache_page_found(folio);
	folio_unlock(folio);
out:
	folio_put(folio);
	return err;
}

static int block_scan(unsigned long pfn, unsigned long end)
{
	int err = 0;

	for (; pfn < end && !err; pfn++) {
		struct page *page = pfn_to_online_page(pfn);

		if (page)
			err = page_scan(page);
	}
	return err;
}

/**
 * filecache_scan_run() - Count what is in the page cache.
 *
 * Context: may sleep; events arrive already.
 * Return: 0; -EINTR when whoever loads the module is killed.
 */
int filecache_scan_run(void)
{
	u64 start = ktime_get_ns();
	int nid, err = 0;

	for_each_online_node(nid) {
		unsigned long pfn = NODE_DATA(nid)->node_start_pfn;
		unsigned long end = pfn + NODE_DATA(nid)->node_spanned_pages;
		unsigned long next;

		for (; pfn < end && !err; pfn = next) {
			next = min(pfn + pageblock_nr_pages, end);
			err = block_scan(pfn, next);
			if (fatal_signal_pending(current))
				err = -EINTR;
			cond_resched();
		}
	}
	filecache.scan.ns = ktime_get_ns() - start;
	WRITE_ONCE(filecache.scan.done, true);
	return err;
}
