// SPDX-License-Identifier: GPL-2.0-only
/* What is known of owners and of processes, for whoever asks. */
#include <linux/cgroup.h>
#include <linux/cred.h>
#include <linux/filecache.h>
#include <linux/sched/signal.h>

#include "filecache.h"

/**
 * filecache_owner_describe_task() - What a process is now.
 * @leader: of the process
 * @info: its uid, cgroup, name and flags are filled in
 *
 * The name may be torn if it is changed at this very moment, as in the
 * kernel's own tracepoints.
 *
 * Context: RCU read side.
 */
void filecache_owner_describe_task(struct task_struct *leader,
				   struct filecache_owner_info *info)
{
	const struct cred *cred = __task_cred(leader);

	info->uid = cred->uid;
	/* Like ptrace: a process that has changed its ids is not its user's own. */
	info->private = !uid_eq(cred->uid, cred->euid) || !uid_eq(cred->uid, cred->suid);
	info->cgroup_id = cgroup_id(task_dfl_cgroup(leader));
	memcpy(info->comm, leader->comm, sizeof(info->comm));
	info->comm[sizeof(info->comm) - 1] = '\0';
	if (leader->flags & PF_KTHREAD)
		info->flags |= FILECACHE_OWNER_FLAG_KTHREAD;
}

/**
 * filecache_owner_describe() - All that is known of an owner.
 * @owner: the owner
 * @ret: filled in
 *
 * An owner whose process lives and runs the same program reports what the
 * process is now; another one what it was.
 *
 * Context: RCU read side.
 */
void filecache_owner_describe(const struct filecache_owner *owner,
			      struct filecache_owner_info *ret)
{
	struct task_struct *leader = NULL;

	memset(ret, 0, sizeof(*ret));
	xa_lock(&filecache.owners.xa);
	ret->exit = owner->exit;
	ret->cgroup_id = owner->cgroup_id;
	ret->uid = owner->uid;
	ret->private = owner->private;
	ret->flags = owner->flags;
	ret->folded = owner->folded;
	memcpy(ret->comm, owner->comm, sizeof(ret->comm));
	xa_unlock(&filecache.owners.xa);

	ret->id = owner->id;
	ret->tgid = owner->key.tgid;
	ret->start = owner->key.start;
	ret->parent_id = owner->parent_id;
	ret->birth = owner->birth;
	ret->owners = 1;
	filecache_account_read(owner, &ret->counts);

	if (ret->exit)
		ret->flags |= FILECACHE_OWNER_FLAG_DEAD;
	else if (ret->tgid)
		leader = filecache_owner_task(&owner->key);
	if (!leader)
		return;
	if (READ_ONCE(leader->self_exec_id) == READ_ONCE(owner->key.exec_id))
		filecache_owner_describe_task(leader, ret);
	else
		ret->flags |= FILECACHE_OWNER_FLAG_EXECED;
}

/**
 * filecache_owner_cgroup() - Which cgroup an owner is in, or was at its end.
 * @owner: the owner
 *
 * Context: RCU read side.
 */
u64 filecache_owner_cgroup(const struct filecache_owner *owner)
{
	struct task_struct *leader = NULL;

	if (!READ_ONCE(owner->exit) && owner->key.tgid)
		leader = filecache_owner_task(&owner->key);
	if (leader && READ_ONCE(leader->self_exec_id) == READ_ONCE(owner->key.exec_id))
		return cgroup_id(task_dfl_cgroup(leader));
	return READ_ONCE(owner->cgroup_id);
}

/*
 * Add up the owners of one process, or those of them that are one user's to
 * see; the newest one gives the description.
 */
static void describe_process(const struct account_key *key, const kuid_t *only,
			     struct filecache_owner_info *sum)
{
	struct filecache_owner_info info;
	struct filecache_counts counts = {};
	const struct filecache_owner *owner;
	u64 birth = U64_MAX;
	u32 owners = 0;
	int i;

	memset(sum, 0, sizeof(*sum));
	hlist_for_each_entry_rcu(owner, filecache_owner_bucket(key), hash) {
		if (!filecache_owner_same_process(&owner->key, key))
			continue;
		filecache_owner_describe(owner, &info);
		if (only && (info.private || !uid_eq(info.uid, *only)))
			continue;
		owners++;
		birth = min(birth, info.birth);
		for (i = 0; i < COUNT_NR; i++)
			counts.n[i] += info.counts.n[i];
		if (info.id > sum->id)
			*sum = info;
	}
	sum->owners = owners;
	sum->birth = owners ? birth : 0;
	sum->counts = counts;
}

