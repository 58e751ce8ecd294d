// SPDX-License-Identifier: GPL-2.0-only
/*
 * The generic netlink family: see Documentation/netlink/specs/filecache.yaml.
 * Every request is checked for its permission before anything is looked up
 * that an answer could tell, and refused when it has an attribute that its
 * command does not know.
 */
#include <linux/cred.h>
#include <linux/filecache.h>
#include <linux/mutex.h>
#include <linux/pid_namespace.h>
#include <linux/sched/signal.h>
#include <linux/sched/task.h>
#include <net/genetlink.h>
#include <net/sock.h>

#include "compat/netlink.h"
#include "compat/task.h"
#include "evict.h"
#include "filecache.h"
#include "netlink.h"
#include "stats.h"

static struct genl_family filecache_family;

/* One eviction at a time: each one goes through all tags. */
static DEFINE_MUTEX(evict_lock);

/* More owners than this of one process are evicted in several goes. */
#define EVICT_OWNERS 64

static const struct nla_policy owner_policy[FILECACHE_A_OWNER_PID + 1] = {
	[FILECACHE_A_OWNER_ID] = NLA_POLICY_MIN(NLA_U64, 1),
	[FILECACHE_A_OWNER_PID] = NLA_POLICY_MIN(NLA_U32, 1),
};

static const struct nla_policy evict_policy[FILECACHE_A_EVICT_PID + 1] = {
	[FILECACHE_A_EVICT_ID] = NLA_POLICY_MIN(NLA_U64, 1),
	[FILECACHE_A_EVICT_PID] = NLA_POLICY_MIN(NLA_U32, 1),
};

static bool in_init_pid_ns(void)
{
	return task_active_pid_ns(current) == &init_pid_ns;
}

/*
 * Whether the caller may see a process of a user: only that user, and only
 * what that user's own debugger could look into; or the administrator.  Both
 * whoever opened the socket and whoever sends must be that user, lest a
 * privileged program be made to ask.
 */
static int may_see(struct sk_buff *skb, const struct filecache_owner_info *info)
{
	if (!info->private && uid_eq(current_fsuid(), info->uid) &&
	    uid_eq(NETLINK_CB(skb).sk->sk_uid, info->uid))
		return 0;
	return netlink_capable(skb, CAP_NET_ADMIN) ? 0 : -EPERM;
}

static int owner_put_counts(struct sk_buff *msg, const struct filecache_counts *counts)
{
	static const int attr[COUNT_NR] = {
		[COUNT_FILE] = FILECACHE_A_OWNER_FILE_PAGES,
		[COUNT_BLOCKDEV] = FILECACHE_A_OWNER_BLOCKDEV_PAGES,
		[COUNT_SHMEM] = FILECACHE_A_OWNER_SHMEM_PAGES,
		[COUNT_ADDED] = FILECACHE_A_OWNER_ADDED,
		[COUNT_REMOVED] = FILECACHE_A_OWNER_REMOVED,
		[COUNT_MOVED] = FILECACHE_A_OWNER_MOVED,
	};
	int i;

	/* A page may be seen to leave before it is seen to come: never below 0. */
	for (i = 0; i < COUNT_NR; i++)
		if (nla_put_u64_64bit(msg, attr[i], max_t(s64, counts->n[i], 0),
				      FILECACHE_A_OWNER_PAD))
			return -EMSGSIZE;
	return 0;
}

static int owner_put(struct sk_buff *msg, const struct filecache_owner_info *info,
		     u32 pid)
{
	const int pad = FILECACHE_A_OWNER_PAD;

	if (nla_put_u64_64bit(msg, FILECACHE_A_OWNER_ID, info->id, pad) ||
	    nla_put_u32(msg, FILECACHE_A_OWNER_PID, pid) ||
	    nla_put_u64_64bit(msg, FILECACHE_A_OWNER_PARENT_ID, info->parent_id, pad) ||
	    nla_put_u64_64bit(msg, FILECACHE_A_OWNER_PROCESS_START, info->start, pad) ||
	    nla_put_u64_64bit(msg, FILECACHE_A_OWNER_BIRTH, info->birth, pad) ||
	    (info->exit &&
	     nla_put_u64_64bit(msg, FILECACHE_A_OWNER_EXIT, info->exit, pad)) ||
	    nla_put_string(msg, FILECACHE_A_OWNER_COMM, info->comm) ||
	    nla_put_u32(msg, FILECACHE_A_OWNER_UID,
			from_kuid_munged(&init_user_ns, info->uid)) ||
	    nla_put_u64_64bit(msg, FILECACHE_A_OWNER_CGROUP_ID, info->cgroup_id, pad) ||
	    nla_put_u32(msg, FILECACHE_A_OWNER_FLAGS, info->flags) ||
	    nla_put_u32(msg, FILECACHE_A_OWNER_OWNERS, info->owners))
		return -EMSGSIZE;
	return owner_put_counts(msg, &info->counts);
}

