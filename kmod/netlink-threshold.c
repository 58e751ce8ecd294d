// SPDX-License-Identifier: GPL-2.0-only
/*
 * Netlink: thresholds.  They are told of in the initial network namespace
 * alone, where nobody may listen but the administrator.
 */
#include <linux/filecache.h>
#include <net/genetlink.h>

#include "filecache.h"
#include "netlink.h"
#include "threshold.h"

/* "Below" begins so much under "above", unless the client says otherwise. */
#define HYSTERESIS_SHARE 16

static int state_put(struct sk_buff *msg, const struct filecache_threshold *t)
{
	if (nla_put_u32(msg, FILECACHE_A_THRESHOLD_ID, t->id) ||
	    nla_put_u32(msg, FILECACHE_A_THRESHOLD_STATE, t->above) ||
	    nla_put_u64_64bit(msg, FILECACHE_A_THRESHOLD_NOW, t->now,
			      FILECACHE_A_THRESHOLD_PAD))
		return -EMSGSIZE;
	return 0;
}

static int threshold_put(struct sk_buff *msg, const struct filecache_threshold *t)
{
	const int pad = FILECACHE_A_THRESHOLD_PAD;

	if ((t->owner_id &&
	     nla_put_u64_64bit(msg, FILECACHE_A_THRESHOLD_OWNER_ID, t->owner_id, pad)) ||
	    (t->cgroup_id &&
	     nla_put_u64_64bit(msg, FILECACHE_A_THRESHOLD_CGROUP_ID, t->cgroup_id, pad)) ||
	    nla_put_u64_64bit(msg, FILECACHE_A_THRESHOLD_PAGES, t->pages, pad) ||
	    nla_put_u64_64bit(msg, FILECACHE_A_THRESHOLD_HYSTERESIS, t->hysteresis, pad))
		return -EMSGSIZE;
	return state_put(msg, t);
}

static int threshold_allowed(struct sk_buff *skb, struct genl_info *info)
{
	if (!netlink_capable(skb, CAP_NET_ADMIN)) {
		GENL_SET_ERR_MSG(info, "thresholds need CAP_NET_ADMIN");
		return -EPERM;
	}
	if (!net_eq(genl_info_net(info), &init_net)) {
		GENL_SET_ERR_MSG(info, "only in the initial network namespace is anybody told");
		return -EOPNOTSUPP;
	}
	return 0;
}

static int threshold_parse(struct genl_info *info, struct filecache_threshold *ret)
{
	const struct nlattr *owner = info->attrs[FILECACHE_A_THRESHOLD_OWNER_ID];
	const struct nlattr *cgroup = info->attrs[FILECACHE_A_THRESHOLD_CGROUP_ID];
	const struct nlattr *pages = info->attrs[FILECACHE_A_THRESHOLD_PAGES];
	const struct nlattr *hysteresis = info->attrs[FILECACHE_A_THRESHOLD_HYSTERESIS];

	if (!owner == !cgroup) {
		GENL_SET_ERR_MSG(info, "needs an owner's id or a cgroup's, and not both");
		return -EINVAL;
	}
	if (!pages) {
		GENL_SET_ERR_MSG(info, "needs a number of pages");
		return -EINVAL;
	}
	*ret = (struct filecache_threshold){
		.portid = info->snd_portid,
		.owner_id = owner ? nla_get_u64(owner) : 0,
		.cgroup_id = cgroup ? nla_get_u64(cgroup) : 0,
		.pages = nla_get_u64(pages),
	};
	ret->hysteresis = hysteresis ? nla_get_u64(hysteresis) :
				       ret->pages / HYSTERESIS_SHARE;
	if (ret->hysteresis > ret->pages) {
		GENL_SET_ERR_MSG(info, "the hysteresis is more than the pages");
		return -EINVAL;
	}
	return 0;
}

static int threshold_set(struct genl_info *info, struct filecache_threshold *t)
{
	int err = filecache_threshold_set(t);

	if (err == -ENOENT)
		GENL_SET_ERR_MSG(info, "no such owner; it may have been freed");
	else if (err == -ENOSPC)
		GENL_SET_ERR_MSG(info, "too many thresholds; remove one first");
	return err;
}

/** filecache_netlink_threshold_set() - FILECACHE_CMD_THRESHOLD_SET. Return: 0, -errno. */
int filecache_netlink_threshold_set(struct sk_buff *skb, struct genl_info *info)
{
	struct filecache_threshold t;
	struct sk_buff *msg;
	void *header;
	int err;

	err = threshold_allowed(skb, info);
	if (!err)
		err = threshold_parse(info, &t);
	if (err)
		return err;
	/* First the memory: a threshold whose number nobody has could not be removed. */
	msg = filecache_netlink_reply_new(info, &header);
	if (!msg)
		return -ENOMEM;
	err = threshold_set(info, &t);
	if (err)
		goto err_free;
	err = state_put(msg, &t);
	if (err) {
		filecache_threshold_del(t.portid, t.id);
		goto err_free;
	}
	return filecache_netlink_reply_send(info, msg, header);

err_free:
	nlmsg_free(msg);
	return err;
}

/** filecache_netlink_threshold_del() - FILECACHE_CMD_THRESHOLD_DEL. Return: 0, -errno. */
int filecache_netlink_threshold_del(struct sk_buff *skb, struct genl_info *info)
{
	const struct nlattr *id = info->attrs[FILECACHE_A_THRESHOLD_ID];
	int err;

	err = threshold_allowed(skb, info);
	if (err)
		return err;
	if (!id) {
		GENL_SET_ERR_MSG(info, "needs a threshold's id");
		return -EINVAL;
	}
	err = filecache_threshold_del(info->snd_portid, nla_get_u32(id));
	if (err)
		GENL_SET_ERR_MSG(info, "this socket has no such threshold");
	return err;
}

/**
 * filecache_netlink_threshold_message() - Say that a threshold has been crossed.
 * @t: the threshold
 *
 * Return: the message, for filecache_netlink_threshold_send(); NULL when there
 * is no memory.
 */
struct sk_buff *filecache_netlink_threshold_message(const struct filecache_threshold *t)
{
	struct sk_buff *msg = genlmsg_new(NLMSG_DEFAULT_SIZE, GFP_KERNEL);
	void *header;

	if (!msg)
		return NULL;
	header = genlmsg_put(msg, 0, 0, &filecache_family, 0, FILECACHE_CMD_THRESHOLD_NTF);
	if (!header || threshold_put(msg, t)) {
		nlmsg_free(msg);
		return NULL;
	}
	genlmsg_end(msg, header);
	return msg;
}

/** filecache_netlink_threshold_send() - Send what has been said. */
void filecache_netlink_threshold_send(struct sk_buff *msg)
{
	/* A listener who is too slow is told so by its socket: ENOBUFS. */
	genlmsg_multicast_netns(&filecache_family, &init_net, msg, 0,
				FILECACHE_GROUP_THRESHOLD, GFP_KERNEL);
}
