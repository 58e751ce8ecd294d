// SPDX-License-Identifier: GPL-2.0-only
/*
 * The search at load: every page that is in the page cache already is counted
 * as the unknown owner's.  The sum over all owners can then be checked against
 * the kernel's own; were unknown computed as what is left over, it could not.
 *
 * It is exact while the page cache changes: events arrive already, a folio
 * cannot come, go or migrate while we hold its lock, and one that migrates
 * from where we have not been to where we have is adopted on its way.
 *
 * A folio that stays locked cannot be counted, since it may be about to go or
 * not be there yet; then the module is not loaded.
 */
#define pr_fmt(fmt) KBUILD_MODNAME ": " fmt

#include <linux/fs.h>
#include <linux/kdev_t.h>
#include <linux/memory_hotplug.h>
#include <linux/mmzone.h>
#include <linux/sched/signal.h>
#include <linux/timekeeping.h>

#include "compat/folio.h"
#include "filecache.h"
#include "page.h"

/* Nothing that works keeps a folio locked for so long. */
#define SCAN_PATIENCE_S 30

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

static void folio_complain(struct folio *folio)
{
	struct address_space *mapping;
	unsigned long ino = 0;
	dev_t dev = 0;

	rcu_read_lock();
	mapping = compat_mapping(&folio->page);
	if (mapping && mapping->host) {
		ino = mapping->host->i_ino;
		dev = mapping->host->i_sb->s_dev;
	}
	rcu_read_unlock();
	pr_err("not loaded: a page of inode %lu of device %u:%u has been locked for %u s; does its disk or server hang?\n",
	       ino, MAJOR(dev), MINOR(dev), SCAN_PATIENCE_S);
}

static int folio_lock_patiently(struct folio *folio)
{
	unsigned long end = jiffies + SCAN_PATIENCE_S * HZ;

	while (!folio_trylock(folio)) {
		if (fatal_signal_pending(current))
			return -EINTR;
		if (time_after(jiffies, end)) {
			folio_complain(folio);
			return -EBUSY;
		}
		schedule_timeout_killable(1);
	}
	return 0;
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
	err = folio_lock_patiently(folio);
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
 * Return: 0; -EBUSY when a folio stays locked; -EINTR when whoever loads the
 * module is killed.
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
