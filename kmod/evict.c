// SPDX-License-Identifier: GPL-2.0-only
/*
 * Eviction of one owner's clean pages.  The tags say which pages they are;
 * which file a page belongs to is asked of the page itself, and the kernel's
 * own invalidation does the rest, so that nothing is evicted that drop_caches
 * would not evict.
 */
#include <linux/cpu.h>
#include <linux/fs.h>
#include <linux/memory_hotplug.h>
#include <linux/sched/signal.h>
#include <linux/slab.h>
#include <linux/workqueue.h>

#include "compat/folio.h"
#include "evict.h"
#include "filecache.h"

/* Tags are looked at in pieces of this many pages, between which others run. */
#define EVICT_PIECE 1024

/**
 * struct evict_run - pages that are next to each other in one file
 * @inode: the file, or NULL; held, and its file system held alive
 * @first: its first page
 * @last: its last page
 */
struct evict_run {
	struct inode *inode;
	pgoff_t first;
	pgoff_t last;
};

static void lru_drain_work(struct work_struct *work)
{
	compat_lru_drain();
}

/* Pages in some CPU's LRU batch have a reference too many to be evicted. */
static int lru_drain(void)
{
	struct work_struct __percpu *works;
	int cpu;

	works = alloc_percpu(struct work_struct);
	if (!works)
		return -ENOMEM;
	cpus_read_lock();
	for_each_online_cpu(cpu) {
		INIT_WORK(per_cpu_ptr(works, cpu), lru_drain_work);
		schedule_work_on(cpu, per_cpu_ptr(works, cpu));
	}
	for_each_online_cpu(cpu)
		flush_work(per_cpu_ptr(works, cpu));
	cpus_read_unlock();
	free_percpu(works);
	return 0;
}

static void run_finish(struct evict_run *run)
{
	struct super_block *sb;

	if (!run->inode)
		return;
	invalidate_mapping_pages(run->inode->i_mapping, run->first, run->last);
	sb = run->inode->i_sb;
	iput(run->inode);
	deactivate_super(sb);
	run->inode = NULL;
}

/*
 * Hold the file of a locked folio.  An inode that is held would make an
 * unmount that runs at the same time complain and leave it behind, so the file
 * system is held as well: the unmount then ends in our deactivate_super().
 *
 * Return: the file system if it is held, even where *@ret_inode, being on its
 * way out, is not.
 */
static struct super_block *file_hold(struct inode *inode, struct inode **ret_inode)
{
	struct super_block *sb = inode->i_sb;

	if (!atomic_inc_not_zero(&sb->s_active))
		return NULL;
	*ret_inode = igrab(inode);
	return sb;
}

static bool folio_owned(struct folio *folio, u32 idx)
{
	long i, pages = folio_nr_pages(folio);
	bool owned = true;
	u32 *tag;

	preempt_disable();
	tag = filecache_tag(&filecache.tags, folio_pfn(folio));
	for (i = 0; owned && i < pages; i++)
		owned = tag && READ_ONCE(tag[i]) == idx;
	preempt_enable();
	return owned;
}

/* Make the folio part of the run, or of a new one. */
static void folio_evict(struct folio *folio, u32 idx, struct evict_run *run)
{
	struct address_space *mapping;
	struct super_block *sb = NULL;
	struct evict_run next = {};

	/* Whoever holds the lock is using the page: it is kept. */
	if (!folio_trylock(folio))
		return;
	mapping = compat_mapping(&folio->page);
	/* Of shmem there is no other copy, even where it is clean. */
	if (!mapping || folio_test_swapbacked(folio) || folio_test_dirty(folio) ||
	    folio_test_writeback(folio) || folio_mapped(folio) || !folio_owned(folio, idx))
		goto out;
	next.first = folio->index;
	next.last = folio->index + folio_nr_pages(folio) - 1;
	if (run->inode && run->inode->i_mapping == mapping &&
	    next.first == run->last + 1) {
		run->last = next.last;
	} else if (mapping == mapping->host->i_mapping) {
		sb = file_hold(mapping->host, &next.inode);
	}
out:
	/* What follows may end an unmount, which needs the lock. */
	folio_unlock(folio);
	if (next.inode) {
		run_finish(run);
		*run = next;
	} else if (sb) {
		deactivate_super(sb);
	}
}

