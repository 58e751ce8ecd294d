// SPDX-License-Identifier: GPL-2.0-only
/*
 * Eviction of one owner's clean pages.  The tags say which pages they are;
 * which file a page belongs to is asked of the page itself, and the kernel's
 * own invalidation does the rest, so that nothing is evicted that drop_caches
 * would not evict.
 */
#include <linux/cpu.h>
#include <linux/fs.h>
#include <linux/slab.h>
#include <linux/workqueue.h>

#include "compat/folio.h"
#include "evict.h"
#include "filecache.h"
#include "pass.h"

/**
 * struct evict_run - pages that are next to each other in one file
 * @inode: the file, or NULL; held
 * @first: its first page
 * @last: its last page
 */
struct evict_run {
	struct inode *inode;
	pgoff_t first;
	pgoff_t last;
};

/**
 * struct evict - an eviction
 * @pass: by which the pages are found
 * @idx: the owner's index
 * @id: its id, as the index may become another owner's
 * @run: what is to be evicted when no folio is locked
 * @next: and what then
 */
struct evict {
	struct filecache_pass pass;
	u32 idx;
	u64 id;
	struct evict_run run;
	struct evict_run next;
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
	if (!run->inode)
		return;
	invalidate_mapping_pages(run->inode->i_mapping, run->first, run->last);
	filecache_pass_release(run->inode);
	run->inode = NULL;
}

static int evict_ready(struct filecache_pass *pass)
{
	struct evict *evict = container_of(pass, struct evict, pass);

	if (evict->next.inode) {
		run_finish(&evict->run);
		swap(evict->run, evict->next);
	}
	return 0;
}

/* Nothing is held for longer than one piece of the pass. */
static void evict_pause(struct filecache_pass *pass)
{
	struct evict *evict = container_of(pass, struct evict, pass);

	run_finish(&evict->run);
	run_finish(&evict->next);
}

/* As long as a page with its tag is locked an owner is not freed. */
static bool folio_owned(struct folio *folio, const struct evict *evict)
{
	long i, pages = folio_nr_pages(folio);
	bool owned = true;
	u32 *tag;

	preempt_disable();
	tag = filecache_tag(&filecache.tags, folio_pfn(folio));
	for (i = 0; owned && i < pages; i++)
		owned = tag && READ_ONCE(tag[i]) == evict->idx;
	preempt_enable();
	if (!owned)
		return false;
	rcu_read_lock();
	owned = filecache_owner_at(evict->idx, evict->id);
	rcu_read_unlock();
	return owned;
}

/* Make the folio part of the run, or of the next one. */
static int folio_evict(struct filecache_pass *pass, struct folio *folio)
{
	struct evict *evict = container_of(pass, struct evict, pass);
	struct address_space *mapping = compat_mapping(&folio->page);
	const pgoff_t last = folio->index + folio_nr_pages(folio) - 1;

	/* Of shmem there is no other copy, even where it is clean. */
	if (folio_test_swapbacked(folio) || folio_test_dirty(folio) ||
	    folio_test_writeback(folio) || folio_mapped(folio) ||
	    !folio_owned(folio, evict))
		return 0;
	if (evict->run.inode && evict->run.inode->i_mapping == mapping &&
	    folio->index == evict->run.last + 1)
		evict->run.last = last;
	else if (mapping == mapping->host->i_mapping && !filecache_pass_hold(mapping->host))
		evict->next = (struct evict_run){ mapping->host, folio->index, last };
	return 0;
}

static int pages_evict(u32 idx, u64 id)
{
	struct evict evict = {
		.pass = {
			.size = idx + 1,
			.ready = evict_ready,
			.visit = folio_evict,
			.pause = evict_pause,
		},
		.idx = idx,
		.id = id,
	};
	unsigned long *wanted;
	int err;

	wanted = kvcalloc(BITS_TO_LONGS(idx + 1), sizeof(*wanted), GFP_KERNEL);
	if (!wanted)
		return -ENOMEM;
	__set_bit(idx, wanted);
	evict.pass.wanted = wanted;
	err = filecache_pass_run(&evict.pass);
	kvfree(wanted);
	return err;
}

static int counts_read(u32 idx, u64 id, struct filecache_counts *ret)
{
	const struct filecache_owner *owner;

	rcu_read_lock();
	owner = filecache_owner_at(idx, id);
	if (owner)
		filecache_account_read(owner, ret);
	/* CPUs count by index: it must have been this owner's to the end. */
	if (owner != filecache_owner_at(idx, id))
		owner = NULL;
	rcu_read_unlock();
	return owner ? 0 : -ENOENT;
}

/**
 * filecache_evict() - Drop the clean pages of one owner.
 * @idx: its index
 * @id: and its id; should it be freed meanwhile and the index given to another
 *	owner, that one keeps its pages
 * @ret: what became of its pages
 *
 * Context: may sleep; no locks held.
 * Return: 0; -EINTR when the caller is killed; -ENOMEM.
 */
int filecache_evict(u32 idx, u64 id, struct filecache_evicted *ret)
{
	struct filecache_counts before, after;
	int err;

	memset(ret, 0, sizeof(*ret));
	if (counts_read(idx, id, &before))
		return 0;
	if (filecache_counts_pages(&before) <= 0)
		return 0;
	err = lru_drain();
	if (!err)
		err = pages_evict(idx, id);
	if (counts_read(idx, id, &after)) {
		/* It lost its last page and was freed. */
		ret->evicted = filecache_counts_pages(&before);
		return err;
	}
	ret->evicted = max_t(s64, after.n[COUNT_REMOVED] - before.n[COUNT_REMOVED], 0);
	ret->kept = max_t(s64, filecache_counts_pages(&after), 0);
	return err;
}
