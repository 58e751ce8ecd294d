/* SPDX-License-Identifier: GPL-2.0-only */
/* Who: a process between two execs, and what is known of it. */
#ifndef FILECACHE_OWNER_H
#define FILECACHE_OWNER_H

#include <linux/list.h>
#include <linux/llist.h>
#include <linux/mutex.h>
#include <linux/sched.h>
#include <linux/seqlock.h>
#include <linux/uidgid.h>
#include <linux/workqueue.h>
#include <linux/xarray.h>

#include "account.h"
#include "tag.h"

#define OWNER_HASH_BITS 14

/**
 * struct filecache_owner - whom pages are charged to
 * @hash: among the owners of its thread group's number; protected by the
 *	  xarray's lock, read under RCU
 * @by_id: among those with the same hash of @id; the same
 * @dead: in the list of those that get no more pages, since their process has
 *	  ended or executed another program, by the time of that; protected by
 *	  the xarray's lock
 * @announce: in the queue of those whose end is to be announced
 * @reap: in the list of those that may be freed; only the reaper uses it
 * @rcu: frees it after the readers
 * @id: never reused
 * @idx: tag of its pages; may be another owner's when this one is gone
 * @key: who it is; @key.tgid is 0 for those that stand for no process
 * @parent_id: owner of the nearest ancestor that had one, or 0
 * @birth: when it began, nanoseconds of CLOCK_BOOTTIME
 * @balance: its counts, together with the CPUs' slots
 * @exit: when its process ended, 0 while it lives
 * @cgroup_id: in the cgroup v2 hierarchy
 * @uid: real uid
 * @private: others of @uid may not see it: it has changed its ids or may not
 *	     be dumped
 * @queued: it is in the queue, and must not be freed; written under the
 *	    xarray's lock, cleared by who announces it
 * @merged: it has been counted as folded already
 * @flags: enum filecache_owner_flags, but for FILECACHE_OWNER_FLAG_DEAD
 * @folded: how many owners have been folded into this one
 * @comm: name of the program
 *
 * From @exit on, fields are as of the owner's birth, or of the process's end,
 * and protected by the xarray's lock; see filecache_owner_describe() for what
 * a live owner reports.
 */
struct filecache_owner {
	struct hlist_node hash;
	struct hlist_node by_id;
	struct list_head dead;
	struct llist_node announce;
	union {
		struct list_head reap;
		struct rcu_head rcu;
	};
	u64 id;
	u32 idx;
	struct account_key key;
	u64 parent_id;
	u64 birth;
	struct filecache_balance balance;
	u64 exit;
	u64 cgroup_id;
	kuid_t uid;
	bool private;
	bool queued;
	bool merged;
	u32 flags;
	u64 folded;
	char comm[TASK_COMM_LEN];
};

/**
 * struct filecache_owners - all owners
 * @xa: by index; its lock protects the hash tables, all to @folded, and the
 *	fields of owners that may change
 * @hash: by thread group
 * @by_id: by id
 * @next_id: of the owner to come
 * @top: above all indices that have ever been given
 * @live: owners whose process has not ended
 * @dead: those whose process has
 * @cgroups: those that stand for a cgroup
 * @buckets: those that stand for folded ones
 * @superseded: those of @live whose process has gone on to another program
 * @dead_list: both of them, by the time when that happened
 * @ends: how often any has come to @dead_list
 * @flushed: what @ends was when CPUs were last made to forget; only the
 *	     reaper uses it
 * @freed: how many have been freed, so that a dump can tell
 * @given: pages are being given from one to another; likewise
 * @folded: how many have ever been folded into others
 * @forgotten: pages ever given to @unknown on request
 * @unknown: stands for pages cached before the module
 * @overflow: stands for owners that could not be allocated
 * @lock: held while owners are freed or their pages given away, so that no
 *	  index changes hands meanwhile
 * @max: not more owners than this
 * @max_dead: not more dead owners than this; further ones are folded
 * @reap_ms: how often to look for owners to free
 * @reaper: frees owners
 */
struct filecache_owners {
	struct xarray xa;
	struct hlist_head *hash;
	struct hlist_head *by_id;
	u64 next_id;
	u32 top;
	unsigned int live;
	unsigned int dead;
	unsigned int cgroups;
	unsigned int buckets;
	unsigned int superseded;
	struct list_head dead_list;
	unsigned int ends;
	unsigned int flushed;
	unsigned int freed;
	seqcount_t given;
	u64 folded;
	atomic64_t forgotten;
	struct filecache_owner unknown;
	struct filecache_owner overflow;
	struct mutex lock;	/* freeing owners, giving their pages away */
	unsigned int max;
	unsigned int max_dead;
	unsigned int reap_ms;
	struct delayed_work reaper;
};

