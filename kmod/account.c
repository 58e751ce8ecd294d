// SPDX-License-Identifier: GPL-2.0-only
/*
 * The books.  An event touches only its own CPU's slot for the owner; a slot
 * is handed over to the owner's balance when another owner needs it.  Readers
 * add the balance and all CPUs' slots up, and repeat if a hand-over ran
 * meanwhile, so that nothing is counted twice or missed.
 */
#include <linux/cpu.h>
#include <linux/slab.h>

#include "filecache.h"

DEFINE_PER_CPU(struct account_last, filecache_last);

static s64 slot_column(const struct account_slot *slot, int i)
{
	return i == ACCOUNT_FOUND ? READ_ONCE(slot->found) : local_read(&slot->n[i]);
}

static void slot_clear(struct account_slot *slot)
{
	int i;

	for (i = 0; i < ACCOUNT_FOUND; i++)
		local_set(&slot->n[i], 0);
	WRITE_ONCE(slot->found, 0);
	WRITE_ONCE(slot->idx, ACCOUNT_EMPTY);
}

/*
 * Hand a slot over to the owner and to the CPU's total, and empty it.  Readers
 * look on: filecache_account_read() by way of begun and ended, both of them by
 * way of cpu->seq.
 */
static void slot_flush(struct account_cpu *cpu, struct account_slot *slot)
{
	struct filecache_owner *owner;
	int i;

	if (slot->idx == ACCOUNT_EMPTY)
		return;
	/* It is there, and stays: owners are freed after their slots are flushed. */
	rcu_read_lock();
	owner = xa_load(&filecache.owners.xa, slot->idx);
	rcu_read_unlock();
	if (WARN_ON_ONCE(!owner))
		return;

	atomic_inc(&owner->balance.begun);
	/* Pairs with the smp_rmb() before begun in filecache_account_read(). */
	smp_mb__after_atomic();
	raw_write_seqcount_begin(&cpu->seq);
	for (i = 0; i < ACCOUNT_NR; i++) {
		s64 n = slot_column(slot, i);

		if (!n)
			continue;
		atomic64_add(n, &owner->balance.n[i]);
		local_add(n, &cpu->total[i]);
	}
	slot_clear(slot);
	raw_write_seqcount_end(&cpu->seq);
	/* Pairs with the acquire of ended in filecache_account_read(). */
	smp_mb__before_atomic();
	atomic_inc(&owner->balance.ended);
}

/**
 * filecache_account_claim() - Make a slot count for another owner.
 * @cpu: this CPU's part of the books
 * @slot: one of its slots
 * @idx: whom it is to count for
 *
 * Context: preemption off.
 */
void filecache_account_claim(struct account_cpu *cpu, struct account_slot *slot,
			     u32 idx)
{
	slot_flush(cpu, slot);
	/* The zeros before the new name; pairs with the smp_rmb() in slot_read(). */
	smp_wmb();
	WRITE_ONCE(slot->idx, idx);
}

/**
 * filecache_account_adjust() - Count pages that were there before us.
 * @cpu: this CPU's part of the books
 * @idx: whose they are
 * @kind: of the pages
 * @pages: how many; negative for those that turn out to be another one's
 *
 * They count as had, but as neither added nor removed.
 *
 * Context: preemption off.
 */
void filecache_account_adjust(struct account_cpu *cpu, u32 idx,
			      enum filecache_counter kind, long pages)
{
	struct account_slot *slot = filecache_account_slot(cpu, idx);

	if (abs((s64)slot->found + pages) > S32_MAX / 2) {
		filecache_account_claim(cpu, slot, idx);
		slot = filecache_account_slot(cpu, idx);
	}
	local_add(pages, &slot->n[2 * kind + ACCOUNT_IN]);
	WRITE_ONCE(slot->found, slot->found + pages);
}

/* Write down what came from whom we met last, and meet somebody else. */
static void last_set(struct account_cpu *cpu, struct account_last *last, u32 idx,
		     const struct cred *cred)
{
	const struct cred *old = last->cred;
	struct account_slot *slot = NULL;

	if (last->came)
		slot = filecache_account_slot(cpu, last->idx);
	raw_write_seqcount_begin(&cpu->seq);
	if (slot)
		local_add(last->came, &slot->n[2 * COUNT_FILE + ACCOUNT_IN]);
	WRITE_ONCE(last->came, 0);
	WRITE_ONCE(last->idx, idx);
	raw_write_seqcount_end(&cpu->seq);
	last->cred = cred;
	put_cred(old);
}

