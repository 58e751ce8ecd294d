// SPDX-License-Identifier: GPL-2.0-only
/*
 * Announcing owners' ends.  A process that exits only puts its owners into a
 * queue, of which they bring the links themselves, so that this cannot fail;
 * a work item describes them and sends, with no lock held.
 */
#include "filecache.h"
#include "netlink.h"
#include "notify.h"

static void announce(struct work_struct *work)
{
	struct filecache_notify *notify = container_of(work, struct filecache_notify, work);
	struct llist_node *first = llist_reverse_order(llist_del_all(&notify->exits));
	struct filecache_owner_info info;
	struct filecache_owner *owner, *next;

	llist_for_each_entry_safe(owner, next, first, announce) {
		rcu_read_lock();
		filecache_owner_describe(owner, &info);
		rcu_read_unlock();
		/* From here on it may be freed; pairs with the reaper's lock. */
		smp_store_release(&owner->queued, false);
		if (filecache_netlink_exit_send(&info))
			atomic64_inc(&notify->lost);
		cond_resched();
	}
}

/**
 * filecache_notify_exit() - Have an owner's end announced, if anybody listens.
 * @owner: whose process has ended
 *
 * Context: the xarray's lock.
 */
void filecache_notify_exit(struct filecache_owner *owner)
{
	struct filecache_notify *notify = &filecache.notify;

	if (!READ_ONCE(notify->on) || !filecache_netlink_exit_heard())
		return;
	owner->queued = true;
	/* Whoever finds the queue empty starts the work, which empties it. */
	if (llist_add(&owner->announce, &notify->exits))
		queue_work(filecache.queue, &notify->work);
}

/** filecache_notify_start() - Announce from now on; the family is there. */
void filecache_notify_start(void)
{
	INIT_WORK(&filecache.notify.work, announce);
	/* Pairs with the check in filecache_notify_exit(), under a lock. */
	xa_lock(&filecache.owners.xa);
	filecache.notify.on = true;
	xa_unlock(&filecache.owners.xa);
}

/** filecache_notify_stop() - Announce no more; nothing is under way on return. */
void filecache_notify_stop(void)
{
	xa_lock(&filecache.owners.xa);
	filecache.notify.on = false;
	xa_unlock(&filecache.owners.xa);
	flush_work(&filecache.notify.work);
}
