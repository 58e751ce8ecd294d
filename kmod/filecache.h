/* SPDX-License-Identifier: GPL-2.0-only */
/* The module's one root object, and the order in which its parts use each other. */
#ifndef FILECACHE_FILECACHE_H
#define FILECACHE_FILECACHE_H

#include "account.h"
#include "events.h"
#include "notify.h"
#include "owner.h"
#include "scan.h"
#include "tag.h"
#include "threshold.h"

#define FILECACHE_VERSION "0.1"

/**
 * struct filecache - everything the module has
 * @tags: which page belongs to whom
 * @accounts: how many pages everybody has
 * @owners: who everybody is
 * @events: where the page cache's events come from
 * @scan: what was found at load
 * @notify: who is to be told of owners' ends
 * @thresholds: numbers of pages that somebody is to be told of
 * @queue: for work that takes long, on whatever CPU
 */
struct filecache {
	struct filecache_tags tags;
	struct filecache_accounts accounts;
	struct filecache_owners owners;
	struct filecache_events events;
	struct filecache_scan scan;
	struct filecache_notify notify;
	struct filecache_thresholds thresholds;
	struct workqueue_struct *queue;
};

extern struct filecache filecache;

#endif
