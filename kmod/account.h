/* SPDX-License-Identifier: GPL-2.0-only */
/* How many pages everybody has: counted per CPU, exact when read. */
#ifndef FILECACHE_ACCOUNT_H
#define FILECACHE_ACCOUNT_H

#include <linux/atomic.h>
#include <linux/bits.h>
#include <linux/cred.h>
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
 * enum account_column - what is written down, from which counters are worked out
 * @ACCOUNT_IN: pages that have come, of the first kind
 * @ACCOUNT_OUT: pages that have gone, of the first kind; those of further
 *		 kinds follow, in the order of &enum filecache_counter
 * @ACCOUNT_MOVED: pages that were migrated, collapsed or replaced
 * @ACCOUNT_FOUND: of those that have come, pages that were there before us
 * @ACCOUNT_NR: how many columns there are
 *
 * So that a page that comes or goes is one addition.
 */
enum account_column {
	ACCOUNT_IN,
	ACCOUNT_OUT,
	ACCOUNT_MOVED = 2 * COUNT_ADDED,
	ACCOUNT_FOUND,
	ACCOUNT_NR
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
 * @n: what CPUs have handed over, by &enum account_column
 * @begun: hand-overs that have begun
 * @ended: hand-overs that have ended; a reader that saw a number here and
 *	   finds the same in @begun afterwards saw none of them half done
 */
struct filecache_balance {
	atomic64_t n[ACCOUNT_NR];
	atomic_t begun;
	atomic_t ended;
};

#ifdef CONFIG_PREEMPT_RT
#error "filecache: owners begin with preemption off, where RT can neither lock nor allocate"
#endif

#define ACCOUNT_SLOTS	128		/* a power of two */
#define ACCOUNT_EMPTY	BIT(31)		/* no owner's index and no value of a tag */

/**
 * struct account_slot - what one CPU has counted for one owner
 * @idx: the owner, or ACCOUNT_EMPTY
 * @found: of ACCOUNT_FOUND; handed over before it is full
 * @n: the other columns: changes since the slot was claimed for @idx
 *
 * Only the slot's CPU writes, with preemption off; everybody reads.
 */
struct account_slot {
	u32 idx;
	s32 found;
	local_t n[ACCOUNT_FOUND];
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
 * @seq: counts are being taken from one place of this part to another, or out
 *	 of it
 * @total: what left the slots, for all owners together
 * @flush: empties all slots; runs on this CPU
 * @slot: by the low bits of the owner's index
 *
 * Written on this CPU with preemption off, or by who has stopped it from
 * coming online.
 */
struct account_cpu {
	seqcount_t seq;
	local_t total[ACCOUNT_NR];
	struct work_struct flush;
	struct account_slot slot[ACCOUNT_SLOTS];
};

/**
 * struct account_last - whom a CPU met last, so that most pages need no look-up
 * @cred: the real credentials of its process, held; NULL for nobody
 * @idx: the owner, or ACCOUNT_EMPTY
 * @came: pages of regular files that it has brought in since
 * @books: this CPU's part of the books
 *
 * No two processes have the same credentials, a process has new ones when it
 * executes a program, and as long as they are held here nobody can get others
 * at the same address.  So this one pointer tells whether it is the same owner.
 * Kernel threads are never remembered.
 *
 * Apart from the rest of the books, since a module has little room for what is
 * cheapest to reach.
 */
struct account_last {
	const struct cred *cred;
	u32 idx;
	unsigned long came;
	struct account_cpu *books;
};

DECLARE_PER_CPU(struct account_last, filecache_last);

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
void filecache_account_meet(struct account_cpu *cpu, u32 idx);
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
	local_add(pages, &filecache_account_slot(cpu, idx)->n[2 * kind + ACCOUNT_IN]);
}

static __always_inline void
filecache_account_remove(struct account_cpu *cpu, u32 idx,
			 enum filecache_counter kind, long pages)
{
	local_add(pages, &filecache_account_slot(cpu, idx)->n[2 * kind + ACCOUNT_OUT]);
}

static __always_inline void
filecache_account_move(struct account_cpu *cpu, u32 idx, long pages)
{
	local_add(pages, &filecache_account_slot(cpu, idx)->n[ACCOUNT_MOVED]);
}

/* Pages change hands: whoever has them has brought them in, as it were. */
static inline void filecache_account_give(struct account_cpu *cpu, u32 from, u32 to,
					  enum filecache_counter kind, long pages)
{
	filecache_account_add(cpu, from, kind, -pages);
	filecache_account_add(cpu, to, kind, pages);
}

void filecache_account_adjust(struct account_cpu *cpu, u32 idx,
			      enum filecache_counter kind, long pages);

#endif
