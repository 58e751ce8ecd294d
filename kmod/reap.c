// SPDX-License-Identifier: GPL-2.0-only
/*
 * The reaper: frees owners that can own no page any more, so that a program
 * that starts others by the thousand does not fill memory with their names.
 *
 * An owner may go when its process is gone or has executed another program,
 * and it has no pages.  It is taken out of the hash table first; then every
 * CPU's books are flushed, after which none of them remembers it; if it still
 * has no pages, none can come, no tag holds its index, and it is freed.
 */
#include <linux/rculist.h>
#include <linux/slab.h>
#include <linux/timekeeping.h>

#include "filecache.h"
#include "fold.h"
#include "pace.h"

/* Not more than this in one go, so that the lists stay short. */
#define REAP_BATCH 512

/* Looking for them takes at most one part of this many of a CPU's time. */
#define REAP_SHARE 32

/* An owner that was out of the hash table when its process's end was announced. */
static void owner_end_late(struct filecache_owner *owner)
{
	xa_lock(&filecache.owners.xa);
	filecache_owner_end(owner);
	xa_unlock(&filecache.owners.xa);
}

/* Whether its process can bring in no more pages under this owner's name. */
static bool owner_over(struct filecache_owner *owner)
{
	const struct task_struct *leader;

	/* What stands for a cgroup, or for folded owners, can begin again. */
	if (!owner->key.tgid)
		return true;
	leader = filecache_owner_task(&owner->key);
	if (!leader && !owner->exit)
		owner_end_late(owner);
	return !leader || READ_ONCE(leader->self_exec_id) != READ_ONCE(owner->key.exec_id);
}

/*
 * As many pages as there are tags with its index, whatever their kind: of a tag
 * that was left behind it is a guess.
 */
static bool owner_empty(const struct filecache_owner *owner)
{
	struct filecache_counts counts;

	filecache_account_read(owner, &counts);
	return !filecache_counts_pages(&counts);
}

/* Out of the hash table, unless somebody is still to be told of its end. */
static bool owner_take(struct filecache_owner *owner)
{
	bool taken;

	xa_lock(&filecache.owners.xa);
	taken = !owner->queued;
	if (taken)
		hlist_del_init_rcu(&owner->hash);
	xa_unlock(&filecache.owners.xa);
	return taken;
}

/* Take candidates out of the hash table, from *idx on. */
static unsigned int collect(unsigned long *idx, struct list_head *list)
{
	struct filecache_owner *owner;
	unsigned int n = 0;

	rcu_read_lock();
	xa_for_each_start(&filecache.owners.xa, *idx, owner, *idx) {
		if (owner_over(owner) && owner_empty(owner) && owner_take(owner)) {
			list_add_tail(&owner->reap, list);
			if (++n == REAP_BATCH)
				break;
		}
		if (need_resched()) {
			/* Indices stay what they are while we are away. */
			rcu_read_unlock();
			cond_resched();
			rcu_read_lock();
		}
	}
	rcu_read_unlock();
	return n;
}

static void owner_free(struct filecache_owner *owner)
{
	xa_lock(&filecache.owners.xa);
	filecache_owner_unlink(owner);
	xa_unlock(&filecache.owners.xa);
	kfree_rcu(owner, rcu);
}

/* It has got pages after all, from an event that was under way. */
static void owner_return(struct filecache_owner *owner)
{
	xa_lock(&filecache.owners.xa);
	hlist_add_head_rcu(&owner->hash, filecache_owner_bucket(&owner->key));
	xa_unlock(&filecache.owners.xa);
}

/* Free all owners that may go. */
static void owners_reap(void)
{
	struct filecache_owner *owner, *next;
	unsigned long idx = TAG_FIRST;
	unsigned int n;
	LIST_HEAD(list);

	lockdep_assert_held(&filecache.owners.lock);
	do {
		n = collect(&idx, &list);
		if (!n)
			break;
		filecache_accounts_flush();
		list_for_each_entry_safe(owner, next, &list, reap) {
			list_del(&owner->reap);
			if (owner_empty(owner))
				owner_free(owner);
			else
				owner_return(owner);
		}
		idx++;
	} while (n == REAP_BATCH);
}

/*
 * A CPU holds the credentials of whom it met last, and with them a user
 * namespace and keys, which should not outlive their process for long.
 */
static void cpus_forget(void)
{
	struct filecache_owners *owners = &filecache.owners;
	unsigned int ends = READ_ONCE(owners->ends);

	if (ends == owners->flushed)
		return;
	filecache_accounts_flush();
	owners->flushed = ends;
}

static void reap(struct work_struct *work)
{
	u64 start = filecache_pace_start();

	mutex_lock(&filecache.owners.lock);
	cpus_forget();
	owners_reap();
	if (filecache_fold())
		owners_reap();
	mutex_unlock(&filecache.owners.lock);
	queue_delayed_work(filecache.queue, &filecache.owners.reaper,
			   filecache_pace_pause(start, REAP_SHARE,
						READ_ONCE(filecache.owners.reap_ms)));
}

/** filecache_reaper_start() - Start to free owners. */
void filecache_reaper_start(void)
{
	INIT_DEFERRABLE_WORK(&filecache.owners.reaper, reap);
	queue_delayed_work(filecache.queue, &filecache.owners.reaper,
			   msecs_to_jiffies(filecache.owners.reap_ms));
}

/** filecache_reaper_stop() - Stop to; owners are freed no more. */
void filecache_reaper_stop(void)
{
	cancel_delayed_work_sync(&filecache.owners.reaper);
}
