// SPDX-License-Identifier: GPL-2.0-only
/*
 * Thresholds.  Events know nothing of them and cost no more for them: a work
 * item counts every so often, while there are any, and tells whose has been
 * crossed.  It goes through all owners at most once, whatever the number of
 * thresholds, and takes no more than a small share of a CPU's time.
 */
#include <linux/bsearch.h>
#include <linux/netlink.h>
#include <linux/slab.h>
#include <linux/sort.h>
#include <net/net_namespace.h>

#include "filecache.h"
#include "netlink.h"
#include "pace.h"
#include "threshold.h"

#define THRESHOLDS_MAX		1024
#define THRESHOLDS_SOCKET	64

/* Counting takes at most one part of this many of a CPU's time. */
#define WATCH_SHARE 32

/**
 * struct entry - a threshold in the list
 * @list: its link
 * @threshold: the threshold
 */
struct entry {
	struct list_head list;
	struct filecache_threshold threshold;
};

/**
 * struct cgroup_sum - the pages of all owners of a cgroup
 * @id: of the cgroup
 * @pages: the sum
 */
struct cgroup_sum {
	u64 id;
	s64 pages;
};

static int sum_compare(const void *a, const void *b)
{
	const struct cgroup_sum *x = a, *y = b;

	if (x->id == y->id)
		return 0;
	return x->id < y->id ? -1 : 1;
}

static struct cgroup_sum *sum_find(struct cgroup_sum *sums, unsigned int nr, u64 id)
{
	const struct cgroup_sum key = { .id = id };

	return bsearch(&key, sums, nr, sizeof(*sums), sum_compare);
}

/* Once over all owners; @sums are sorted, and none is there twice. */
static void sums_read(struct cgroup_sum *sums, unsigned int nr)
{
	const struct filecache_owner *owner;
	struct filecache_counts counts;
	struct cgroup_sum *sum;
	unsigned long idx;

	if (!nr)
		return;
	rcu_read_lock();
	xa_for_each(&filecache.owners.xa, idx, owner) {
		sum = sum_find(sums, nr, filecache_owner_cgroup(owner));
		if (sum) {
			filecache_account_read(owner, &counts);
			sum->pages += filecache_counts_pages(&counts);
		}
		if (need_resched()) {
			/* Indices stay what they are while we are away. */
			rcu_read_unlock();
			cond_resched();
			rcu_read_lock();
		}
	}
	rcu_read_unlock();
}

/* Return: whether there is such an owner. */
static bool owner_pages(u64 id, u64 *ret)
{
	const struct filecache_owner *owner;
	struct filecache_counts counts;

	*ret = 0;
	rcu_read_lock();
	owner = filecache_owner_by_id(id);
	if (owner) {
		filecache_account_read(owner, &counts);
		*ret = max_t(s64, filecache_counts_pages(&counts), 0);
	}
	rcu_read_unlock();
	return owner;
}

/* Return: whether it has been crossed. */
static bool threshold_update(struct filecache_threshold *t, u64 now)
{
	/* Not both at once where there is no hysteresis. */
	bool above = now >= t->pages || (t->above && now > t->pages - t->hysteresis);
	bool crossed = above != t->above;

	t->now = now;
	t->above = above;
	return crossed;
}

/*
 * The cgroups that are asked for.  Counting takes its time, and a socket that
 * is closed meanwhile must not wait: so they are copied.
 */
static unsigned int sums_copy(struct filecache_thresholds *all, struct cgroup_sum *sums)
{
	const struct entry *entry;
	unsigned int i, n = 0, nr = 0;

	mutex_lock(&all->lock);
	list_for_each_entry(entry, &all->list, list)
		if (entry->threshold.cgroup_id)
			sums[n++] = (struct cgroup_sum){ .id = entry->threshold.cgroup_id };
	mutex_unlock(&all->lock);
	sort(sums, n, sizeof(*sums), sum_compare, NULL);
	for (i = 0; i < n; i++)
		if (!nr || sums[nr - 1].id != sums[i].id)
			sums[nr++] = sums[i];
	return nr;
}

/* Return: false if nobody could count it, having come meanwhile. */
static bool threshold_count(const struct filecache_threshold *t, struct cgroup_sum *sums,
			    unsigned int nr, u64 *ret)
{
	const struct cgroup_sum *sum;

	if (t->owner_id) {
		owner_pages(t->owner_id, ret);
		return true;
	}
	sum = sum_find(sums, nr, t->cgroup_id);
	if (sum)
		*ret = max_t(s64, sum->pages, 0);
	return sum;
}

/* Messages are made with the lock held and sent without. */
static void crossed_find(struct filecache_thresholds *all, struct cgroup_sum *sums,
			 unsigned int nr, struct sk_buff_head *messages)
{
	struct filecache_threshold was;
	struct entry *entry;
	struct sk_buff *msg;
	u64 now;

	mutex_lock(&all->lock);
	list_for_each_entry(entry, &all->list, list) {
		was = entry->threshold;
		if (!threshold_count(&was, sums, nr, &now) ||
		    !threshold_update(&entry->threshold, now))
			continue;
		msg = filecache_netlink_threshold_message(&entry->threshold);
		if (msg)
			__skb_queue_tail(messages, msg);
		else
			/* No memory to tell it now: it will be found again. */
			entry->threshold = was;
	}
	mutex_unlock(&all->lock);
}

static void watch_again(struct filecache_thresholds *all, unsigned long pause)
{
	mutex_lock(&all->lock);
	if (all->nr && !all->stopped)
		queue_delayed_work(filecache.queue, &all->watch, pause);
	mutex_unlock(&all->lock);
}