/**
 * struct filecache_owner_info - what is known of an owner, or of a process
 * @id: of the owner; of the newest one in a sum, 0 in a sum over none
 * @tgid: thread group in the initial pid namespace
 * @start: start of the process, nanoseconds of CLOCK_BOOTTIME
 * @parent_id: see struct filecache_owner
 * @birth: see struct filecache_owner; of the oldest one in a sum
 * @exit: see struct filecache_owner
 * @cgroup_id: see struct filecache_owner
 * @uid: see struct filecache_owner
 * @private: see struct filecache_owner
 * @flags: enum filecache_owner_flags
 * @owners: how many were summed
 * @folded: see struct filecache_owner
 * @comm: name of the program
 * @counts: their pages
 */
struct filecache_owner_info {
	u64 id;
	pid_t tgid;
	u64 start;
	u64 parent_id;
	u64 birth;
	u64 exit;
	u64 cgroup_id;
	kuid_t uid;
	bool private;
	u32 flags;
	u32 owners;
	u64 folded;
	char comm[TASK_COMM_LEN];
	struct filecache_counts counts;
};

/*
 * A process has no more owners than this, except that its newest one may be
 * freed and begin again.
 */
#define OWNERS_PER_PROCESS 64

#define OWNER_SET_MAX (OWNERS_PER_PROCESS + 1)

/**
 * struct filecache_owner_set - one owner, or those of one process
 * @idx: their indices
 * @id: their ids, as an index may become another owner's
 * @nr: how many they are
 */
struct filecache_owner_set {
	u32 idx[OWNER_SET_MAX];
	u64 id[OWNER_SET_MAX];
	unsigned int nr;
};

int filecache_owners_init(void);
void filecache_owners_exit(void);
u32 filecache_owner_find(struct account_cpu *cpu);
void filecache_owner_task_exit(struct task_struct *task);
struct filecache_owner *filecache_owner_by_id(u64 id);
struct filecache_owner *filecache_owner_by_key(const struct account_key *key);
u32 filecache_owner_stand_in(const struct account_key *key, u64 cgroup_id,
			     kuid_t uid, u32 flag, gfp_t gfp);
void filecache_owner_remember(struct filecache_owner *owner, struct task_struct *leader);
void filecache_owner_end(struct filecache_owner *owner);
void filecache_owner_unlink(struct filecache_owner *owner);
u64 filecache_owner_cgroup(const struct filecache_owner *owner);
struct account_key filecache_owner_task_key(struct task_struct *task);
void filecache_owner_describe_task(struct task_struct *leader,
				   struct filecache_owner_info *info);
void filecache_owner_describe(const struct filecache_owner *owner,
			      struct filecache_owner_info *ret);
void filecache_owner_task_describe(struct task_struct *leader, const kuid_t *only,
				   struct filecache_owner_info *ret);
int filecache_owner_dead_find(pid_t tgid, struct account_key *ret);
int filecache_owner_dead_describe(pid_t tgid, const kuid_t *only,
				  struct filecache_owner_info *ret);
const struct filecache_owner *filecache_owner_at(u32 idx, u64 id);
int filecache_owner_set_by_id(u64 id, struct filecache_owner_set *ret);
int filecache_owner_set_by_process(const struct account_key *key,
				   struct filecache_owner_set *ret);
struct task_struct *filecache_owner_task(const struct account_key *key);
struct hlist_head *filecache_owner_bucket(const struct account_key *key);
void filecache_reaper_start(void);
void filecache_reaper_stop(void);

/** filecache_owner_same_process() - Whether two owners are one process's. */
static inline bool filecache_owner_same_process(const struct account_key *a,
						const struct account_key *b)
{
	return a->tgid == b->tgid && a->start == b->start;
}

/**
 * filecache_owner_current() - The index of whom a page that comes now is charged to.
 * @cpu: this CPU's part of the books
 *
 * Context: preemption off, not in an interrupt.
 * Return: TAG_OVERFLOW when an owner could not be allocated.
 */
static __always_inline u32 filecache_owner_current(struct account_cpu *cpu)
{
	if (likely(current_real_cred() == __this_cpu_read(filecache_last.cred)))
		return __this_cpu_read(filecache_last.idx);
	return filecache_owner_find(cpu);
}

#endif
