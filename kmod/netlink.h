/* SPDX-License-Identifier: GPL-2.0-only */
/* The generic netlink family: one file for each kind of commands. */
#ifndef FILECACHE_NETLINK_H
#define FILECACHE_NETLINK_H

#include <linux/types.h>

struct filecache_owner_info;
struct filecache_owner_set;
struct filecache_threshold;
struct genl_family;
struct genl_info;
struct netlink_callback;
struct netlink_ext_ack;
struct nlattr;
struct sk_buff;

/**
 * enum filecache_group - who is told of what
 * @FILECACHE_GROUP_EXIT: owners' ends
 * @FILECACHE_GROUP_THRESHOLD: thresholds that are crossed
 */
enum filecache_group {
	FILECACHE_GROUP_EXIT,
	FILECACHE_GROUP_THRESHOLD,
};

extern struct genl_family filecache_family;

int filecache_netlink_init(void);
void filecache_netlink_exit(void);
bool filecache_netlink_in_init_pid_ns(void);
int filecache_netlink_set(const struct nlattr *id, const struct nlattr *pid,
			  bool dead_too, struct netlink_ext_ack *extack,
			  struct filecache_owner_set *ret);
struct sk_buff *filecache_netlink_reply_new(struct genl_info *info, void **ret_header);
int filecache_netlink_reply_send(struct genl_info *info, struct sk_buff *msg,
				 void *header);

int filecache_netlink_owner_get(struct sk_buff *skb, struct genl_info *info);
int filecache_netlink_owner_start(struct netlink_callback *cb);
int filecache_netlink_owner_dump(struct sk_buff *skb, struct netlink_callback *cb);
int filecache_netlink_owner_done(struct netlink_callback *cb);
bool filecache_netlink_exit_heard(void);
int filecache_netlink_exit_send(const struct filecache_owner_info *info);

int filecache_netlink_stats_get(struct sk_buff *skb, struct genl_info *info);

int filecache_netlink_evict(struct sk_buff *skb, struct genl_info *info);
int filecache_netlink_forget(struct sk_buff *skb, struct genl_info *info);

int filecache_netlink_files_start(struct netlink_callback *cb);
int filecache_netlink_files_dump(struct sk_buff *skb, struct netlink_callback *cb);
int filecache_netlink_files_done(struct netlink_callback *cb);

int filecache_netlink_threshold_set(struct sk_buff *skb, struct genl_info *info);
int filecache_netlink_threshold_del(struct sk_buff *skb, struct genl_info *info);
struct sk_buff *filecache_netlink_threshold_message(const struct filecache_threshold *t);
void filecache_netlink_threshold_send(struct sk_buff *msg);

#endif