static void watch(struct work_struct *work)
{
	struct filecache_thresholds *all = &filecache.thresholds;
	u64 start = filecache_pace_start();
	struct sk_buff_head messages;
	struct cgroup_sum *sums;
	struct sk_buff *msg;
	unsigned int nr;

	__skb_queue_head_init(&messages);
	sums = kvcalloc(THRESHOLDS_MAX, sizeof(*sums), GFP_KERNEL);
	if (sums) {
		nr = sums_copy(all, sums);
		sums_read(sums, nr);
		crossed_find(all, sums, nr, &messages);
		kvfree(sums);
	}
	while ((msg = __skb_dequeue(&messages)))
		filecache_netlink_threshold_send(msg);
	watch_again(all, filecache_pace_pause(start, WATCH_SHARE, READ_ONCE(all->watch_ms)));
}

static int thresholds_check(const struct filecache_thresholds *all, u32 portid)
{
	const struct entry *entry;
	unsigned int n = 0;

	if (all->stopped)
		return -ESHUTDOWN;
	if (all->nr >= THRESHOLDS_MAX)
		return -ENOSPC;
	list_for_each_entry(entry, &all->list, list)
		n += entry->threshold.portid == portid;
	return n >= THRESHOLDS_SOCKET ? -ENOSPC : 0;
}

/* There are too few of them for all numbers to be taken. */
static u32 id_next(struct filecache_thresholds *all)
{
	const struct entry *entry;
	bool taken;

	do {
		taken = !++all->last_id;
		list_for_each_entry(entry, &all->list, list)
			taken |= entry->threshold.id == all->last_id;
	} while (taken);
	return all->last_id;
}

/**
 * filecache_threshold_set() - Have somebody told when pages are many, and few.
 * @threshold: what to tell, and whom; its id, state and count are filled in
 *
 * Return: 0; -ENOENT when there is no such owner; -ENOSPC when there are
 * enough; -ENOMEM; -ESHUTDOWN when the module is being unloaded.
 */
int filecache_threshold_set(struct filecache_threshold *threshold)
{
	struct filecache_thresholds *all = &filecache.thresholds;
	struct cgroup_sum sum = { .id = threshold->cgroup_id };
	struct entry *entry;
	u64 now;
	int err;

	if (threshold->owner_id) {
		if (!owner_pages(threshold->owner_id, &now))
			return -ENOENT;
	} else {
		sums_read(&sum, 1);
		now = max_t(s64, sum.pages, 0);
	}
	threshold_update(threshold, now);

	entry = kzalloc(sizeof(*entry), GFP_KERNEL_ACCOUNT);
	if (!entry)
		return -ENOMEM;
	mutex_lock(&all->lock);
	err = thresholds_check(all, threshold->portid);
	if (!err) {
		threshold->id = id_next(all);
		entry->threshold = *threshold;
		list_add_tail(&entry->list, &all->list);
		all->nr++;
		queue_delayed_work(filecache.queue, &all->watch,
				   msecs_to_jiffies(READ_ONCE(all->watch_ms)));
	}
	mutex_unlock(&all->lock);
	if (err)
		kfree(entry);
	return err;
}

/* @id is 0 for all of the socket's. Return: how many there were. */
static unsigned int thresholds_remove(u32 portid, u32 id)
{
	struct filecache_thresholds *all = &filecache.thresholds;
	struct entry *entry, *next;
	unsigned int n = 0;

	mutex_lock(&all->lock);
	list_for_each_entry_safe(entry, next, &all->list, list) {
		if (entry->threshold.portid != portid || (id && entry->threshold.id != id))
			continue;
		list_del(&entry->list);
		kfree(entry);
		n++;
	}
	all->nr -= n;
	mutex_unlock(&all->lock);
	return n;
}

/**
 * filecache_threshold_del() - Tell no more.
 * @portid: of the socket whose threshold it is
 * @id: of the threshold
 *
 * Return: 0; -ENOENT when this socket has no such one.
 */
int filecache_threshold_del(u32 portid, u32 id)
{
	return thresholds_remove(portid, id) ? 0 : -ENOENT;
}

/* A socket is closed, any socket of netlink's: be quick. */
static int socket_closed(struct notifier_block *nb, unsigned long event, void *data)
{
	const struct netlink_notify *closed = data;

	if (event == NETLINK_URELEASE && closed->protocol == NETLINK_GENERIC &&
	    net_eq(closed->net, &init_net) && READ_ONCE(filecache.thresholds.nr))
		thresholds_remove(closed->portid, 0);
	return NOTIFY_DONE;
}

/** filecache_thresholds_init() - Be ready for thresholds. Return: 0, -errno. */
int filecache_thresholds_init(void)
{
	struct filecache_thresholds *all = &filecache.thresholds;

	mutex_init(&all->lock);
	INIT_LIST_HEAD(&all->list);
	INIT_DELAYED_WORK(&all->watch, watch);
	all->notifier.notifier_call = socket_closed;
	return netlink_register_notifier(&all->notifier);
}

/** filecache_thresholds_stop() - Tell nobody; nothing is under way on return. */
void filecache_thresholds_stop(void)
{
	struct filecache_thresholds *all = &filecache.thresholds;

	mutex_lock(&all->lock);
	all->stopped = true;
	mutex_unlock(&all->lock);
	cancel_delayed_work_sync(&all->watch);
}

/** filecache_thresholds_exit() - Free them all; nobody can set any more. */
void filecache_thresholds_exit(void)
{
	struct entry *entry, *next;

	netlink_unregister_notifier(&filecache.thresholds.notifier);
	list_for_each_entry_safe(entry, next, &filecache.thresholds.list, list)
		kfree(entry);
}
