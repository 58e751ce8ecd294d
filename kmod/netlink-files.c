// SPDX-License-Identifier: GPL-2.0-only
/* Netlink: of which files an owner, or a process, has pages. */
#include <linux/filecache.h>
#include <linux/limits.h>
#include <linux/pid.h>
#include <linux/sched/signal.h>
#include <linux/slab.h>
#include <net/genetlink.h>

#include "compat/netlink.h"
#include "filecache.h"
#include "files.h"
#include "netlink.h"

/**
 * struct files_dump - a list that is being read; netlink_callback.ctx points to it
 * @files: the list
 * @next: the next one to report, or the list's head at the end
 */
struct files_dump {
	struct filecache_files files;
	struct list_head *next;
};

static struct files_dump **files_dump(struct netlink_callback *cb)
{
	BUILD_BUG_ON(sizeof(struct files_dump *) > sizeof(cb->ctx));
	return (struct files_dump **)cb->ctx;
}

static int set_find(struct netlink_callback *cb, struct filecache_owner_set *set)
{
	struct nlattr **attrs = compat_dump_attrs(cb);
	int err;

	err = filecache_netlink_set(attrs ? attrs[FILECACHE_A_FILE_OWNER_ID] : NULL,
				    attrs ? attrs[FILECACHE_A_FILE_PID] : NULL,
				    true, cb->extack, set);
	if (err == -ESRCH)
		NL_SET_ERR_MSG(cb->extack, "no such process, and no dead one owns pages");
	else if (err == -E2BIG)
		NL_SET_ERR_MSG(cb->extack, "this process has too many owners; ask by their ids");
	return err;
}

/* An index that has changed hands has brought in somebody else's files. */
static bool set_still_there(const struct filecache_owner_set *set)
{
	bool there = true;
	unsigned int i;

	rcu_read_lock();
	for (i = 0; there && i < set->nr; i++)
		there = filecache_owner_at(set->idx[i], set->id[i]);
	rcu_read_unlock();
	return there;
}

static int files_collect(struct netlink_callback *cb, struct files_dump *dump)
{
	struct filecache_owner_set *set;
	int err;

	set = kzalloc(sizeof(*set), GFP_KERNEL);
	if (!set)
		return -ENOMEM;
	err = set_find(cb, set);
	if (err)
		goto out;
	err = filecache_files_find(set->idx, set->nr, &dump->files);
	if (err)
		goto out;
	if (!set_still_there(set)) {
		NL_SET_ERR_MSG(cb->extack, "the owner has been freed meanwhile");
		filecache_files_free(&dump->files);
		err = -ENOENT;
	}
	dump->next = dump->files.list.next;
out:
	kfree(set);
	return err;
}

/** filecache_netlink_files_start() - Make the list. Return: 0, -errno. */
int filecache_netlink_files_start(struct netlink_callback *cb)
{
	struct files_dump *dump;
	int err;

	if (!netlink_capable(cb->skb, CAP_SYS_ADMIN)) {
		NL_SET_ERR_MSG(cb->extack, "a list of files needs CAP_SYS_ADMIN");
		return -EPERM;
	}
	dump = kzalloc(sizeof(*dump), GFP_KERNEL_ACCOUNT);
	if (!dump)
		return -ENOMEM;
	err = files_collect(cb, dump);
	if (err) {
		kfree(dump);
		return err;
	}
	*files_dump(cb) = dump;
	/* Room for the longest path. */
	cb->min_dump_alloc = PATH_MAX + NLMSG_GOODSIZE;
	return 0;
}

/** filecache_netlink_files_done() - The list has been read, or abandoned. Return: 0. */
int filecache_netlink_files_done(struct netlink_callback *cb)
{
	struct files_dump *dump = *files_dump(cb);

	filecache_files_free(&dump->files);
	kfree(dump);
	return 0;
}

static int file_put(struct sk_buff *msg, const struct filecache_file *file)
{
	const int pad = FILECACHE_A_FILE_PAD;

	if (nla_put_u32(msg, FILECACHE_A_FILE_DEV_MAJOR, MAJOR(file->dev)) ||
	    nla_put_u32(msg, FILECACHE_A_FILE_DEV_MINOR, MINOR(file->dev)) ||
	    nla_put_u64_64bit(msg, FILECACHE_A_FILE_INO, file->ino, pad) ||
	    nla_put_u32(msg, FILECACHE_A_FILE_GENERATION, file->generation) ||
	    nla_put_u32(msg, FILECACHE_A_FILE_KIND, file->kind) ||
	    nla_put_u64_64bit(msg, FILECACHE_A_FILE_PAGES, file->pages, pad) ||
	    nla_put_u64_64bit(msg, FILECACHE_A_FILE_INODE_PAGES, file->inode_pages, pad) ||
	    (file->path && nla_put_string(msg, FILECACHE_A_FILE_PATH, file->path)) ||
	    nla_put_u32(msg, FILECACHE_A_FILE_FLAGS, file->flags))
		return -EMSGSIZE;
	return 0;
}

/* @file is NULL when only this is to be said: that it is not all. */
static int file_dump(struct sk_buff *skb, struct netlink_callback *cb,
		     const struct filecache_file *file, bool truncated)
{
	void *header;

	header = genlmsg_put(skb, NETLINK_CB(cb->skb).portid, cb->nlh->nlmsg_seq,
			     &filecache_family, NLM_F_MULTI, FILECACHE_CMD_FILES_GET);
	if (!header)
		return -EMSGSIZE;
	if ((file && file_put(skb, file)) ||
	    (truncated && nla_put_flag(skb, FILECACHE_A_FILE_TRUNCATED))) {
		genlmsg_cancel(skb, header);
		return -EMSGSIZE;
	}
	genlmsg_end(skb, header);
	return 0;
}

/**
 * filecache_netlink_files_dump() - Put as many files into a message as fit.
 * @skb: the message
 * @cb: the dump
 *
 * Return: length of the message, 0 at the end.
 */
int filecache_netlink_files_dump(struct sk_buff *skb, struct netlink_callback *cb)
{
	struct files_dump *dump = *files_dump(cb);
	const struct list_head *end = &dump->files.list;
	const struct filecache_file *file;

	while (dump->next != end) {
		file = list_entry(dump->next, struct filecache_file, list);
		if (file_dump(skb, cb, file, false))
			return skb->len;
		dump->next = dump->next->next;
	}
	if (dump->files.truncated && !file_dump(skb, cb, NULL, true))
		dump->files.truncated = false;
	return skb->len;
}
