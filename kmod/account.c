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

/*
 * Hand a slot over to the owner and to the CPU's total, and empty it.  Two
 * kinds of readers look on: filecache_account_read() by way of begun and
 * ended, filecache_account_read_all() by way of cpu->seq.
 */
static void slot_flush(struct account_cpu *cpu, struct account_slot *slot)
{
	struct filecache_owner *owner;
	int i;

	if (slot->idx == TAG_NONE)
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
	for (i = 0; i < COUNT_NR; i++) {
		long n = local_read(&slot->n[i]);

		if (!n)
			continue;
		atomic64_add(n, &owner->balance.n[i]);
		local_add(n, &cpu->total[i]);
		local_set(&slot->n[i], 0);
	}
	WRITE_ONCE(slot->idx, TAG_NONE);
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

static void slot_read(const struct account_slot *slot, u32 idx,
		      struct filecache_counts *sum)
{
	int i;

	if (READ_ONCE(slot->idx) != idx)
		return;
	/* Pairs with the smp_wmb() in filecache_account_claim(). */
	smp_rmb();
	for (i = 0; i < COUNT_NR; i++)
		sum->n[i] += local_read(&slot->n[i]);
}

/**
 * filecache_account_read() - Read one owner's counts.
 * @owner: whose; must not be freed meanwhile
 * @ret: the counts, exact as of some moment if no page changes hands, and
 *	 never off by more than the changes that happen during the call
 *
 * Context: any.
 */
void filecache_account_read(const struct filecache_owner *owner,
			    struct filecache_counts *ret)
{
	const struct filecache_balance *balance = &owner->balance;
	struct filecache_counts sum;
	int i, cpu, ended;

	do {
		/* Pairs with the barrier before ended in slot_flush(). */
		ended = atomic_read_acquire(&balance->ended);
		for (i = 0; i < COUNT_NR; i++)
			sum.n[i] = atomic64_read(&balance->n[i]);
		for_each_possible_cpu(cpu)
			slot_read(&per_cpu_ptr(filecache.accounts.cpu, cpu)
				  ->slot[owner->idx & (ACCOUNT_SLOTS - 1)],
				  owner->idx, &sum);
		/* Pairs with the barrier after begun in slot_flush(). */
		smp_rmb();
	} while (atomic_read(&balance->begun) != ended);
	*ret = sum;
}

/**
 * filecache_account_read_all() - Read the counts of all owners together.
 * @ret: their sum, owners that are no longer there included
 *
 * Takes time by the number of CPUs, not of owners.
 *
 * Context: any.
 */
void filecache_account_read_all(struct filecache_counts *ret)
{
	struct filecache_counts sum = {}, part;
	const struct account_cpu *books;
	unsigned int seq;
	int cpu, i, s;

	for_each_possible_cpu(cpu) {
		books = per_cpu_ptr(filecache.accounts.cpu, cpu);
		do {
			seq = read_seqcount_begin(&books->seq);
			for (i = 0; i < COUNT_NR; i++) {
				part.n[i] = local_read(&books->total[i]);
				for (s = 0; s < ACCOUNT_SLOTS; s++)
					part.n[i] += local_read(&books->slot[s].n[i]);
			}
		} while (read_seqcount_retry(&books->seq, seq));
		for (i = 0; i < COUNT_NR; i++)
			sum.n[i] += part.n[i];
	}
	*ret = sum;
}

static void cpu_flush(struct account_cpu *cpu)
{
	int s;

	cpu->last_idx = TAG_NONE;
	cpu->last_slot = &cpu->slot[0];
	memset(&cpu->last, 0, sizeof(cpu->last));
	for (s = 0; s < ACCOUNT_SLOTS; s++)
		slot_flush(cpu, &cpu->slot[s]);
}

static void books_flush(struct work_struct *work)
{
	/* An event handler cannot be half done here: it would be preempting us. */
	preempt_disable();
	cpu_flush(container_of(work, struct account_cpu, flush));
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
		if (cpu_online(cpu))
			schedule_work_on(cpu, &per_cpu_ptr(books, cpu)->flush);
		else
			books_flush(&per_cpu_ptr(books, cpu)->flush);
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
	int cpu;

	mutex_init(&filecache.accounts.flush_lock);
	filecache.accounts.cpu = alloc_percpu(struct account_cpu);
	if (!filecache.accounts.cpu)
		return -ENOMEM;
	for_each_possible_cpu(cpu) {
		books = per_cpu_ptr(filecache.accounts.cpu, cpu);
		seqcount_init(&books->seq);
		books->last_slot = &books->slot[0];
		INIT_WORK(&books->flush, books_flush);
	}
	return 0;
}

/** filecache_accounts_exit() - Close the books; no event may arrive any more. */
void filecache_accounts_exit(void)
{
	free_percpu(filecache.accounts.cpu);
}