/**
 * filecache_owner_task_describe() - The sum over a process's owners.
 * @leader: of the process
 * @only: without what is not this user's to see: it may have been another's
 *	  before it was this one's; NULL for all
 * @ret: filled in; what the process is now, with the sum of its counts
 *
 * Context: RCU read side.
 */
void filecache_owner_task_describe(struct task_struct *leader, const kuid_t *only,
				   struct filecache_owner_info *ret)
{
	struct account_key key = filecache_owner_task_key(leader);

	describe_process(&key, only, ret);
	ret->tgid = key.tgid;
	ret->start = key.start;
	/* Not what the newest owner is: the process may have gone on to exec. */
	ret->flags &= FILECACHE_OWNER_FLAG_DEAD;
	if (!(ret->flags & FILECACHE_OWNER_FLAG_DEAD))
		filecache_owner_describe_task(leader, ret);
}

/**
 * filecache_owner_dead_find() - Which dead process had a number.
 * @tgid: number in the initial pid namespace, of several that have had it the
 *	  one that started last
 * @ret: filled in, but for the exec
 *
 * Context: RCU read side.
 * Return: 0; -ESRCH when no dead process of this number owns or owned pages.
 */
int filecache_owner_dead_find(pid_t tgid, struct account_key *ret)
{
	const struct filecache_owner *owner;
	struct account_key key = { .tgid = tgid };
	bool found = false;

	hlist_for_each_entry_rcu(owner, filecache_owner_bucket(&key), hash) {
		if (owner->key.tgid != tgid || !READ_ONCE(owner->exit) ||
		    (found && owner->key.start < key.start))
			continue;
		key.start = owner->key.start;
		found = true;
	}
	if (!found)
		return -ESRCH;
	*ret = key;
	return 0;
}

/**
 * filecache_owner_dead_describe() - The sum over a dead process's owners.
 * @tgid: see filecache_owner_dead_find()
 * @only: see filecache_owner_task_describe()
 * @ret: filled in
 *
 * Context: RCU read side.
 * Return: 0; -ESRCH when no dead process of this number owns or owned pages, or
 * none that may be seen.
 */
int filecache_owner_dead_describe(pid_t tgid, const kuid_t *only,
				  struct filecache_owner_info *ret)
{
	struct account_key key;
	int err = filecache_owner_dead_find(tgid, &key);

	if (err)
		return err;
	describe_process(&key, only, ret);
	return ret->owners ? 0 : -ESRCH;
}

/**
 * filecache_owner_at() - The owner at an index, unless that is another one's now.
 * @idx: the index
 * @id: of the owner that had it
 *
 * Context: RCU read side.
 * Return: NULL when it has been freed.
 */
const struct filecache_owner *filecache_owner_at(u32 idx, u64 id)
{
	const struct filecache_owner *owner = xa_load(&filecache.owners.xa, idx);

	return owner && owner->id == id ? owner : NULL;
}

/**
 * filecache_owner_set_by_id() - One owner.
 * @id: of the owner
 * @ret: filled in
 *
 * Context: RCU read side.
 * Return: 0; -ENOENT when there is none, or no longer.
 */
int filecache_owner_set_by_id(u64 id, struct filecache_owner_set *ret)
{
	const struct filecache_owner *owner = filecache_owner_by_id(id);

	if (!owner)
		return -ENOENT;
	ret->idx[0] = owner->idx;
	ret->id[0] = id;
	ret->nr = 1;
	return 0;
}

/**
 * filecache_owner_set_by_process() - The owners of one process.
 * @key: of the process, its exec not minded
 * @ret: filled in
 *
 * Context: RCU read side.
 * Return: 0; -E2BIG when there are more than a set holds.
 */
int filecache_owner_set_by_process(const struct account_key *key,
				   struct filecache_owner_set *ret)
{
	const struct filecache_owner *owner;

	ret->nr = 0;
	hlist_for_each_entry_rcu(owner, filecache_owner_bucket(key), hash) {
		if (!filecache_owner_same_process(&owner->key, key))
			continue;
		if (ret->nr == OWNER_SET_MAX)
			return -E2BIG;
		ret->idx[ret->nr] = owner->idx;
		ret->id[ret->nr++] = owner->id;
	}
	return 0;
}