/**
 * filecache_account_meet() - Remember the current process's owner.
 * @cpu: this CPU's part of the books
 * @idx: the owner
 *
 * Context: preemption off, not in an interrupt; current is no kernel thread.
 */
void filecache_account_meet(struct account_cpu *cpu, u32 idx)
{
	last_set(cpu, this_cpu_ptr(&filecache_last), idx, get_cred(current_real_cred()));
}

/* Whether a CPU has anything to say of an owner. */
static bool cpu_knows(const struct account_slot *slot, const struct account_last *last,
		      u32 idx)
{
	return READ_ONCE(slot->idx) == idx || READ_ONCE(last->idx) == idx;
}

static void books_read(const struct account_slot *slot, const struct account_last *last,
		       u32 idx, s64 *part)
{
	int i;

	memset(part, 0, ACCOUNT_NR * sizeof(*part));
	if (READ_ONCE(slot->idx) == idx) {
		/* Pairs with the smp_wmb() in filecache_account_claim(). */
		smp_rmb();
		for (i = 0; i < ACCOUNT_NR; i++)
			part[i] = slot_column(slot, i);
	}
	if (READ_ONCE(last->idx) == idx)
		part[2 * COUNT_FILE + ACCOUNT_IN] += READ_ONCE(last->came);
}

/*
 * Exact as of some moment: whatever is being taken elsewhere is waited for.
 * Most owners are not on most CPUs, which is the case to be quick in.
 */
static void cpu_read(int cpu, u32 idx, s64 *sum)
{
	const struct account_cpu *books = per_cpu_ptr(filecache.accounts.cpu, cpu);
	const struct account_last *last = per_cpu_ptr(&filecache_last, cpu);
	const struct account_slot *slot = &books->slot[idx & (ACCOUNT_SLOTS - 1)];
	s64 part[ACCOUNT_NR];
	unsigned int seq;
	bool known;
	int i;

	do {
		seq = read_seqcount_begin(&books->seq);
		known = cpu_knows(slot, last, idx);
		if (known)
			books_read(slot, last, idx, part);
	} while (read_seqcount_retry(&books->seq, seq));
	for (i = 0; known && i < ACCOUNT_NR; i++)
		sum[i] += part[i];
}

static void counts_work_out(const s64 *n, struct filecache_counts *ret)
{
	int kind;

	ret->n[COUNT_ADDED] = -n[ACCOUNT_FOUND];
	ret->n[COUNT_REMOVED] = 0;
	for (kind = 0; kind < COUNT_ADDED; kind++) {
		s64 in = n[2 * kind + ACCOUNT_IN], out = n[2 * kind + ACCOUNT_OUT];

		ret->n[kind] = in - out;
		ret->n[COUNT_ADDED] += in;
		ret->n[COUNT_REMOVED] += out;
	}
	ret->n[COUNT_MOVED] = n[ACCOUNT_MOVED];
}

/**
 * filecache_account_read() - Read one owner's counts.
 * @owner: whose; must not be freed meanwhile
 * @ret: the counts, exact as of some moment if no page changes hands, and
 *	 never off by more than the changes that happen during the call
 *
 * Context: any but an interrupt, which could wait for what it interrupts.
 */
void filecache_account_read(const struct filecache_owner *owner,
			    struct filecache_counts *ret)
{
	const struct filecache_balance *balance = &owner->balance;
	s64 sum[ACCOUNT_NR];
	int i, cpu, ended;

	do {
		/* Pairs with the barrier before ended in slot_flush(). */
		ended = atomic_read_acquire(&balance->ended);
		for (i = 0; i < ACCOUNT_NR; i++)
			sum[i] = atomic64_read(&balance->n[i]);
		for_each_possible_cpu(cpu)
			cpu_read(cpu, owner->idx, sum);
		/* Pairs with the barrier after begun in slot_flush(). */
		smp_rmb();
	} while (atomic_read(&balance->begun) != ended);
	counts_work_out(sum, ret);
}

