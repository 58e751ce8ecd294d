// SPDX-License-Identifier: GPL-2.0-only
/* Netlink: one owner, the sum of a process, all owners, and their ends. */
#include <linux/cred.h>
#include <linux/filecache.h>
#include <linux/pid_namespace.h>
#include <linux/sched/signal.h>
#include <linux/sched/task.h>
#include <net/genetlink.h>
#include <net/sock.h>

#include "compat/netlink.h"
#include "compat/task.h"
#include "filecache.h"
#include "netlink.h"

/*
 * Whether a caller who is no administrator may see a process of a user: only
 * that user, and nothing that has changed its ids or may not be dumped.  Both
 * whoever opened the socket and whoever sends must be that user, lest a
 * privileged program be made to ask.
 */
static bool may_see(struct sk_buff *skb, const struct filecache_owner_info *info)
{
	return !info->private && uid_eq(current_fsuid(), info->uid) &&
	       uid_eq(NETLINK_CB(skb).sk->sk_uid, info->uid);
}

/*
 * A list of a hundred thousand owners has nearly two million attributes, so
 * room is asked for once for each owner and not for each attribute.
 */
#define NUMBERS_MAX	17
#define OWNER_ROOM	(NUMBERS_MAX * (nla_total_size(sizeof(u64)) + NLA_HDRLEN) +	\
			 nla_total_size(TASK_COMM_LEN))

static void *put(void *at, int type, const void *data, int len)
{
	struct nlattr *attr = at;

	attr->nla_type = type;
	attr->nla_len = nla_attr_size(len);
	memcpy(nla_data(attr), data, len);
	return at + nla_attr_size(len);
}

static void *put_u32(void *at, int type, u32 value)
{
	return put(at, type, &value, sizeof(value));
}

/* Aligned where the machine needs it, as by nla_put_u64_64bit(). */
static void *put_u64(void *at, int type, u64 value)
{
	if (!IS_ENABLED(CONFIG_HAVE_EFFICIENT_UNALIGNED_ACCESS) &&
	    IS_ALIGNED((unsigned long)at, 8))
		at = put(at, FILECACHE_A_OWNER_PAD, NULL, 0);
	return put(at, type, &value, sizeof(value));
}

static void *put_comm(void *at, const char *comm)
{
	const int len = strnlen(comm, TASK_COMM_LEN - 1) + 1;

	at = put(at, FILECACHE_A_OWNER_COMM, comm, len);
	memset(at, 0, NLA_ALIGN(len) - len);
	return at + NLA_ALIGN(len) - len;
}

static void *put_counts(void *at, const struct filecache_counts *counts)
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
		at = put_u64(at, attr[i], max_t(s64, counts->n[i], 0));
	return at;
}

