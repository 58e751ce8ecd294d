// SPDX-License-Identifier: GPL-2.0-only
/*
 * Owners: how they begin, end and are found.  An owner is a thread group
 * between two execs, told by its number, its start and the kernel's count of
 * its execs; so no reference to a task or pid is held, and no hook in exec is
 * needed: the first page after it brings a new owner.
 */
#include <linux/cgroup.h>
#include <linux/cred.h>
#include <linux/filecache.h>
#include <linux/hash.h>
#include <linux/mm.h>
#include <linux/pid.h>
#include <linux/pid_namespace.h>
#include <linux/sched/coredump.h>
#include <linux/sched/signal.h>
#include <linux/sched/task.h>
#include <linux/slab.h>
#include <linux/timekeeping.h>

#include "compat/memcg.h"
#include "compat/task.h"
#include "faults.h"
#include "filecache.h"

/* An ancestor further away than this does not count as one. */
#define ANCESTORS_MAX 64

/**
 * filecache_owner_bucket() - Where owners of a process, or a stand-in, are.
 * @key: of the process, its exec not minded; or of the stand-in
 */
struct hlist_head *filecache_owner_bucket(const struct account_key *key)
{
	u32 hash = key->tgid ? hash_32(key->tgid, OWNER_HASH_BITS) :
		   hash_64(key->start + 31 * key->exec_id, OWNER_HASH_BITS);

	return &filecache.owners.hash[hash];
}

static struct hlist_head *id_bucket(u64 id)
{
	return &filecache.owners.by_id[hash_64(id, OWNER_HASH_BITS)];
}

/** filecache_owner_task_key() - Return: who owns what a task brings in. */
struct account_key filecache_owner_task_key(struct task_struct *task)
{
	const struct task_struct *leader = READ_ONCE(task->group_leader);

	return (struct account_key){
		.tgid = task->tgid,
		.start = READ_ONCE(leader->start_boottime),
		.exec_id = READ_ONCE(leader->self_exec_id),
	};
}

/**
 * filecache_owner_task() - The leader of the process that an owner is part of.
 * @key: who the owner is
 *
 * Context: RCU read side.
 * Return: NULL when the process has been reaped.
 */
struct task_struct *filecache_owner_task(const struct account_key *key)
{
	struct task_struct *task;

	task = pid_task(find_pid_ns(key->tgid, &init_pid_ns), PIDTYPE_TGID);
	return task && READ_ONCE(task->start_boottime) == key->start ? task : NULL;
}

/**
 * filecache_owner_by_key() - Find an owner by who it is.
 * @key: who it is
 *
 * Context: RCU read side, or the xarray's lock.
 * Return: NULL when there is none.
 */
struct filecache_owner *filecache_owner_by_key(const struct account_key *key)
{
	struct filecache_owner *owner;

	hlist_for_each_entry_rcu(owner, filecache_owner_bucket(key), hash,
				 lockdep_is_held(&filecache.owners.xa.xa_lock))
		if (filecache_owner_same_process(&owner->key, key) &&
		    READ_ONCE(owner->key.exec_id) == key->exec_id)
			return owner;
	return NULL;
}

/* The newest owner of the nearest ancestor that has one. */
static u64 ancestor_id(void)
{
	const struct filecache_owner *owner;
	struct task_struct *task = current;
	struct account_key key;
	u64 id = 0;
	int i;

	rcu_read_lock();
	for (i = 0; i < ANCESTORS_MAX && !id && task->pid; i++) {
		task = READ_ONCE(rcu_dereference(task->real_parent)->group_leader);
		key = filecache_owner_task_key(task);
		/* The idle task's number is that of owners which are no process. */
		if (!key.tgid)
			break;
		hlist_for_each_entry_rcu(owner, filecache_owner_bucket(&key), hash)
			if (filecache_owner_same_process(&owner->key, &key))
				id = max(id, owner->id);
	}
	rcu_read_unlock();
	return id;
}

/*
 * The owner of the same process from before its last exec, which is among the
 * first in the list.  It gets no more pages: it may be folded like a dead one, or
 * a process that did nothing but exec could use up all room for owners.
 */
static void supersede(const struct account_key *key)
{
	struct filecache_owners *owners = &filecache.owners;
	struct filecache_owner *owner;

	lockdep_assert_held(&owners->xa.xa_lock);
	hlist_for_each_entry(owner, filecache_owner_bucket(key), hash) {
		if (!filecache_owner_same_process(&owner->key, key) ||
		    !list_empty(&owner->dead))
			continue;
		owner->flags |= FILECACHE_OWNER_FLAG_EXECED;
		list_add_tail(&owner->dead, &owners->dead_list);
		owners->superseded++;
		owners->ends++;
		return;
	}
}

static bool owners_full(void)
{
	const struct filecache_owners *owners = &filecache.owners;

	return READ_ONCE(owners->live) + READ_ONCE(owners->dead) +
	       READ_ONCE(owners->cgroups) >= READ_ONCE(owners->max);
}

