// SPDX-License-Identifier: GPL-2.0-only
/* Netlink: eviction, and forgetting of the dead. */
#include <linux/filecache.h>
#include <linux/mutex.h>
#include <linux/sched/signal.h>
#include <linux/slab.h>
#include <net/genetlink.h>

#include "evict.h"
#include "filecache.h"
#include "netlink.h"
#include "retag.h"

/* One eviction at a time: each one goes through all tags. */
static DEFINE_MUTEX(evict_lock);

static int set_find(struct genl_info *info, struct filecache_owner_set *set)
{
	int err;

	err = filecache_netlink_set(info->attrs[FILECACHE_A_EVICT_ID],
				    info->attrs[FILECACHE_A_EVICT_PID],
				    false, info->extack, set);
	if (err == -ESRCH)
		GENL_SET_ERR_MSG(info, "no such process; for a dead one, evict by id");
	else if (err == -E2BIG)
		GENL_SET_ERR_MSG(info, "this process has too many owners; evict them by id");
	return err;
}

static int evict_all(struct genl_info *info, struct filecache_evicted *sum)
{
	struct filecache_owner_set *set;
	struct filecache_evicted one;
	unsigned int i;
	int err;

	set = kzalloc(sizeof(*set), GFP_KERNEL);
	if (!set)
		return -ENOMEM;
	err = -EINTR;
	if (mutex_lock_killable(&evict_lock))
		goto out;
	/* Only now: whoever was there when the wait began may be gone. */
	err = set_find(info, set);
	for (i = 0; !err && i < set->nr; i++) {
		err = filecache_evict(set->idx[i], set->id[i], &one);
		sum->evicted += one.evicted;
		sum->kept += one.kept;
	}
	mutex_unlock(&evict_lock);
out:
	kfree(set);
	return err;
}

/** filecache_netlink_evict() - FILECACHE_CMD_EVICT. Return: 0, -errno. */
int filecache_netlink_evict(struct sk_buff *skb, struct genl_info *info)
{
	struct filecache_evicted sum = {};
	struct sk_buff *msg;
	void *header;
	int err;

	if (!netlink_capable(skb, CAP_SYS_ADMIN)) {
		GENL_SET_ERR_MSG(info, "eviction needs CAP_SYS_ADMIN");
		return -EPERM;
	}
	err = evict_all(info, &sum);
	if (err)
		return err;
	msg = filecache_netlink_reply_new(info, &header);
	if (!msg)
		return -ENOMEM;
	if (nla_put_u64_64bit(msg, FILECACHE_A_EVICT_EVICTED, sum.evicted,
			      FILECACHE_A_EVICT_PAD) ||
	    nla_put_u64_64bit(msg, FILECACHE_A_EVICT_KEPT, sum.kept,
			      FILECACHE_A_EVICT_PAD)) {
		nlmsg_free(msg);
		return -EMSGSIZE;
	}
	return filecache_netlink_reply_send(info, msg, header);
}

static int forget(struct genl_info *info, struct filecache_forgotten *ret)
{
	const struct nlattr *id = info->attrs[FILECACHE_A_FORGET_ID];
	int err;

	if (!id == !info->attrs[FILECACHE_A_FORGET_DEAD]) {
		GENL_SET_ERR_MSG(info, "needs an owner's id or all dead ones, and not both");
		return -EINVAL;
	}
	if (!id)
		return filecache_forget_dead(ret);
	err = filecache_forget(nla_get_u64(id), ret);
	if (err == -ENOENT)
		GENL_SET_ERR_MSG(info, "no such owner; it may have been freed");
	else if (err == -EBUSY)
		GENL_SET_ERR_MSG(info, "this owner lives; only dead ones are forgotten");
	return err;
}

/** filecache_netlink_forget() - FILECACHE_CMD_FORGET. Return: 0, -errno. */
int filecache_netlink_forget(struct sk_buff *skb, struct genl_info *info)
{
	struct filecache_forgotten forgotten = {};
	struct sk_buff *msg;
	void *header;
	int err;

	if (!netlink_capable(skb, CAP_SYS_ADMIN)) {
		GENL_SET_ERR_MSG(info, "forgetting needs CAP_SYS_ADMIN");
		return -EPERM;
	}
	err = forget(info, &forgotten);
	if (err)
		return err;
	msg = filecache_netlink_reply_new(info, &header);
	if (!msg)
		return -ENOMEM;
	if (nla_put_u64_64bit(msg, FILECACHE_A_FORGET_PAGES, forgotten.pages,
			      FILECACHE_A_FORGET_PAD) ||
	    nla_put_u32(msg, FILECACHE_A_FORGET_OWNERS, forgotten.owners)) {
		nlmsg_free(msg);
		return -EMSGSIZE;
	}
	return filecache_netlink_reply_send(info, msg, header);
}