static int owner_put(struct sk_buff *msg, const struct filecache_owner_info *info,
		     u32 pid)
{
	void *start = skb_tail_pointer(msg), *at = start;

	if (skb_tailroom(msg) < OWNER_ROOM)
		return -EMSGSIZE;
	at = put_u64(at, FILECACHE_A_OWNER_ID, info->id);
	at = put_u32(at, FILECACHE_A_OWNER_PID, pid);
	at = put_u64(at, FILECACHE_A_OWNER_PARENT_ID, info->parent_id);
	at = put_u64(at, FILECACHE_A_OWNER_PROCESS_START, info->start);
	at = put_u64(at, FILECACHE_A_OWNER_BIRTH, info->birth);
	if (info->exit)
		at = put_u64(at, FILECACHE_A_OWNER_EXIT, info->exit);
	at = put_comm(at, info->comm);
	/* In the initial namespace, where every number means itself. */
	at = put_u32(at, FILECACHE_A_OWNER_UID, __kuid_val(info->uid));
	at = put_u64(at, FILECACHE_A_OWNER_CGROUP_ID, info->cgroup_id);
	at = put_u32(at, FILECACHE_A_OWNER_FLAGS, info->flags);
	at = put_u32(at, FILECACHE_A_OWNER_OWNERS, info->owners);
	if (info->folded)
		at = put_u64(at, FILECACHE_A_OWNER_FOLDED, info->folded);
	at = put_counts(at, &info->counts);
	skb_put(msg, at - start);
	return 0;
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
static int find_process(u32 pid, const kuid_t *only, struct filecache_owner_info *ret)
{
	struct task_struct *task;
	int err = 0;

	rcu_read_lock();
	task = pid_task(find_vpid(pid), PIDTYPE_PID);
	if (task) {
		filecache_owner_task_describe(task->group_leader, only, ret);
		ret->private |= task_closed(task);
	} else if (filecache_netlink_in_init_pid_ns()) {
		err = filecache_owner_dead_describe(pid, only, ret);
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
		if (!filecache_netlink_in_init_pid_ns())
			*ret_pid = task ? task_tgid_vnr(task) : 0;
		if (filecache_netlink_in_init_pid_ns() || *ret_pid)
			err = 0;
	}
	rcu_read_unlock();
	return err;
}

/* @all: the caller may see everybody's, and be told what is not there. */
static int owner_find(struct genl_info *info, bool all, struct filecache_owner_info *ret,
		      u32 *ret_pid)
{
	const struct nlattr *id = info->attrs[FILECACHE_A_OWNER_ID];
	const struct nlattr *pid = info->attrs[FILECACHE_A_OWNER_PID];
	const kuid_t uid = current_fsuid();
	int err;

	if (!id == !pid) {
		GENL_SET_ERR_MSG(info, "needs an owner's id or a pid, and not both");
		return -EINVAL;
	}
	if (id) {
		err = find_owner(nla_get_u64(id), ret, ret_pid);
		if (err && !all)
			return -EPERM;
		if (err)
			GENL_SET_ERR_MSG(info, "no such owner; it may have been freed");
		return err;
	}
	*ret_pid = nla_get_u32(pid);
	err = find_process(*ret_pid, all ? NULL : &uid, ret);
	if (err)
		GENL_SET_ERR_MSG(info, "no such process, and no dead one owns pages");
	/* A thread's number stands for its process. */
	else if (filecache_netlink_in_init_pid_ns())
		*ret_pid = ret->tgid;
	return err;
}

/** filecache_netlink_owner_get() - FILECACHE_CMD_OWNER_GET. Return: 0, -errno. */
int filecache_netlink_owner_get(struct sk_buff *skb, struct genl_info *info)
{
	const bool all = netlink_capable(skb, CAP_NET_ADMIN);
	struct filecache_owner_info owner = {};
	struct sk_buff *msg;
	void *header;
	u32 pid = 0;
	int err;

	err = owner_find(info, all, &owner, &pid);
	if (!err && !all && !may_see(skb, &owner))
		err = -EPERM;
	if (err == -EPERM)
		GENL_SET_ERR_MSG(info, "not yours to look into: needs CAP_NET_ADMIN");
	if (err)
		return err;
	msg = filecache_netlink_reply_new(info, &header);
	if (!msg)
		return -ENOMEM;
	err = owner_put(msg, &owner, pid);
	if (err) {
		nlmsg_free(msg);
		return err;
	}
	return filecache_netlink_reply_send(info, msg, header);
}

/**
 * struct dump_state - how far a dump is; lives in netlink_callback.ctx
 * @idx: index of the next owner to report
 * @end: id of the first owner that began after the dump did
 * @ns: pid namespace of who began it; held.  Another one may read on.
 */
struct dump_state {
	unsigned long idx;
	u64 end;
	struct pid_namespace *ns;
};

static struct dump_state *dump_state(struct netlink_callback *cb)
{
	BUILD_BUG_ON(sizeof(struct dump_state) > sizeof(cb->ctx));
	return (struct dump_state *)cb->ctx;
}

/** filecache_netlink_owner_start() - A dump of owners begins. Return: 0, -errno. */
int filecache_netlink_owner_start(struct netlink_callback *cb)
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
	state->ns = get_pid_ns(task_active_pid_ns(current));
	return 0;
}