/*
 * The owner that a process goes on with when it has too many already: they are
 * gone through for its first page on every CPU, and whenever it is asked for.
 */
static struct filecache_owner *owner_go_on(const struct filecache_owner *next)
{
	struct filecache_owner *owner, *newest = NULL;
	unsigned int n = 0;

	hlist_for_each_entry(owner, filecache_owner_bucket(&next->key), hash) {
		if (!filecache_owner_same_process(&owner->key, &next->key))
			continue;
		n++;
		if (list_empty(&owner->dead))
			newest = owner;
	}
	if (n < OWNERS_PER_PROCESS || !newest)
		return NULL;
	newest->private |= next->private || !uid_eq(newest->uid, next->uid);
	newest->uid = next->uid;
	/* Whoever looks for it without the lock finds it, or asks for the lock. */
	WRITE_ONCE(newest->key.exec_id, next->key.exec_id);
	return newest;
}

/* Enter it unless somebody else was faster. */
static u32 owner_enter(struct filecache_owner *owner)
{
	struct filecache_owners *owners = &filecache.owners;
	struct filecache_owner *other;

	lockdep_assert_held(&owners->xa.xa_lock);
	other = filecache_owner_by_key(&owner->key);
	if (!other && owner->key.tgid)
		other = owner_go_on(owner);
	if (other)
		return other->idx;
	/* Folding is what makes room: it must not fail for want of room. */
	if ((!(owner->flags & FILECACHE_OWNER_FLAG_FOLDED) && owners_full()) ||
	    __xa_alloc(&owners->xa, &owner->idx, owner, XA_LIMIT(TAG_FIRST, S32_MAX),
		       GFP_ATOMIC | __GFP_NOWARN)) {
		/* It is written even when the allocation fails. */
		owner->idx = TAG_NONE;
		return TAG_OVERFLOW;
	}
	owners->top = max(owners->top, owner->idx + 1);
	owner->id = owners->next_id++;
	if (owner->flags & FILECACHE_OWNER_FLAG_FOLDED)
		owners->buckets++;
	else if (!owner->key.tgid)
		owners->cgroups++;
	else
		owners->live++;
	if (owner->key.tgid)
		supersede(&owner->key);
	hlist_add_head_rcu(&owner->hash, filecache_owner_bucket(&owner->key));
	hlist_add_head_rcu(&owner->by_id, id_bucket(owner->id));
	return owner->idx;
}

/* Return: its index, or that of who was there first, which replaces it. */
static u32 owner_add(struct filecache_owner *owner)
{
	u32 idx;

	xa_lock(&filecache.owners.xa);
	idx = owner_enter(owner);
	/* A process that reads on after its end was announced. */
	if (owner->idx != TAG_NONE && owner->key.tgid &&
	    !atomic_read(&current->signal->live))
		filecache_owner_end(owner);
	xa_unlock(&filecache.owners.xa);
	/* Not entered: nobody has seen it. */
	if (owner->idx == TAG_NONE)
		kfree(owner);
	return idx;
}

static struct filecache_owner *owner_alloc(const struct account_key *key, gfp_t gfp)
{
	struct filecache_owner *owner = kzalloc(sizeof(*owner), gfp | __GFP_NOWARN);

	if (!owner)
		return NULL;
	owner->key = *key;
	owner->birth = ktime_get_boottime_ns();
	INIT_LIST_HEAD(&owner->dead);
	return owner;
}

static u32 owner_create(const struct account_key *key)
{
	struct filecache_owner *owner;

	/* It comes here for every page then. */
	if (owners_full() || fault_strikes(FAULT_OWNER))
		return TAG_OVERFLOW;
	owner = owner_alloc(key, GFP_ATOMIC);
	if (!owner)
		return TAG_OVERFLOW;
	owner->parent_id = ancestor_id();
	filecache_owner_remember(owner, current->group_leader);
	return owner_add(owner);
}

/**
 * filecache_owner_stand_in() - Find or begin an owner that is no process.
 * @key: what it stands for, with a thread group of 0
 * @cgroup_id: in which cgroup
 * @uid: and whose
 * @flag: of enum filecache_owner_flags, says what it is
 * @gfp: for its memory
 *
 * Return: its index; TAG_OVERFLOW when there is no memory or no room.
 */
u32 filecache_owner_stand_in(const struct account_key *key, u64 cgroup_id,
			     kuid_t uid, u32 flag, gfp_t gfp)
{
	struct filecache_owner *owner;
	u32 idx = TAG_NONE;

	rcu_read_lock();
	owner = filecache_owner_by_key(key);
	if (owner)
		idx = owner->idx;
	rcu_read_unlock();
	if (idx != TAG_NONE)
		return idx;
	owner = fault_strikes(FAULT_OWNER) ? NULL : owner_alloc(key, gfp);
	if (!owner)
		return TAG_OVERFLOW;
	owner->cgroup_id = cgroup_id;
	owner->uid = uid;
	owner->private = true;
	owner->flags = flag;
	strscpy(owner->comm, flag == FILECACHE_OWNER_FLAG_FOLDED ? "(folded)" : "(cgroup)",
		sizeof(owner->comm));
	return owner_add(owner);
}