/* What a process's own user could see of it. */
static bool task_closed(struct task_struct *task)
{
	bool closed;

	task_lock(task);
	closed = !compat_task_dumpable(task);
	task_unlock(task);
	return closed;
}

/*
 * A number means a process of the caller's pid namespace; one that lives, or
 * else, for a caller who sees all of them, the last one that had the number.
 */
static int find_process(u32 pid, struct filecache_owner_info *ret)
{
	struct task_struct *task;
	int err = 0;

	rcu_read_lock();
	task = pid_task(find_vpid(pid), PIDTYPE_PID);
	if (task) {
		filecache_owner_task_describe(task->group_leader, ret);
		ret->private |= task_closed(task);
	} else if (in_init_pid_ns()) {
		err = filecache_owner_dead_describe(pid, ret);
	} else {
		err = -ESRCH;
	}
	rcu_read_unlock();
	return err;
}

static int find_owner(u64 id, struct filecache_owner_info *ret, u32 *ret_pid)
{
	struct filecache_owner *owner;
	struct task_struct *task;
	int err = -ENOENT;

	rcu_read_lock();
	owner = filecache_owner_by_id(id);
	if (owner) {
		filecache_owner_describe(owner, ret);
		*ret_pid = ret->tgid;
		task = filecache_owner_task(&owner->key);
		if (task)
			ret->private |= task_closed(task);
		/* In another namespace the number is another one, if it has any. */
		if (!in_init_pid_ns())
			*ret_pid = task ? task_tgid_vnr(task) : 0;
		if (in_init_pid_ns() || *ret_pid)
			err = 0;
	}
	rcu_read_unlock();
	return err;
}

static int owner_find(struct genl_info *info, struct filecache_owner_info *ret,
		      u32 *ret_pid)
{
	const struct nlattr *id = info->attrs[FILECACHE_A_OWNER_ID];
	const struct nlattr *pid = info->attrs[FILECACHE_A_OWNER_PID];
	int err;

	if (!id == !pid) {
		GENL_SET_ERR_MSG(info, "needs an owner's id or a pid, and not both");
		return -EINVAL;
	}
	if (id) {
		err = find_owner(nla_get_u64(id), ret, ret_pid);
		if (err)
			GENL_SET_ERR_MSG(info, "no such owner; it may have been freed");
		return err;
	}
	*ret_pid = nla_get_u32(pid);
	err = find_process(*ret_pid, ret);
	if (err)
		GENL_SET_ERR_MSG(info, "no such process, and no dead one owns pages");
	/* A thread's number stands for its process. */
	else if (in_init_pid_ns())
		*ret_pid = ret->tgid;
	return err;
}

static int reply_send(struct genl_info *info, struct sk_buff *msg, void *header)
{
	genlmsg_end(msg, header);
	return genlmsg_reply(msg, info);
}

static struct sk_buff *reply_new(struct genl_info *info, void **ret_header)
{
	struct sk_buff *msg = genlmsg_new(NLMSG_DEFAULT_SIZE, GFP_KERNEL);

	if (!msg)
		return NULL;
	*ret_header = genlmsg_put_reply(msg, info, &filecache_family, 0,
					info->genlhdr->cmd);
	if (!*ret_header) {
		nlmsg_free(msg);
		return NULL;
	}
	return msg;
}

static int owner_get(struct sk_buff *skb, struct genl_info *info)
{
	struct filecache_owner_info owner = {};
	struct sk_buff *msg;
	void *header;
	u32 pid = 0;
	int err;

	err = owner_find(info, &owner, &pid);
	if (err)
		return err;
	err = may_see(skb, &owner);
	if (err) {
		GENL_SET_ERR_MSG(info, "not yours to look into: needs CAP_NET_ADMIN");
		return err;
	}
	msg = reply_new(info, &header);
	if (!msg)
		return -ENOMEM;
	err = owner_put(msg, &owner, pid);
	if (err) {
		nlmsg_free(msg);
		return err;
	}
	return reply_send(info, msg, header);
}

/**
 * struct dump_state - how far a dump is; lives in netlink_callback.ctx
 * @idx: index of the next owner to report
 * @end: id of the first owner that began after the dump did
 */
struct dump_state {
	unsigned long idx;
	u64 end;
};

static struct dump_state *dump_state(struct netlink_callback *cb)
{
	BUILD_BUG_ON(sizeof(struct dump_state) > sizeof(cb->ctx));
	return (struct dump_state *)cb->ctx;
}

