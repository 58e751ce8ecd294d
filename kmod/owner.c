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

#include "compat/task.h"
#include "faults.h"
#include "filecache.h"

/* An ancestor further away than this does not count as one. */
#define ANCESTORS_MAX 64

/** filecache_owner_bucket() - Return: where owners of a thread group are. */
struct hlist_head *filecache_owner_bucket(pid_t tgid)
{
	return &filecache.owners.hash[hash_32(tgid, OWNER_HASH_BITS)];
}

static struct account_key task_key(struct task_struct *task)
{
	const struct task_struct *leader = READ_ONCE(task->group_leader);

	return (struct account_key){
		.tgid = task->tgid,
		.start = READ_ONCE(leader->start_boottime),
		.exec_id = READ_ONCE(leader->self_exec_id),
	};
}

static bool same_process(const struct account_key *a, const struct account_key *b)
{
	return a->tgid == b->tgid && a->start == b->start;
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

static struct filecache_owner *bucket_find(const struct account_key *key)
{
	struct filecache_owner *owner;

	hlist_for_each_entry_rcu(owner, filecache_owner_bucket(key->tgid), hash,
				 lockdep_is_held(&filecache.owners.xa.xa_lock))
		if (same_process(&owner->key, key) && owner->key.exec_id == key->exec_id)
			return owner;
	return NULL;
}

/*
 * What a process is now.  The name may be torn if it is changed at this very
 * moment, as in the kernel's own tracepoints.
 */
static void describe_task(struct task_struct *leader, struct filecache_owner_info *info)
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

/* What the current process is; @leader is its leader, perhaps a zombie. */
static void owner_remember(struct filecache_owner *owner, struct task_struct *leader)
{
	struct filecache_owner_info info = {};

	rcu_read_lock();
	describe_task(leader, &info);
	rcu_read_unlock();
	owner->uid = info.uid;
	/* Of an exiting process it may not be known: then as it was at birth. */
	owner->private |= info.private || !compat_task_dumpable(current);
	owner->cgroup_id = info.cgroup_id;
	owner->flags |= info.flags;
	memcpy(owner->comm, info.comm, sizeof(owner->comm));
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
		key = task_key(task);
		hlist_for_each_entry_rcu(owner, filecache_owner_bucket(key.tgid), hash)
			if (same_process(&owner->key, &key))
				id = max(id, owner->id);
	}
	rcu_read_unlock();
	return id;
}

/* Owners of the same process from before its last exec. */
static void supersede(const struct account_key *key)
{
	struct filecache_owner *owner;

	lockdep_assert_held(&filecache.owners.xa.xa_lock);
	hlist_for_each_entry(owner, filecache_owner_bucket(key->tgid), hash)
		if (same_process(&owner->key, key))
			owner->flags |= FILECACHE_OWNER_FLAG_EXECED;
}

/* Enter it unless another thread of its process was faster. */
static u32 owner_enter(struct filecache_owner *owner)
{
	struct filecache_owners *owners = &filecache.owners;
	struct filecache_owner *other;

	lockdep_assert_held(&owners->xa.xa_lock);
	other = bucket_find(&owner->key);
	if (other)
		return other->idx;
	if (owners->live + owners->dead >= owners->max ||
	    __xa_alloc(&owners->xa, &owner->idx, owner, XA_LIMIT(TAG_FIRST, S32_MAX),
		       GFP_ATOMIC | __GFP_NOWARN))
		return TAG_OVERFLOW;
	owner->id = owners->next_id++;
	if (atomic_read(&current->signal->live)) {
		owners->live++;
	} else {
		/* A process that reads on after its end was announced. */
		owner->exit = owner->birth;
		owners->dead++;
	}
	supersede(&owner->key);
	hlist_add_head_rcu(&owner->hash, filecache_owner_bucket(owner->key.tgid));
	return owner->idx;
}