static void page_evict(unsigned long pfn, u32 idx, struct evict_run *run)
{
	struct page *page = pfn_to_online_page(pfn);
	struct folio *folio;

	if (!page || !compat_page_candidate(page))
		return;
	folio = (struct folio *)page;
	if (!folio_try_get(folio))
		return;
	if (!compat_page_candidate(page)) {
		folio_put(folio);
		return;
	}
	folio_evict(folio, idx, run);
	folio_put(folio);
}

/*
 * Note which of the pages from pfn on are the owner's.  The chunk may go away
 * as soon as we sleep, so the tags are looked at first and the pages after.
 * Return: 0, or -ENOENT after the last page; *pfn is where to go on.
 */
static int piece_find(unsigned long *pfn, u32 idx, unsigned long *found)
{
	unsigned long base = round_down(*pfn, TAG_CHUNK_PAGES);
	struct tag_chunk *chunk;
	unsigned int i;

	bitmap_zero(found, EVICT_PIECE);
	rcu_read_lock();
	chunk = filecache_tags_next(&base);
	if (!chunk) {
		rcu_read_unlock();
		return -ENOENT;
	}
	*pfn = max(*pfn, base);
	for (i = 0; i < EVICT_PIECE; i++)
		if (READ_ONCE(chunk->tag[*pfn - base + i]) == idx)
			__set_bit(i, found);
	rcu_read_unlock();
	return 0;
}

static int pages_evict(u32 idx)
{
	DECLARE_BITMAP(found, EVICT_PIECE);
	struct evict_run run = {};
	unsigned long pfn = 0;
	unsigned int i;
	int err = 0;

	while (!piece_find(&pfn, idx, found)) {
		for_each_set_bit(i, found, EVICT_PIECE)
			page_evict(pfn + i, idx, &run);
		pfn += EVICT_PIECE;
		if (fatal_signal_pending(current)) {
			err = -EINTR;
			break;
		}
		cond_resched();
	}
	run_finish(&run);
	return err;
}

static int counts_read(u32 idx, struct filecache_counts *ret)
{
	const struct filecache_owner *owner;

	rcu_read_lock();
	owner = xa_load(&filecache.owners.xa, idx);
	if (owner)
		filecache_account_read(owner, ret);
	rcu_read_unlock();
	return owner ? 0 : -ENOENT;
}

/**
 * filecache_evict() - Drop the clean pages of one owner.
 * @idx: index of the owner; should it be freed meanwhile and the index given
 *	 to another one, that one's clean pages go, as they may at any time
 * @ret: what became of its pages
 *
 * Context: may sleep; no locks held.
 * Return: 0; -EINTR when the caller is killed; -ENOMEM.
 */
int filecache_evict(u32 idx, struct filecache_evicted *ret)
{
	struct filecache_counts before, after;
	int err;

	memset(ret, 0, sizeof(*ret));
	if (counts_read(idx, &before))
		return 0;
	if (filecache_counts_pages(&before) <= 0)
		return 0;
	err = lru_drain();
	if (!err)
		err = pages_evict(idx);
	if (counts_read(idx, &after)) {
		/* It lost its last page and was freed. */
		ret->evicted = filecache_counts_pages(&before);
		return err;
	}
	ret->evicted = max_t(s64, after.n[COUNT_REMOVED] - before.n[COUNT_REMOVED], 0);
	ret->kept = max_t(s64, filecache_counts_pages(&after), 0);
	return err;
}
