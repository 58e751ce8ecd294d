// SPDX-License-Identifier: GPL-2.0-only
/* Netlink: eviction, and forgetting of the dead. */
#include <linux/filecache.h>
#include <linux/mutex.h>
#include <linux/sched/signal.h>
#include <net/genetlink.h>

#include "evict.h"
#include "filecache.h"
#include "netlink.h"
#include "retag.h"

/* One eviction at a time: each one goes through all tags. */
static DEFINE_MUTEX(evict_lock);

/* More owners than this of one process are evicted in several goes. */
#define EVICT_OWNERS 64

/* Return: how many there are, perhaps more than @max; -ENOENT, -ESRCH. */
static int evict_find(struct genl_info *info, u32 *idx, unsigned int max)
{
	const struct nlattr *id = info->attrs[FILECACHE_A_EVICT_ID];
	struct filecache_owner *owner;
	struct task_struct *task;
	int n;

	rcu_read_lock();
	if (id) {
		owner = filecache_owner_by_id(nla_get_u64(id));
		n = owner ? 1 : -ENOENT;
		if (owner)
			idx[0] = owner->idx;
	} else {
		task = pid_task(find_vpid(nla_get_u32(info->attrs[FILECACHE_A_EVICT_PID])),
				PIDTYPE_PID);
		n = -ESRCH;
		if (task)
			n = filecache_owner_indices(task->tgid,
						    task->group_leader->start_boottime,
						    idx, max);
	}
	rcu_read_unlock();
	return n;
}

static int evict_all(struct genl_info *info, struct filecache_evicted *sum)
{
	struct filecache_evicted one;
	u32 idx[EVICT_OWNERS];
	int i, n, err = 0;

	n = evict_find(info, idx, EVICT_OWNERS);
	if (n < 0) {
		if (n == -ENOENT)
			GENL_SET_ERR_MSG(info, "no such owner; it may have been freed");
		else
			GENL_SET_ERR_MSG(info, "no such process; for a dead one, evict by id");
		return n;
	}
	if (n > EVICT_OWNERS) {
		GENL_SET_ERR_MSG(info, "this process has too many owners; evict them by id");
		return -E2BIG;
	}
	if (mutex_lock_killable(&evict_lock))
		return -EINTR;
	for (i = 0; i < n && !err; i++) {
		err = filecache_evict(idx[i], &one);
		sum->evicted += one.evicted;
		sum->kept += one.kept;
	}
	mutex_unlock(&evict_lock);
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
	if (!info->attrs[FILECACHE_A_EVICT_ID] == !info->attrs[FILECACHE_A_EVICT_PID]) {
		GENL_SET_ERR_MSG(info, "needs an owner's id or a pid, and not both");
		return -EINVAL;
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
