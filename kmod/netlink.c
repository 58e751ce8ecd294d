// SPDX-License-Identifier: GPL-2.0-only
/*
 * The generic netlink family: see Documentation/netlink/specs/filecache.yaml.
 * Every request is checked for its permission before anything is looked up
 * that an answer could tell, and refused when it has an attribute that its
 * command does not know.
 */
#include <linux/filecache.h>
#include <linux/pid_namespace.h>
#include <linux/sched/signal.h>
#include <net/genetlink.h>

#include "filecache.h"
#include "netlink.h"

static const struct nla_policy owner_policy[FILECACHE_A_OWNER_PID + 1] = {
	[FILECACHE_A_OWNER_ID] = NLA_POLICY_MIN(NLA_U64, 1),
	[FILECACHE_A_OWNER_PID] = NLA_POLICY_MIN(NLA_U32, 1),
};

static const struct nla_policy evict_policy[FILECACHE_A_EVICT_PID + 1] = {
	[FILECACHE_A_EVICT_ID] = NLA_POLICY_MIN(NLA_U64, 1),
	[FILECACHE_A_EVICT_PID] = NLA_POLICY_MIN(NLA_U32, 1),
};

static const struct nla_policy forget_policy[FILECACHE_A_FORGET_DEAD + 1] = {
	[FILECACHE_A_FORGET_ID] = NLA_POLICY_MIN(NLA_U64, 1),
	[FILECACHE_A_FORGET_DEAD] = { .type = NLA_FLAG },
};

static const struct nla_policy files_policy[FILECACHE_A_FILE_PID + 1] = {
	[FILECACHE_A_FILE_OWNER_ID] = NLA_POLICY_MIN(NLA_U64, 1),
	[FILECACHE_A_FILE_PID] = NLA_POLICY_MIN(NLA_U32, 1),
};

static const struct nla_policy set_policy[FILECACHE_A_THRESHOLD_HYSTERESIS + 1] = {
	[FILECACHE_A_THRESHOLD_ID] = { .type = NLA_REJECT },
	[FILECACHE_A_THRESHOLD_OWNER_ID] = NLA_POLICY_MIN(NLA_U64, 1),
	[FILECACHE_A_THRESHOLD_CGROUP_ID] = NLA_POLICY_MIN(NLA_U64, 1),
	[FILECACHE_A_THRESHOLD_PAGES] = NLA_POLICY_MIN(NLA_U64, 1),
	[FILECACHE_A_THRESHOLD_HYSTERESIS] = { .type = NLA_U64 },
};

static const struct nla_policy del_policy[FILECACHE_A_THRESHOLD_ID + 1] = {
	[FILECACHE_A_THRESHOLD_ID] = NLA_POLICY_MIN(NLA_U32, 1),
};

static const struct genl_ops filecache_ops[] = {
	{
		.cmd = FILECACHE_CMD_OWNER_GET,
		.policy = owner_policy,
		.maxattr = ARRAY_SIZE(owner_policy) - 1,
		.doit = filecache_netlink_owner_get,
		.start = filecache_netlink_owner_start,
		.dumpit = filecache_netlink_owner_dump,
		.done = filecache_netlink_owner_done,
	},
	{
		.cmd = FILECACHE_CMD_STATS_GET,
		/* No policy: it has no attributes, and every one is refused. */
		.doit = filecache_netlink_stats_get,
	},
	{
		.cmd = FILECACHE_CMD_EVICT,
		.policy = evict_policy,
		.maxattr = ARRAY_SIZE(evict_policy) - 1,
		.doit = filecache_netlink_evict,
	},
	{
		.cmd = FILECACHE_CMD_FORGET,
		.policy = forget_policy,
		.maxattr = ARRAY_SIZE(forget_policy) - 1,
		.doit = filecache_netlink_forget,
	},
	{
		.cmd = FILECACHE_CMD_FILES_GET,
		.policy = files_policy,
		.maxattr = ARRAY_SIZE(files_policy) - 1,
		.start = filecache_netlink_files_start,
		.dumpit = filecache_netlink_files_dump,
		.done = filecache_netlink_files_done,
	},
	{
		.cmd = FILECACHE_CMD_THRESHOLD_SET,
		.policy = set_policy,
		.maxattr = ARRAY_SIZE(set_policy) - 1,
		.doit = filecache_netlink_threshold_set,
	},
	{
		.cmd = FILECACHE_CMD_THRESHOLD_DEL,
		.policy = del_policy,
		.maxattr = ARRAY_SIZE(del_policy) - 1,
		.doit = filecache_netlink_threshold_del,
	},
};