static u32 owner_create(const struct account_key *key)
{
	struct filecache_owner *owner;
	unsigned long flags;
	u32 idx;

	if (fault_strikes(FAULT_OWNER))
		return TAG_OVERFLOW;
	owner = kzalloc(sizeof(*owner), GFP_ATOMIC | __GFP_NOWARN);
	if (!owner)
		return TAG_OVERFLOW;
	owner->key = *key;
	owner->birth = ktime_get_boottime_ns();
	owner->parent_id = ancestor_id();
	owner_remember(owner, current->group_leader);

	xa_lock_irqsave(&filecache.owners.xa, flags);
	idx = owner_enter(owner);
	xa_unlock_irqrestore(&filecache.owners.xa, flags);
	/* Not entered: nobody has seen it. */
	if (owner->idx == TAG_NONE)
		kfree(owner);
	return idx;
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
	struct account_key key = task_key(current);
	struct filecache_owner *owner;
	u32 idx = TAG_NONE;

	rcu_read_lock();
	owner = bucket_find(&key);
	if (owner)
		idx = owner->idx;
	rcu_read_unlock();
	if (idx == TAG_NONE)
		idx = owner_create(&key);
	/* An owner that there was no memory for is tried again with every page. */
	if (idx != TAG_OVERFLOW) {
		cpu->last = key;
		cpu->last_idx = idx;
		cpu->last_slot = filecache_account_slot(cpu, idx);
	}
	return idx;
}

/* Write down what the process was, for the time when nobody can ask it. */
static void owner_end(struct filecache_owner *owner, struct task_struct *leader,
		      u64 exec_id)
{
	lockdep_assert_held(&filecache.owners.xa.xa_lock);
	if (owner->exit)
		return;
	owner->exit = ktime_get_boottime_ns();
	filecache.owners.live--;
	filecache.owners.dead++;
	if (owner->key.exec_id == exec_id)
		owner_remember(owner, leader);
	else
		owner->flags |= FILECACHE_OWNER_FLAG_EXECED;
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
	unsigned long flags;

	/* Two last threads may both see 0: the second one changes nothing. */
	if (atomic_read(&task->signal->live))
		return;
	key = task_key(task);
	if (hlist_empty(filecache_owner_bucket(key.tgid)))
		return;
	xa_lock_irqsave(&filecache.owners.xa, flags);
	hlist_for_each_entry(owner, filecache_owner_bucket(key.tgid), hash)
		if (same_process(&owner->key, &key))
			owner_end(owner, task->group_leader, key.exec_id);
	xa_unlock_irqrestore(&filecache.owners.xa, flags);
}

/**
 * filecache_owner_by_id() - Find an owner by its id.
 * @id: of the owner
 *
 * Takes time by the number of owners.
 *
 * Context: RCU read side.
 * Return: NULL when there is none, or no longer.
 */
struct filecache_owner *filecache_owner_by_id(u64 id)
{
	struct filecache_owner *owner;
	unsigned long idx;

	xa_for_each(&filecache.owners.xa, idx, owner)
		if (owner->id == id)
			return owner;
	return NULL;
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
	unsigned long flags;

	memset(ret, 0, sizeof(*ret));
	xa_lock_irqsave(&filecache.owners.xa, flags);
	ret->exit = owner->exit;
	ret->cgroup_id = owner->cgroup_id;
	ret->uid = owner->uid;
	ret->private = owner->private;
	ret->flags = owner->flags;
	memcpy(ret->comm, owner->comm, sizeof(ret->comm));
	xa_unlock_irqrestore(&filecache.owners.xa, flags);

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
	if (READ_ONCE(leader->self_exec_id) == owner->key.exec_id)
		describe_task(leader, ret);
	else
		ret->flags |= FILECACHE_OWNER_FLAG_EXECED;
}

/* Add up the owners of one process; the newest one gives the description. */
static void describe_process(const struct account_key *key,
			     struct filecache_owner_info *sum)
{
	struct filecache_owner_info info;
	struct filecache_counts counts = {};
	const struct filecache_owner *owner;
	u64 birth = U64_MAX;
	u32 owners = 0;
	int i;