static int owner_dump_start(struct netlink_callback *cb)
{
	struct nlattr **attrs = compat_dump_attrs(cb);
	struct dump_state *state = dump_state(cb);

	if (!netlink_capable(cb->skb, CAP_NET_ADMIN)) {
		NL_SET_ERR_MSG(cb->extack, "a list of all owners needs CAP_NET_ADMIN");
		return -EPERM;
	}
	if (attrs && (attrs[FILECACHE_A_OWNER_ID] || attrs[FILECACHE_A_OWNER_PID])) {
		NL_SET_ERR_MSG(cb->extack, "a list of all owners takes no attributes");
		return -EINVAL;
	}
	state->idx = 0;
	state->end = READ_ONCE(filecache.owners.next_id);
	return 0;
}

static int owner_dump_one(struct sk_buff *skb, struct netlink_callback *cb,
			  const struct filecache_owner *owner)
{
	struct filecache_owner_info info;
	void *header;

	header = genlmsg_put(skb, NETLINK_CB(cb->skb).portid, cb->nlh->nlmsg_seq,
			     &filecache_family, NLM_F_MULTI, FILECACHE_CMD_OWNER_GET);
	if (!header)
		return -EMSGSIZE;
	genl_dump_check_consistent(cb, header);
	filecache_owner_describe(owner, &info);
	if (owner_put(skb, &info, info.tgid)) {
		genlmsg_cancel(skb, header);
		return -EMSGSIZE;
	}
	genlmsg_end(skb, header);
	return 0;
}

/*
 * Owners in the order of their indices, which they keep.  One that begins
 * during the dump is left out, so that only owners that are freed make the
 * list a torn one.
 */
static int owner_dump(struct sk_buff *skb, struct netlink_callback *cb)
{
	struct dump_state *state = dump_state(cb);
	const struct filecache_owner *owner;
	unsigned long idx;

	rcu_read_lock();
	/* 0 means to netlink that nothing is known. */
	cb->seq = 2 * READ_ONCE(filecache.owners.freed) + 1;
	xa_for_each_start(&filecache.owners.xa, idx, owner, state->idx) {
		if (owner->id < state->end && owner_dump_one(skb, cb, owner))
			break;
		state->idx = idx + 1;
	}
	rcu_read_unlock();
	return skb->len;
}

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
	    nla_put_u32(msg, FILECACHE_A_STATS_PAGE_SIZE, PAGE_SIZE))
		return -EMSGSIZE;
	return stats_put_pages(msg, &t);
}

static int stats_get(struct sk_buff *skb, struct genl_info *info)
{
	struct sk_buff *msg;
	void *header;
	int err;

	msg = reply_new(info, &header);
	if (!msg)
		return -ENOMEM;
	err = stats_put(msg);
	if (err) {
		nlmsg_free(msg);
		return err;
	}
	return reply_send(info, msg, header);
}

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

static int evict(struct sk_buff *skb, struct genl_info *info)
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
	msg = reply_new(info, &header);
	if (!msg)
		return -ENOMEM;
	if (nla_put_u64_64bit(msg, FILECACHE_A_EVICT_EVICTED, sum.evicted,
			      FILECACHE_A_EVICT_PAD) ||
	    nla_put_u64_64bit(msg, FILECACHE_A_EVICT_KEPT, sum.kept,
			      FILECACHE_A_EVICT_PAD)) {
		nlmsg_free(msg);
		return -EMSGSIZE;
	}
	return reply_send(info, msg, header);
}

static const struct genl_ops filecache_ops[] = {
	{
		.cmd = FILECACHE_CMD_OWNER_GET,
		.policy = owner_policy,
		.maxattr = ARRAY_SIZE(owner_policy) - 1,
		.doit = owner_get,
		.start = owner_dump_start,
		.dumpit = owner_dump,
	},
	{
		.cmd = FILECACHE_CMD_STATS_GET,
		/* No policy: it has no attributes, and every one is refused. */
		.doit = stats_get,
	},
	{
		.cmd = FILECACHE_CMD_EVICT,
		.policy = evict_policy,
		.maxattr = ARRAY_SIZE(evict_policy) - 1,
		.doit = evict,
	},
};

static struct genl_family filecache_family __ro_after_init = {
	.name = FILECACHE_FAMILY_NAME,
	.version = FILECACHE_FAMILY_VERSION,
	.netnsok = true,
	/* An eviction takes its time and must not hold up other families. */
	.parallel_ops = true,
	.ops = filecache_ops,
	.n_ops = ARRAY_SIZE(filecache_ops),
	.module = THIS_MODULE,
};

/** filecache_netlink_init() - Register the family. Return: 0, -errno. */
int filecache_netlink_init(void)
{
	return genl_register_family(&filecache_family);
}

/** filecache_netlink_exit() - Unregister it; no request is under way on return. */
void filecache_netlink_exit(void)
{
	genl_unregister_family(&filecache_family);
}
