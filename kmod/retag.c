// SPDX-License-Identifier: GPL-2.0-only
/*
 * Pages change hands without coming or going: those of dead owners, when they
 * are folded together or forgotten.  With the folio locked no event can be
 * under way for it, so each page is moved from one count to the other exactly
 * once, and the sum of both never changes.
 */
#include <linux/bitmap.h>
#include <linux/filecache.h>
#include <linux/slab.h>

#include "compat/folio.h"
#include "filecache.h"
#include "page.h"
#include "retag.h"

/**
 * filecache_retag_init() - Begin to say whose pages are to be given to whom.
 * @retag: filled in
 *
 * Context: owners.lock, to filecache_retag_run(), lest indices change hands.
 * Return: 0 or -ENOMEM.
 */
int filecache_retag_init(struct filecache_retag *retag)
{
	lockdep_assert_held(&filecache.owners.lock);
	*retag = (struct filecache_retag){ .size = READ_ONCE(filecache.owners.top) };
	retag->wanted = kvcalloc(BITS_TO_LONGS(retag->size), sizeof(long), GFP_KERNEL);
	retag->heir = kvcalloc(retag->size, sizeof(*retag->heir), GFP_KERNEL);
	if (retag->wanted && retag->heir)
		return 0;
	filecache_retag_exit(retag);
	return -ENOMEM;
}

/** filecache_retag_exit() - Free what filecache_retag_init() has allocated. */
void filecache_retag_exit(struct filecache_retag *retag)
{
	kvfree(retag->heir);
	kvfree(retag->wanted);
}

/**
 * filecache_retag_add() - Have an owner's pages given to another one.
 * @retag: the undertaking
 * @from: index of whose
 * @to: index of to whom
 */
void filecache_retag_add(struct filecache_retag *retag, u32 from, u32 to)
{
	/* It is younger than the undertaking, and none of ours. */
	if (from >= retag->size)
		return;
	retag->heir[from] = to;
	__set_bit(from, retag->wanted);
}

/* Pages next to each other with the same tag. */
static void run_retag(struct filecache_retag *retag, u32 *tag, long pages,
		      struct account_cpu *books, enum filecache_counter kind)
{
	u32 from = *tag, to = retag->heir[from];
	long i;

	/* Who makes a list meanwhile may see them twice, or never. */
	raw_write_seqcount_begin(&filecache.owners.given);
	for (i = 0; i < pages; i++)
		WRITE_ONCE(tag[i], to);
	filecache_account_give(books, from, to, kind, pages);
	raw_write_seqcount_end(&filecache.owners.given);
	retag->pages += pages;
}

static int folio_retag(struct filecache_pass *pass, struct folio *folio)
{
	struct filecache_retag *retag = container_of(pass, struct filecache_retag, pass);
	enum filecache_counter kind = filecache_page_kind(folio);
	long i, run, pages = folio_nr_pages(folio);
	struct account_cpu *books;
	u32 *tag;

	preempt_disable();
	books = this_cpu_ptr(filecache.accounts.cpu);
	tag = filecache_tag(&filecache.tags, folio_pfn(folio));
	for (i = 0; tag && i < pages; i += run) {
		for (run = 1; i + run < pages && tag[i + run] == tag[i]; run++)
			;
		if (filecache_pass_wants(pass, tag[i]))
			run_retag(retag, &tag[i], run, books, kind);
	}
	preempt_enable();
	return 0;
}

/**
 * filecache_retag_run() - Give the pages.
 * @retag: whose to whom
 *
 * Pages of folios that somebody holds the lock of stay where they are.
 *
 * Context: owners.lock; may sleep.
 * Return: 0; -EINTR when the caller is killed.
 */
int filecache_retag_run(struct filecache_retag *retag)
{
	lockdep_assert_held(&filecache.owners.lock);
	retag->pass.wanted = retag->wanted;
	retag->pass.size = retag->size;
	retag->pass.visit = folio_retag;
	return filecache_pass_run(&retag->pass);
}

/* Whether it is dead, or stands for dead ones. */
static bool owner_forgettable(const struct filecache_owner *owner)
{
	return READ_ONCE(owner->exit) || (owner->flags & FILECACHE_OWNER_FLAG_FOLDED);
}

static bool owner_has_pages(const struct filecache_owner *owner)
{
	struct filecache_counts counts;

	filecache_account_read(owner, &counts);
	return filecache_counts_pages(&counts);
}

static int forget_one(struct filecache_retag *retag, u64 id)
{
	const struct filecache_owner *owner;
	int n = -ENOENT;

	rcu_read_lock();
	owner = filecache_owner_by_id(id);
	if (owner)
		n = owner_forgettable(owner) ? owner_has_pages(owner) : -EBUSY;
	if (n > 0)
		filecache_retag_add(retag, owner->idx, TAG_UNKNOWN);
	rcu_read_unlock();
	return n;
}

static int forget_all(struct filecache_retag *retag)
{
	const struct filecache_owner *owner;
	unsigned long idx;
	int n = 0;

	rcu_read_lock();
	xa_for_each_start(&filecache.owners.xa, idx, owner, TAG_FIRST) {
		if (owner_forgettable(owner) && owner_has_pages(owner)) {
			filecache_retag_add(retag, owner->idx, TAG_UNKNOWN);
			n++;
		}
		if (need_resched()) {
			/* Indices stay what they are while we are away. */
			rcu_read_unlock();
			cond_resched();
			rcu_read_lock();
		}
	}
	rcu_read_unlock();
	return n;
}

/* @id is 0 for all dead ones. */
static int forget(u64 id, struct filecache_forgotten *ret)
{
	struct filecache_retag retag;
	int n, err;

	if (mutex_lock_killable(&filecache.owners.lock))
		return -EINTR;
	err = filecache_retag_init(&retag);
	if (err)
		goto out;
	n = id ? forget_one(&retag, id) : forget_all(&retag);
	err = min(n, 0);
	if (n > 0)
		err = filecache_retag_run(&retag);
	atomic64_add(retag.pages, &filecache.owners.forgotten);
	ret->pages = retag.pages;
	ret->owners = max(n, 0);
	filecache_retag_exit(&retag);
out:
	mutex_unlock(&filecache.owners.lock);
	return err;
}

/**
 * filecache_forget() - Make a dead owner's pages unknown.
 * @id: of the owner
 * @ret: how many it had
 *
 * Return: 0; -ENOENT when there is no such owner; -EBUSY when it lives;
 * -EINTR when the caller is killed; -ENOMEM.
 */
int filecache_forget(u64 id, struct filecache_forgotten *ret)
{
	return forget(id, ret);
}

/**
 * filecache_forget_dead() - Make all dead owners' pages unknown.
 * @ret: how many they had
 *
 * Return: 0; -EINTR when the caller is killed; -ENOMEM.
 */
int filecache_forget_dead(struct filecache_forgotten *ret)
{
	return forget(0, ret);
}