	memset(sum, 0, sizeof(*sum));
	hlist_for_each_entry_rcu(owner, filecache_owner_bucket(key->tgid), hash) {
		if (!same_process(&owner->key, key))
			continue;
		filecache_owner_describe(owner, &info);
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
 * @ret: filled in; what the process is now, with the sum of its counts
 *
 * Context: RCU read side.
 */
void filecache_owner_task_describe(struct task_struct *leader,
				   struct filecache_owner_info *ret)
{
	struct account_key key = task_key(leader);

	describe_process(&key, ret);
	ret->tgid = key.tgid;
	ret->start = key.start;
	/* Not what the newest owner is: the process may have gone on to exec. */
	ret->flags &= FILECACHE_OWNER_FLAG_DEAD;
	if (!(ret->flags & FILECACHE_OWNER_FLAG_DEAD))
		describe_task(leader, ret);
}

/**
 * filecache_owner_dead_describe() - The sum over a dead process's owners.
 * @tgid: number in the initial pid namespace, of several that have had it the
 *	  one that started last
 * @ret: filled in
 *
 * Context: RCU read side.
 * Return: 0; -ESRCH when no dead process of this number owns or owned pages.
 */
int filecache_owner_dead_describe(pid_t tgid, struct filecache_owner_info *ret)
{
	const struct filecache_owner *owner;
	struct account_key key = { .tgid = tgid };
	bool found = false;

	hlist_for_each_entry_rcu(owner, filecache_owner_bucket(tgid), hash) {
		if (owner->key.tgid != tgid || !READ_ONCE(owner->exit) ||
		    (found && owner->key.start < key.start))
			continue;
		key.start = owner->key.start;
		found = true;
	}
	if (!found)
		return -ESRCH;
	describe_process(&key, ret);
	return ret->owners ? 0 : -ESRCH;
}

/**
 * filecache_owner_indices() - The indices of a process's owners.
 * @tgid: number in the initial pid namespace
 * @start: its start
 * @idx: filled in
 * @max: entries of @idx
 *
 * Context: RCU read side.
 * Return: how many there are, perhaps more than @max.
 */
unsigned int filecache_owner_indices(pid_t tgid, u64 start, u32 *idx,
				     unsigned int max)
{
	const struct filecache_owner *owner;
	unsigned int n = 0;

	hlist_for_each_entry_rcu(owner, filecache_owner_bucket(tgid), hash) {
		if (owner->key.tgid != tgid || owner->key.start != start)
			continue;
		if (n < max)
			idx[n] = owner->idx;
		n++;
	}
	return n;
}

static int owner_stand_in(struct filecache_owner *owner, u32 idx, u32 flag,
			  const char *comm)
{
	owner->idx = idx;
	owner->id = filecache.owners.next_id++;
	owner->birth = ktime_get_boottime_ns();
	owner->flags = flag;
	owner->uid = GLOBAL_ROOT_UID;
	owner->private = true;
	strscpy(owner->comm, comm, sizeof(owner->comm));
	return xa_insert_irq(&filecache.owners.xa, idx, owner, GFP_KERNEL);
}

/** filecache_owners_init() - Make room for owners. Return: 0 or -ENOMEM. */
int filecache_owners_init(void)
{
	struct filecache_owners *owners = &filecache.owners;
	int err;

	owners->hash = kvcalloc(1 << OWNER_HASH_BITS, sizeof(*owners->hash), GFP_KERNEL);
	if (!owners->hash)
		return -ENOMEM;
	xa_init_flags(&owners->xa, XA_FLAGS_ALLOC | XA_FLAGS_LOCK_IRQ);
	owners->next_id = 1;
	err = owner_stand_in(&owners->unknown, TAG_UNKNOWN,
			     FILECACHE_OWNER_FLAG_UNKNOWN, "unknown");
	if (!err)
		err = owner_stand_in(&owners->overflow, TAG_OVERFLOW,
				     FILECACHE_OWNER_FLAG_OVERFLOW, "overflow");
	if (err) {
		xa_destroy(&owners->xa);
		kvfree(owners->hash);
	}
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
	kvfree(filecache.owners.hash);
}
