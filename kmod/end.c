// SPDX-License-Identifier: GPL-2.0-only
/* The end of an owner: what is remembered of its process, and how it is taken out. */
#include <linux/cred.h>
#include <linux/filecache.h>
#include <linux/sched/signal.h>
#include <linux/timekeeping.h>

#include "compat/task.h"
#include "filecache.h"

/**
 * filecache_owner_remember() - Write down what the current process is.
 * @owner: its owner
 * @leader: its leader, perhaps a zombie
 *
 * Context: nobody can find the owner yet, or the xarray's lock.
 */
void filecache_owner_remember(struct filecache_owner *owner, struct task_struct *leader)
{
	struct filecache_owner_info info = {};

	rcu_read_lock();
	filecache_owner_describe_task(leader, &info);
	rcu_read_unlock();
	/*
	 * Of an exiting process it may not be known: then as it was when it was
	 * looked for last.  What another user has brought in is not its user's.
	 */
	owner->private |= info.private || !compat_task_dumpable(current) ||
			  (owner->id && !uid_eq(owner->uid, info.uid));
	owner->uid = info.uid;
	owner->cgroup_id = info.cgroup_id;
	owner->flags |= info.flags;
	memcpy(owner->comm, info.comm, sizeof(owner->comm));
}

/**
 * filecache_owner_end() - Note that an owner's process has ended.
 * @owner: the owner
 *
 * Context: the xarray's lock.
 */
void filecache_owner_end(struct filecache_owner *owner)
{
	struct filecache_owners *owners = &filecache.owners;

	lockdep_assert_held(&owners->xa.xa_lock);
	if (owner->exit)
		return;
	owner->exit = ktime_get_boottime_ns();
	owners->live--;
	owners->dead++;
	owners->ends++;
	if (list_empty(&owner->dead))
		list_add_tail(&owner->dead, &owners->dead_list);
	else
		owners->superseded--;
	filecache_notify_exit(owner);
}

/* Write down what the process was, for the time when nobody can ask it. */
static void owner_end(struct filecache_owner *owner, struct task_struct *leader,
		      u64 exec_id)
{
	lockdep_assert_held(&filecache.owners.xa.xa_lock);
	if (owner->exit)
		return;
	if (owner->key.exec_id == exec_id)
		filecache_owner_remember(owner, leader);
	else
		owner->flags |= FILECACHE_OWNER_FLAG_EXECED;
	filecache_owner_end(owner);
}

/**
 * filecache_owner_unlink() - Take an owner out of all but the hash by key.
 * @owner: the owner, which nobody can find by its key any more
 *
 * Context: the xarray's lock.
 */
void filecache_owner_unlink(struct filecache_owner *owner)
{
	struct filecache_owners *owners = &filecache.owners;

	lockdep_assert_held(&owners->xa.xa_lock);
	hlist_del_rcu(&owner->by_id);
	if (!owner->exit && !list_empty(&owner->dead))
		owners->superseded--;
	list_del(&owner->dead);
	__xa_erase(&owners->xa, owner->idx);
	if (owner->flags & FILECACHE_OWNER_FLAG_FOLDED)
		owners->buckets--;
	else if (!owner->key.tgid)
		owners->cgroups--;
	else if (owner->exit)
		owners->dead--;
	else
		owners->live--;
	owners->freed++;
}

/**
 * filecache_owner_task_exit() - Note that a thread ends, perhaps the last one.
 * @task: the thread, which must be current
 *
 * Context: preemption off.
 */
void filecache_owner_task_exit(struct task_struct *task)
{
	struct filecache_owner *owner;
	struct account_key key;

	/* Two last threads may both see 0: the second one changes nothing. */
	if (atomic_read(&task->signal->live))
		return;
	key = filecache_owner_task_key(task);
	if (hlist_empty(filecache_owner_bucket(&key)))
		return;
	xa_lock(&filecache.owners.xa);
	hlist_for_each_entry(owner, filecache_owner_bucket(&key), hash)
		if (filecache_owner_same_process(&owner->key, &key))
			owner_end(owner, task->group_leader, key.exec_id);
	xa_unlock(&filecache.owners.xa);
}