static void cpu_read_all(int cpu, s64 *sum)
{
	const struct account_cpu *books = per_cpu_ptr(filecache.accounts.cpu, cpu);
	const struct account_last *last = per_cpu_ptr(&filecache_last, cpu);
	s64 part[ACCOUNT_NR];
	unsigned int seq;
	int i, s;

	do {
		seq = read_seqcount_begin(&books->seq);
		for (i = 0; i < ACCOUNT_NR; i++) {
			part[i] = local_read(&books->total[i]);
			for (s = 0; s < ACCOUNT_SLOTS; s++)
				part[i] += slot_column(&books->slot[s], i);
		}
		part[2 * COUNT_FILE + ACCOUNT_IN] += READ_ONCE(last->came);
	} while (read_seqcount_retry(&books->seq, seq));
	for (i = 0; i < ACCOUNT_NR; i++)
		sum[i] += part[i];
}

/**
 * filecache_account_read_all() - Read the counts of all owners together.
 * @ret: their sum, owners that are no longer there included
 *
 * Takes time by the number of CPUs, not of owners.
 *
 * Context: any but an interrupt, which could wait for what it interrupts.
 */
void filecache_account_read_all(struct filecache_counts *ret)
{
	s64 sum[ACCOUNT_NR] = {};
	int cpu;

	for_each_possible_cpu(cpu)
		cpu_read_all(cpu, sum);
	counts_work_out(sum, ret);
}

static void cpu_flush(int cpu)
{
	struct account_cpu *books = per_cpu_ptr(filecache.accounts.cpu, cpu);
	int s;

	last_set(books, per_cpu_ptr(&filecache_last, cpu), ACCOUNT_EMPTY, NULL);
	for (s = 0; s < ACCOUNT_SLOTS; s++)
		slot_flush(books, &books->slot[s]);
}

static void books_flush(struct work_struct *work)
{
	/* An event handler cannot be half done here: it would be preempting us. */
	preempt_disable();
	cpu_flush(smp_processor_id());
	preempt_enable();
}

/**
 * filecache_accounts_flush() - Empty the slots of all CPUs.
 *
 * Afterwards no CPU remembers an owner that is not in the hash table, and
 * every event that had begun before has been counted.
 *
 * Context: may sleep.
 */
void filecache_accounts_flush(void)
{
	struct account_cpu __percpu *books = filecache.accounts.cpu;
	int cpu;

	mutex_lock(&filecache.accounts.flush_lock);
	cpus_read_lock();
	for_each_possible_cpu(cpu) {
		if (cpu_online(cpu)) {
			schedule_work_on(cpu, &per_cpu_ptr(books, cpu)->flush);
			continue;
		}
		/* A reader that preempted us would wait for us for ever. */
		preempt_disable();
		cpu_flush(cpu);
		preempt_enable();
	}
	for_each_online_cpu(cpu)
		flush_work(&per_cpu_ptr(books, cpu)->flush);
	cpus_read_unlock();
	mutex_unlock(&filecache.accounts.flush_lock);
}

/** filecache_accounts_init() - Open the books. Return: 0 or -ENOMEM. */
int filecache_accounts_init(void)
{
	struct account_cpu *books;
	int cpu, s;

	mutex_init(&filecache.accounts.flush_lock);
	filecache.accounts.cpu = alloc_percpu(struct account_cpu);
	if (!filecache.accounts.cpu)
		return -ENOMEM;
	for_each_possible_cpu(cpu) {
		books = per_cpu_ptr(filecache.accounts.cpu, cpu);
		seqcount_init(&books->seq);
		INIT_WORK(&books->flush, books_flush);
		for (s = 0; s < ACCOUNT_SLOTS; s++)
			books->slot[s].idx = ACCOUNT_EMPTY;
		*per_cpu_ptr(&filecache_last, cpu) = (struct account_last){
			.idx = ACCOUNT_EMPTY,
			.books = books,
		};
	}
	return 0;
}

/** filecache_accounts_exit() - Close the books; no event may arrive any more. */
void filecache_accounts_exit(void)
{
	int cpu;

	for_each_possible_cpu(cpu)
		put_cred(per_cpu(filecache_last, cpu).cred);
	free_percpu(filecache.accounts.cpu);
}
