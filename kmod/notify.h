/* SPDX-License-Identifier: GPL-2.0-only */
/* Telling of owners' ends. */
#ifndef FILECACHE_NOTIFY_H
#define FILECACHE_NOTIFY_H

#include <linux/atomic.h>
#include <linux/llist.h>
#include <linux/types.h>
#include <linux/workqueue.h>

struct filecache_owner;

/**
 * struct filecache_notify - what it takes to tell
 * @on: there is a family through which to tell
 * @exits: owners whose end is to be told of
 * @work: tells
 * @lost: ends that were not told of for want of memory
 */
struct filecache_notify {
	bool on;
	struct llist_head exits;
	struct work_struct work;
	atomic64_t lost;
};

void filecache_notify_start(void);
void filecache_notify_stop(void);
void filecache_notify_exit(struct filecache_owner *owner);

#endif