/** filecache_netlink_owner_done() - The dump ends, or is abandoned. Return: 0. */
int filecache_netlink_owner_done(struct netlink_callback *cb)
{
	put_pid_ns(dump_state(cb)->ns);
	return 0;
}

/*
 * The number of an owner's process in a namespace.  In the initial one the
 * dead have one too, and there are owners that are no process, of number 0.
 * Return: whether the namespace's processes may know of the owner.
 */
static bool owner_number(const struct filecache_owner *owner, struct pid_namespace *ns,
			 u32 *ret)
{
	struct task_struct *task;

	*ret = owner->key.tgid;
	if (ns == &init_pid_ns)
		return true;
	task = *ret ? filecache_owner_task(&owner->key) : NULL;
	*ret = task ? task_tgid_nr_ns(task, ns) : 0;
	return *ret;
}

static int owner_dump_one(struct sk_buff *skb, struct netlink_callback *cb,
			  const struct filecache_owner *owner)
{
	struct filecache_owner_info info;
	void *header;
	u32 pid;

	if (!owner_number(owner, dump_state(cb)->ns, &pid))
		return 0;
	header = genlmsg_put(skb, NETLINK_CB(cb->skb).portid, cb->nlh->nlmsg_seq,
			     &filecache_family, NLM_F_MULTI, FILECACHE_CMD_OWNER_GET);
	if (!header)
		return -EMSGSIZE;
	genl_dump_check_consistent(cb, header);
	filecache_owner_describe(owner, &info);
	if (owner_put(skb, &info, pid)) {
		genlmsg_cancel(skb, header);
		return -EMSGSIZE;
	}
	genlmsg_end(skb, header);
	return 0;
}

/**
 * filecache_netlink_owner_dump() - Put as many owners into a message as fit.
 * @skb: the message
 * @cb: the dump
 *
 * Owners in the order of their indices, which they keep.  One that begins
 * during the dump is left out, so that only owners that are freed, or folded,
 * make the list a torn one.
 *
 * Return: length of the message, 0 at the end.
 */
int filecache_netlink_owner_dump(struct sk_buff *skb, struct netlink_callback *cb)
{
	struct dump_state *state = dump_state(cb);
	XA_STATE(xas, &filecache.owners.xa, state->idx);
	const struct filecache_owner *owner;

	rcu_read_lock();
	/* 0 means to netlink that nothing is known; what is given is even. */
	cb->seq = 2 * READ_ONCE(filecache.owners.freed) +
		  read_seqcount_begin(&filecache.owners.given) + 1;
	/* The whole message is put under RCU, so the walk need not begin anew. */
	xas_for_each(&xas, owner, ULONG_MAX) {
		if (xas_retry(&xas, owner))
			continue;
		if (owner->id < state->end && owner_dump_one(skb, cb, owner))
			break;
		state->idx = xas.xa_index + 1;
	}
	rcu_read_unlock();
	return skb->len;
}

/** filecache_netlink_exit_heard() - Return: whether anybody listens to exits. */
bool filecache_netlink_exit_heard(void)
{
	return genl_has_listeners(&filecache_family, &init_net, FILECACHE_GROUP_EXIT);
}

/**
 * filecache_netlink_exit_send() - Announce an owner's end.
 * @info: what it was and had
 *
 * Return: 0, also if nobody listens; -ENOMEM.
 */
int filecache_netlink_exit_send(const struct filecache_owner_info *info)
{
	struct sk_buff *msg = genlmsg_new(NLMSG_DEFAULT_SIZE, GFP_KERNEL);
	void *header;

	if (!msg)
		return -ENOMEM;
	header = genlmsg_put(msg, 0, 0, &filecache_family, 0,
			     FILECACHE_CMD_OWNER_EXIT_NTF);
	if (!header || owner_put(msg, info, info->tgid)) {
		nlmsg_free(msg);
		return -ENOMEM;
	}
	genlmsg_end(msg, header);
	/* A listener who is too slow is told so by its socket: ENOBUFS. */
	genlmsg_multicast_netns(&filecache_family, &init_net, msg, 0,
				FILECACHE_GROUP_EXIT, GFP_KERNEL);
	return 0;
}
