/* SPDX-License-Identifier: GPL-2.0-only */
/* Numbers of pages whose being reached is announced. */
#ifndef FILECACHE_THRESHOLD_H
#define FILECACHE_THRESHOLD_H

#include <linux/list.h>
#include <linux/mutex.h>
#include <linux/notifier.h>
#include <linux/types.h>
#include <linux/workqueue.h>

/**
 * struct filecache_threshold - what a client wants to be told
 * @id: given by us
 * @portid: of the socket that it belongs to
 * @owner_id: whose pages; 0 for those of a cgroup
 * @cgroup_id: of which cgroup's owners
 * @pages: so many, or more, are above
 * @hysteresis: so much less than @pages, or still less, is below
 * @above: what was told last
 * @now: pages when they were counted last
 */
struct filecache_threshold {
	u32 id;
	u32 portid;
	u64 owner_id;
	u64 cgroup_id;
	u64 pages;
	u64 hysteresis;
	bool above;
	u64 now;
};

/**
 * struct filecache_thresholds - all of them
 * @lock: protects the list and what is in it
 * @list: of them
 * @nr: how many there are
 * @last_id: the last one given
 * @stopped: nobody is told any more
 * @watch: compares the counts with them, while there are any
 * @watch_ms: how often
 * @notifier: tells us of sockets that are closed
 */
struct filecache_thresholds {
	struct mutex lock;	/* the list, and what is in it */
	struct list_head list;
	unsigned int nr;
	u32 last_id;
	bool stopped;
	struct delayed_work watch;
	unsigned int watch_ms;
	struct notifier_block notifier;
};

int filecache_thresholds_init(void);
void filecache_thresholds_stop(void);
void filecache_thresholds_exit(void);
int filecache_threshold_set(struct filecache_threshold *threshold);
int filecache_threshold_del(u32 portid, u32 id);

#endif