/*
 * The capability is asked for in the user namespace of the listener's network
 * namespace.  Nothing is ever sent but in the initial one.
 */
static const struct genl_multicast_group filecache_groups[] = {
	[FILECACHE_GROUP_EXIT] = {
		.name = FILECACHE_MCGRP_EXIT,
		.flags = GENL_MCAST_CAP_NET_ADMIN,
	},
	[FILECACHE_GROUP_THRESHOLD] = {
		.name = FILECACHE_MCGRP_THRESHOLD,
		.flags = GENL_MCAST_CAP_NET_ADMIN,
	},
};

/*
 * What all commands are commands of.  Whatever answers a request, or begins a
 * dump, holds up all of generic netlink while a family is being registered or
 * unregistered: that waits for those who are at it, and everybody who comes
 * later waits for that.  So nothing here may wait for what need not ever
 * happen, such as that a page is unlocked; and what may take minutes, that is
 * to evict and to forget, ends when who asked for it is killed.
 */
struct genl_family filecache_family __ro_after_init = {
	.name = FILECACHE_FAMILY_NAME,
	.version = FILECACHE_FAMILY_VERSION,
	.netnsok = true,
	/* Requests run side by side, as an eviction takes its time. */
	.parallel_ops = true,
	.ops = filecache_ops,
	.n_ops = ARRAY_SIZE(filecache_ops),
	.mcgrps = filecache_groups,
	.n_mcgrps = ARRAY_SIZE(filecache_groups),
	.module = THIS_MODULE,
};

/** filecache_netlink_in_init_pid_ns() - Return: whether the caller sees all pids. */
bool filecache_netlink_in_init_pid_ns(void)
{
	return task_active_pid_ns(current) == &init_pid_ns;
}

/*
 * A number means a process of the caller's pid namespace; one that lives, or
 * else, for a caller who sees all of them, the last one that had the number.
 */
static int set_by_pid(u32 pid, bool dead_too, struct filecache_owner_set *ret)
{
	struct task_struct *task = pid_task(find_vpid(pid), PIDTYPE_PID);
	struct account_key key;
	int err = -ESRCH;

	if (task) {
		key = filecache_owner_task_key(task);
		err = 0;
	} else if (dead_too && filecache_netlink_in_init_pid_ns()) {
		err = filecache_owner_dead_find(pid, &key);
	}
	return err ?: filecache_owner_set_by_process(&key, ret);
}

/**
 * filecache_netlink_set() - The owners that a request is about.
 * @id: the attribute that has an owner's id, or NULL
 * @pid: the one that has a process's number, or NULL
 * @dead_too: the process may be a dead one
 * @extack: told when there is no such owner, or not one attribute
 * @ret: filled in
 *
 * Return: 0; -EINVAL unless there is one of @id and @pid; -ENOENT without such
 * an owner; -ESRCH without such a process; -E2BIG when it has more owners than
 * a set holds.
 */
int filecache_netlink_set(const struct nlattr *id, const struct nlattr *pid,
			  bool dead_too, struct netlink_ext_ack *extack,
			  struct filecache_owner_set *ret)
{
	int err;

	if (!id == !pid) {
		NL_SET_ERR_MSG(extack, "needs an owner's id or a pid, and not both");
		return -EINVAL;
	}
	rcu_read_lock();
	err = id ? filecache_owner_set_by_id(nla_get_u64(id), ret) :
		   set_by_pid(nla_get_u32(pid), dead_too, ret);
	rcu_read_unlock();
	if (err == -ENOENT)
		NL_SET_ERR_MSG(extack, "no such owner; it may have been freed");
	return err;
}

/**
 * filecache_netlink_reply_new() - Begin an answer.
 * @info: the request
 * @ret_header: for filecache_netlink_reply_send()
 *
 * Return: NULL when there is no memory.
 */
struct sk_buff *filecache_netlink_reply_new(struct genl_info *info, void **ret_header)
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

/** filecache_netlink_reply_send() - Send an answer. Return: 0, -errno. */
int filecache_netlink_reply_send(struct genl_info *info, struct sk_buff *msg,
				 void *header)
{
	genlmsg_end(msg, header);
	return genlmsg_reply(msg, info);
}

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
