/* SPDX-License-Identifier: GPL-2.0-only */
/* How many pages everybody has: counted per CPU, exact when read. */
#ifndef FILECACHE_ACCOUNT_H
#define FILECACHE_ACCOUNT_H

#include <linux/atomic.h>
#include <linux/mutex.h>
#include <linux/percpu.h>
#include <linux/seqlock.h>
#include <linux/workqueue.h>
#include <asm/local.h>

#ifndef CONFIG_64BIT
#error "filecache counts in machine words and needs those of 64 bits"
#endif

struct filecache_owner;

/**
 * enum filecache_counter - what is counted
 * @COUNT_FILE: pages of regular files owned now
 * @COUNT_BLOCKDEV: pages of block devices owned now
 * @COUNT_SHMEM: pages of shmem and tmpfs owned now
 * @COUNT_ADDED: pages added, ever
 * @COUNT_REMOVED: pages removed, ever
 * @COUNT_MOVED: pages migrated, ever
 * @COUNT_NR: how many counters there are
 */
enum filecache_counter {
	COUNT_FILE,
	COUNT_BLOCKDEV,
	COUNT_SHMEM,
	COUNT_ADDED,
	COUNT_REMOVED,
	COUNT_MOVED,
	COUNT_NR
};

/**
 * struct filecache_counts - a reading of all counters
 * @n: pages, by &enum filecache_counter
 */
struct filecache_counts {
	s64 n[COUNT_NR];
};

/**
 * struct filecache_balance - the part of an owner's counts that is not on a CPU
 * @n: what CPUs have handed over
 * @begun: hand-overs that have begun
 * @ended: hand-overs that have ended; a reader that saw a number here and
 *	   finds the same in @begun afterwards saw none of them half done
 */
struct filecache_balance {
	atomic64_t n[COUNT_NR];
	atomic_t begun;
	atomic_t ended;
};

#define ACCOUNT_SLOTS 128	/* a power of two */

/**
 * struct account_slot - what one CPU has counted for one owner
 * @idx: the owner, or TAG_NONE for an empty slot
 * @n: changes since the slot was claimed for @idx
 *
 * Only the slot's CPU writes, with preemption off; everybody reads.
 */
struct account_slot {
	u32 idx;
	local_t n[COUNT_NR];
} __aligned(64);

/**
 * struct account_key - who a process is between two execs
 * @start: its start, nanoseconds of CLOCK_BOOTTIME
 * @exec_id: number of its exec
 * @tgid: thread group, in the initial pid namespace
 */
struct account_key {
	u64 start;
	u64 exec_id;
	pid_t tgid;
};

/**
 * struct account_cpu - one CPU's part of the books
 * @last: whom this CPU met last, so that most pages need no look-up
 * @last_slot: the slot of @last's owner, when it was claimed
 * @last_idx: the owner of @last, or TAG_NONE
 * @seq: a hand-over from a slot to @total is under way
 * @total: what left the slots, for all owners together
 * @flush: empties all slots; runs on this CPU
 * @slot: by the low bits of the owner's index
 *
 * Written on this CPU with preemption off, or by who has stopped it from
 * coming online.
 */
struct account_cpu {
	struct account_key last;
	struct account_slot *last_slot;
	u32 last_idx;
	seqcount_t seq;
	local_t total[COUNT_NR];
	struct work_struct flush;
	struct account_slot slot[ACCOUNT_SLOTS];
};

/**
 * struct filecache_accounts - the books
 * @cpu: one part for each possible CPU
 * @flush_lock: only one flush at a time
 * @untagged_removed: pages that left the page cache without a tag
 * @untaggable: pages that came while their memory had no tags
 * @stale: pages that came with somebody's tag on them
 */
struct filecache_accounts {
	struct account_cpu __percpu *cpu;
	struct mutex flush_lock;	/* one flush at a time */
	atomic64_t untagged_removed;
	atomic64_t untaggable;
	atomic64_t stale;
};

int filecache_accounts_init(void);
void filecache_accounts_exit(void);
void filecache_accounts_flush(void);
void filecache_account_claim(struct account_cpu *cpu, struct account_slot *slot,
			     u32 idx);
void filecache_account_read(const struct filecache_owner *owner,
			    struct filecache_counts *ret);
void filecache_account_read_all(struct filecache_counts *ret);

/** filecache_counts_pages() - Return: pages of all kinds owned now. */
static inline s64 filecache_counts_pages(const struct filecache_counts *counts)
{
	return counts->n[COUNT_FILE] + counts->n[COUNT_BLOCKDEV] +
	       counts->n[COUNT_SHMEM];
}

/**
 * filecache_account_slot() - The slot in which this CPU counts for an owner.
 * @cpu: this CPU's part
 * @idx: the owner
 *
 * Context: preemption off.
 */
static __always_inline struct account_slot *
filecache_account_slot(struct account_cpu *cpu, u32 idx)
{
	struct account_slot *slot = &cpu->slot[idx & (ACCOUNT_SLOTS - 1)];

	if (unlikely(slot->idx != idx))
		filecache_account_claim(cpu, slot, idx);
	return slot;
}

static __always_inline void
filecache_account_add(struct account_cpu *cpu, u32 idx,
		      enum filecache_counter kind, long pages)
{
	struct account_slot *slot = filecache_account_slot(cpu, idx);

	local_add(pages, &slot->n[kind]);
	local_add(pages, &slot->n[COUNT_ADDED]);
}

static __always_inline void
filecache_account_remove(struct account_cpu *cpu, u32 idx,
			 enum filecache_counter kind, long pages)
{
	struct account_slot *slot = filecache_account_slot(cpu, idx);

	local_sub(pages, &slot->n[kind]);
	local_add(pages, &slot->n[COUNT_REMOVED]);
}

/* For pages that were there before us: neither added nor removed. */
static __always_inline void
filecache_account_adjust(struct account_cpu *cpu, u32 idx,
			 enum filecache_counter kind, long pages)
{
	local_add(pages, &filecache_account_slot(cpu, idx)->n[kind]);
}

/* Pages change hands: whoever has them has brought them in, as it were. */
static inline void filecache_account_give(struct account_cpu *cpu, u32 from, u32 to,
					  enum filecache_counter kind, long pages)
{
	filecache_account_add(cpu, from, kind, -pages);
	filecache_account_add(cpu, to, kind, pages);
}

#endif