/*
 * A kernel thread works for itself, or with every page for another cgroup: no
 * CPU remembers it, so that whoever is remembered is the same for every page.
 */
static noinline u32 kthread_find(const struct account_key *key)
{
	struct filecache_owner *owner;
	u32 idx = TAG_NONE;
	u64 cgroup_id;

	cgroup_id = compat_current_works_for();
	if (cgroup_id)
		return filecache_owner_stand_in(&(struct account_key){ .start = cgroup_id },
						cgroup_id, GLOBAL_ROOT_UID,
						FILECACHE_OWNER_FLAG_CGROUP, GFP_ATOMIC);
	rcu_read_lock();
	owner = filecache_owner_by_key(key);
	if (owner)
		idx = owner->idx;
	rcu_read_unlock();
	return idx == TAG_NONE ? owner_create(key) : idx;
}

/**
 * filecache_owner_find() - Find or begin the current process's owner.
 * @cpu: this CPU's part of the books, which remembers it
 *
 * Context: preemption off.
 * Return: its index; TAG_OVERFLOW when it could not be allocated.
 */
u32 filecache_owner_find(struct account_cpu *cpu)
{
	struct account_key key = filecache_owner_task_key(current);
	struct filecache_owner *owner;
	u32 idx = TAG_NONE;

	if (current->flags & PF_KTHREAD)
		return kthread_find(&key);
	rcu_read_lock();
	owner = filecache_owner_by_key(&key);
	if (owner) {
		idx = owner->idx;
		if (!compat_task_dumpable(current))
			WRITE_ONCE(owner->private, true);
	}
	rcu_read_unlock();
	if (idx == TAG_NONE)
		idx = owner_create(&key);
	/* An owner that there was no memory for is tried again with every page. */
	if (idx != TAG_OVERFLOW)
		filecache_account_meet(cpu, idx);
	return idx;
}

/**
 * filecache_owner_by_id() - Find an owner by its id.
 * @id: of the owner
 *
 * Context: RCU read side.
 * Return: NULL when there is none, or no longer.
 */
struct filecache_owner *filecache_owner_by_id(u64 id)
{
	struct filecache_owner *owner;

	hlist_for_each_entry_rcu(owner, id_bucket(id), by_id)
		if (owner->id == id)
			return owner;
	return NULL;
}

/* One of the two that are always there. */
static int owner_reserve(struct filecache_owner *owner, u32 idx, u32 flag,
			 const char *comm)
{
	owner->idx = idx;
	owner->id = filecache.owners.next_id++;
	owner->birth = ktime_get_boottime_ns();
	owner->flags = flag;
	owner->uid = GLOBAL_ROOT_UID;
	owner->private = true;
	strscpy(owner->comm, comm, sizeof(owner->comm));
	INIT_LIST_HEAD(&owner->dead);
	hlist_add_head_rcu(&owner->by_id, id_bucket(owner->id));
	return xa_insert(&filecache.owners.xa, idx, owner, GFP_KERNEL);
}

/** filecache_owners_init() - Make room for owners. Return: 0 or -ENOMEM. */
int filecache_owners_init(void)
{
	struct filecache_owners *owners = &filecache.owners;
	int err;

	/* What a process costs; more would be twice as much. */
	BUILD_BUG_ON(sizeof(struct filecache_owner) > 256);
	xa_init_flags(&owners->xa, XA_FLAGS_ALLOC);
	INIT_LIST_HEAD(&owners->dead_list);
	seqcount_init(&owners->given);
	mutex_init(&owners->lock);
	owners->hash = kvcalloc(1 << OWNER_HASH_BITS, sizeof(*owners->hash), GFP_KERNEL);
	owners->by_id = kvcalloc(1 << OWNER_HASH_BITS, sizeof(*owners->by_id), GFP_KERNEL);
	if (!owners->hash || !owners->by_id) {
		err = -ENOMEM;
		goto err_hashes;
	}
	owners->next_id = 1;
	owners->top = TAG_FIRST;
	err = owner_reserve(&owners->unknown, TAG_UNKNOWN, FILECACHE_OWNER_FLAG_UNKNOWN,
			    "unknown");
	if (!err)
		err = owner_reserve(&owners->overflow, TAG_OVERFLOW,
				    FILECACHE_OWNER_FLAG_OVERFLOW, "overflow");
	if (err)
		goto err_hashes;
	return 0;

err_hashes:
	xa_destroy(&owners->xa);
	kvfree(owners->by_id);
	kvfree(owners->hash);
	return err;
}

/** filecache_owners_exit() - Free all owners; nobody may ask any more. */
void filecache_owners_exit(void)
{
	struct filecache_owner *owner;
	unsigned long idx;

	xa_for_each_start(&filecache.owners.xa, idx, owner, TAG_FIRST)
		kfree(owner);
	xa_destroy(&filecache.owners.xa);
	kvfree(filecache.owners.by_id);
	kvfree(filecache.owners.hash);
}
