// SPDX-License-Identifier: GPL-2.0-only
/* Netlink: the totals. */
#include <linux/filecache.h>
#include <net/genetlink.h>

#include "filecache.h"
#include "netlink.h"
#include "stats.h"

static int stats_put_pages(struct sk_buff *msg, const struct filecache_totals *t)
{
	const struct {
		int attr;
		u64 value;
	} values[] = {
		{ FILECACHE_A_STATS_OWNED_FILE, t->owned.n[COUNT_FILE] },
		{ FILECACHE_A_STATS_OWNED_BLOCKDEV, t->owned.n[COUNT_BLOCKDEV] },
		{ FILECACHE_A_STATS_OWNED_SHMEM, t->owned.n[COUNT_SHMEM] },
		{ FILECACHE_A_STATS_UNKNOWN_FILE, t->unknown.n[COUNT_FILE] },
		{ FILECACHE_A_STATS_UNKNOWN_BLOCKDEV, t->unknown.n[COUNT_BLOCKDEV] },
		{ FILECACHE_A_STATS_UNKNOWN_SHMEM, t->unknown.n[COUNT_SHMEM] },
		{ FILECACHE_A_STATS_ADDED, t->all.n[COUNT_ADDED] },
		{ FILECACHE_A_STATS_REMOVED, t->all.n[COUNT_REMOVED] },
		{ FILECACHE_A_STATS_MOVED, t->all.n[COUNT_MOVED] },
		{ FILECACHE_A_STATS_UNTAGGED_REMOVED, t->untagged_removed },
		{ FILECACHE_A_STATS_STALE_TAGS, t->stale },
		{ FILECACHE_A_STATS_OVERFLOWED, t->overflowed },
		{ FILECACHE_A_STATS_TAG_BYTES, filecache_tags_bytes() },
		{ FILECACHE_A_STATS_SCANNED, atomic64_read(&filecache.scan.pages) },
		{ FILECACHE_A_STATS_SCAN_NS, filecache.scan.ns },
		{ FILECACHE_A_STATS_UNTAGGABLE, t->untaggable },
		{ FILECACHE_A_STATS_FOLDED, t->folded },
		{ FILECACHE_A_STATS_FORGOTTEN, t->forgotten },
		{ FILECACHE_A_STATS_NOTIFY_LOST, t->notify_lost },
	};
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(values); i++)
		if (nla_put_u64_64bit(msg, values[i].attr, values[i].value,
				      FILECACHE_A_STATS_PAD))
			return -EMSGSIZE;
	return 0;
}

static int stats_put(struct sk_buff *msg)
{
	struct filecache_totals t;

	filecache_totals_read(&t);
	if (nla_put_u32(msg, FILECACHE_A_STATS_OWNERS_LIVE, t.owners_live) ||
	    nla_put_u32(msg, FILECACHE_A_STATS_OWNERS_DEAD, t.owners_dead) ||
	    nla_put_u32(msg, FILECACHE_A_STATS_BLIND, filecache_events_blind()) ||
	    nla_put_u32(msg, FILECACHE_A_STATS_PAGE_SIZE, PAGE_SIZE) ||
	    nla_put_u32(msg, FILECACHE_A_STATS_BUCKETS, t.buckets) ||
	    nla_put_u32(msg, FILECACHE_A_STATS_THRESHOLDS, t.thresholds) ||
	    nla_put_u32(msg, FILECACHE_A_STATS_SOURCES, filecache_events_sources()))
		return -EMSGSIZE;
	return stats_put_pages(msg, &t);
}

/** filecache_netlink_stats_get() - FILECACHE_CMD_STATS_GET. Return: 0, -errno. */
int filecache_netlink_stats_get(struct sk_buff *skb, struct genl_info *info)
{
	struct sk_buff *msg;
	void *header;
	int err;

	msg = filecache_netlink_reply_new(info, &header);
	if (!msg)
		return -ENOMEM;
	err = stats_put(msg);
	if (err) {
		nlmsg_free(msg);
		return err;
	}
	return filecache_netlink_reply_send(info, msg, header);
}
