// SPDX-License-Identifier: GPL-2.0-only
/*
 * What an event means for tags and counts.
 *
 * Handlers run with the folio locked, so that no two run for the same folio,
 * and with preemption off.  They are called for every page and do no more
 * than necessary, above all for folios of one page.
 */
#include <linux/filecache.h>
#include <linux/fs.h>
#include <linux/hugetlb.h>
#include <linux/sched.h>

#include "compat/folio.h"
#include "compat/hook.h"
#include "faults.h"
#include "filecache.h"
#include "page.h"

static __always_inline struct account_cpu *this_cpu_books(void)
{
	return __this_cpu_read(filecache_last.books);
}

/* The same when a folio comes and when it goes, since its inode is. */
static __always_inline enum filecache_counter folio_kind(struct folio *folio)
{
	if (folio_test_swapbacked(folio))
		return COUNT_SHMEM;
	return S_ISBLK(folio->mapping->host->i_mode) ? COUNT_BLOCKDEV : COUNT_FILE;
}

/* Shmem where the kernel does not show all that happens to it is not counted. */
static __always_inline bool folio_unseen(struct folio *folio)
{
	return folio_test_swapbacked(folio) && !filecache.events.shmem;
}

/* Folios that we do not count; huge pages are not in Cached either. */
static bool folio_foreign(struct folio *folio)
{
	return folio_unseen(folio) || folio_test_hugetlb(folio);
}

/*
 * Memory has a tag of somebody whose page's going was missed: he has it no more.
 * What kernels do not show happens to regular files: they are collapsed, or
 * their pages replaced.
 */
static noinline void tag_stale(struct account_cpu *books, u32 idx)
{
	atomic64_inc(&filecache.accounts.stale);
	filecache_account_remove(books, idx, COUNT_FILE, 1);
}

/* Memory without tags: nobody can be told from anybody else, now or later. */
static noinline void tag_missing(struct account_cpu *books,
				 enum filecache_counter kind, long pages)
{
	if (pages > 0)
		atomic64_add(pages, &filecache.accounts.untaggable);
	filecache_account_adjust(books, TAG_UNKNOWN, kind, pages);
}

static __always_inline void tag_add(u32 *tag, struct account_cpu *books, u32 idx)
{
	if (unlikely(*tag != TAG_NONE))
		tag_stale(books, *tag);
	WRITE_ONCE(*tag, idx);
}

/* Whatever folio it is. */
static noinline void folio_add(struct folio *folio)
{
	struct account_cpu *books = this_cpu_books();
	long i, pages = folio_nr_pages(folio);
	enum filecache_counter kind;
	u32 idx, *tag;

	if (folio_foreign(folio))
		return;
	kind = folio_kind(folio);
	tag = filecache_tag(&filecache.tags, folio_pfn(folio));
	if (unlikely(!tag)) {
		tag_missing(books, kind, pages);
		return;
	}
	idx = filecache_owner_current(books);
	for (i = 0; i < pages; i++)
		tag_add(&tag[i], books, idx);
	filecache_account_add(books, idx, kind, pages);
}

/*
 * Nearly all of them are one page of a regular file.  Buffers are reached by
 * address, so block devices never have highmem, even where there is none, and
 * nearly everybody else has.
 */
static __always_inline bool folio_common(const struct folio *folio)
{
	return likely(compat_folio_plain(folio) &&
		      (folio->mapping->gfp_mask & __GFP_HIGHMEM));
}

/*
 * One page, by the same owner as the one before on this CPU.
 * Return: false, and nothing has been done, if it is another.
 */
static __always_inline bool page_add(struct folio *folio)
{
	u32 *tag;

	if (!folio_common(folio) ||
	    unlikely(current_real_cred() != __this_cpu_read(filecache_last.cred)))
		return false;
	tag = filecache_tag_of_page(&filecache.tags, &folio->page);
	if (unlikely(*tag != TAG_NONE))
		return false;
	WRITE_ONCE(*tag, __this_cpu_read(filecache_last.idx));
	__this_cpu_inc(filecache_last.came);
	return true;
}

/**
 * filecache_page_added() - A folio enters the page cache.
 * @data: unused
 * @folio: locked; current is who brought it
 */
void notrace filecache_page_added(void *data, struct folio *folio)
{
	if (fault_strikes(FAULT_ADD))
		return;
	compat_event_enter();
	if (!page_add(folio))
		folio_add(folio);
	compat_event_leave();
}

/* A page that was never counted goes: all right only while we look for them. */
static noinline void untagged_remove(long pages)
{
	if (READ_ONCE(filecache.scan.done))
		atomic64_add(pages, &filecache.accounts.untagged_removed);
}

/*
 * Whatever folio it is.  Base pages may belong to several owners: one entry
 * for each run of one.
 */
static noinline void folio_delete(struct folio *folio)
{
	struct account_cpu *books = this_cpu_books();
	long i, run, pages = folio_nr_pages(folio);
	enum filecache_counter kind;
	u32 idx, *tag;

	if (folio_foreign(folio))
		return;
	kind = folio_kind(folio);
	tag = filecache_tag(&filecache.tags, folio_pfn(folio));
	if (unlikely(!tag)) {
		tag_missing(books, kind, -pages);
		return;
	}
	for (i = 0; i < pages; i += run) {
		idx = tag[i];
		for (run = 0; i + run < pages && tag[i + run] == idx; run++)
			WRITE_ONCE(tag[i + run], TAG_NONE);
		if (idx == TAG_NONE)
			untagged_remove(run);
		else
			filecache_account_remove(books, idx, kind, run);
	}
}

/* One page, of an owner that has a slot here; see page_add(). */
static __always_inline bool page_delete(struct folio *folio)
{
	struct account_slot *slot;
	u32 idx, *tag;

	if (!folio_common(folio))
		return false;
	tag = filecache_tag_of_page(&filecache.tags, &folio->page);
	idx = *tag;
	slot = &this_cpu_books()->slot[idx & (ACCOUNT_SLOTS - 1)];
	if (unlikely(slot->idx != idx))
		return false;
	WRITE_ONCE(*tag, TAG_NONE);
	local_inc(&slot->n[2 * COUNT_FILE + ACCOUNT_OUT]);
	return true;
}

/**
 * filecache_page_deleted() - A folio leaves the page cache.
 * @data: unused
 * @folio: locked, its mapping still there; interrupts are off
 */
void notrace filecache_page_deleted(void *data, struct folio *folio)
{
	if (fault_strikes(FAULT_DELETE))
		return;
	compat_event_enter();
	if (!page_delete(folio) && !folio_unseen(folio))
		folio_delete(folio);
	compat_event_leave();
}

/*
 * A page-cache page that we have not counted yet: it was there before us.
 * Pages of a folio are adopted one by one, as some may have been before.
 */
static long tags_adopt(u32 *tag, long pages, struct account_cpu *books,
		       enum filecache_counter kind)
{
	long i, adopted = 0;

	for (i = 0; i < pages; i++) {
		if (tag[i] != TAG_NONE)
			continue;
		WRITE_ONCE(tag[i], TAG_UNKNOWN);
		adopted++;
	}
	if (adopted) {
		filecache_account_adjust(books, TAG_UNKNOWN, kind, adopted);
		atomic64_add(adopted, &filecache.scan.pages);
	}
	return adopted;
}

/**
 * filecache_page_seen() - Whether a folio is of those that are counted.
 * @folio: locked, and in the page cache
 *
 * If it is not, its tags are what somebody before it has left behind.
 */
bool filecache_page_seen(struct folio *folio)
{
	return !folio_foreign(folio);
}

/**
 * filecache_page_kind() - As what the pages with a folio's tags are counted.
 * @folio: locked, and in the page cache
 */
enum filecache_counter filecache_page_kind(struct folio *folio)
{
	/* As tag_stale() takes them for. */
	return folio_foreign(folio) ? COUNT_FILE : folio_kind(folio);
}

/**
 * filecache_page_memory_gone() - Memory has gone that still has tags.
 * @tag: its tags, which no event can reach any more
 * @pages: how many
 *
 * They were left behind by pages whose going was missed, or went wrong.
 *
 * Context: may sleep.
 */
void filecache_page_memory_gone(const u32 *tag, unsigned long pages)
{
	unsigned long i;

	for (i = 0; i < pages; i++) {
		if (tag[i] == TAG_NONE)
			continue;
		preempt_disable();
		tag_stale(this_cpu_books(), tag[i]);
		preempt_enable();
		cond_resched();
	}
}

/**
 * filecache_page_found() - A folio has been found in the page cache at load.
 * @folio: locked, and in the page cache
 *
 * Return: base pages that were not known before.
 */
unsigned long filecache_page_found(struct folio *folio)
{
	unsigned long adopted = 0;
	struct account_cpu *books;
	enum filecache_counter kind;
	u32 *tag;

	if (folio_foreign(folio))
		return 0;
	preempt_disable();
	books = this_cpu_books();
	kind = folio_kind(folio);
	tag = filecache_tag(&filecache.tags, folio_pfn(folio));
	if (tag)
		adopted = tags_adopt(tag, folio_nr_pages(folio), books, kind);
	else
		tag_missing(books, kind, folio_nr_pages(folio));
	preempt_enable();
	return adopted;
}

/* On one side the pages are nobody's: make it both. */
static noinline void tags_lose(u32 *new, u32 *old, long pages, struct account_cpu *books,
			       enum filecache_counter kind)
{
	long i;

	for (i = 0; old && i < pages; i++) {
		if (old[i] == TAG_NONE)
			continue;
		filecache_account_adjust(books, old[i], kind, -1);
		tag_missing(books, kind, 1);
		WRITE_ONCE(old[i], TAG_NONE);
	}
	for (i = 0; new && i < pages; i++)
		WRITE_ONCE(new[i], TAG_UNKNOWN);
}

/* All pages of one folio become pages of another one, from its @offset on. */
static void tags_move(struct folio *to, unsigned long offset, struct folio *from,
		      struct account_cpu *books, enum filecache_counter kind)
{
	u32 *new = filecache_tag(&filecache.tags, folio_pfn(to) + offset);
	u32 *old = filecache_tag(&filecache.tags, folio_pfn(from));
	long i, pages = folio_nr_pages(from);

	if (unlikely(!new || !old)) {
		tags_lose(new, old, pages, books, kind);
		return;
	}
	/* Not found at load yet, and the search may be past the new place. */
	tags_adopt(old, pages, books, kind);
	for (i = 0; i < pages; i++) {
		tag_add(&new[i], books, old[i]);
		filecache_account_move(books, old[i], 1);
		WRITE_ONCE(old[i], TAG_NONE);
	}
}

/**
 * filecache_page_migrated() - A folio of any kind has been migrated.
 * @data: unused
 * @new: the page cache has this one already
 * @old: locked, as @new is; its mapping is still there
 */
void notrace filecache_page_migrated(void *data, struct folio *new, struct folio *old)
{
	if (!compat_mapping(&old->page) || folio_foreign(old))
		return;
	if (fault_strikes(FAULT_MOVE))
		return;
	/* Also called by a hook, which is not a tracepoint. */
	preempt_disable_notrace();
	tags_move(new, 0, old, this_cpu_books(), folio_kind(old));
	preempt_enable_notrace();
}

/**
 * filecache_page_replaced() - A folio has taken another one's place.
 * @data: unused
 * @old: locked; its mapping is still there
 * @new: locked; the page cache has this one already
 *
 * The file's page stays whose it was, as in a memory cgroup's account.
 */
void filecache_page_replaced(void *data, struct folio *old, struct folio *new)
{
	if (folio_foreign(new))
		return;
	compat_event_enter();
	tags_move(new, 0, old, this_cpu_books(), folio_kind(new));
	compat_event_leave();
}

/* A page of a huge folio where there was none: whoever makes it brings it. */
static void hole_add(struct folio *folio, unsigned long offset, struct account_cpu *books)
{
	u32 *tag = filecache_tag(&filecache.tags, folio_pfn(folio) + offset);
	enum filecache_counter kind = folio_kind(folio);
	u32 idx;

	if (unlikely(!tag)) {
		tag_missing(books, kind, 1);
		return;
	}
	idx = filecache_owner_current(books);
	tag_add(tag, books, idx);
	filecache_account_add(books, idx, kind, 1);
}

/**
 * filecache_page_collapsed() - A folio has become part of a huge one.
 * @data: unused
 * @new: the huge folio, locked; the page cache has this one already
 * @old: locked; NULL for one page of @new where there was none
 * @offset: in @new, of @old's first page
 */
void filecache_page_collapsed(void *data, struct folio *new, struct folio *old,
			      unsigned long offset)
{
	struct account_cpu *books;

	if (folio_foreign(new))
		return;
	compat_event_enter();
	books = this_cpu_books();
	if (old)
		tags_move(new, offset, old, books, folio_kind(new));
	else
		hole_add(new, offset, books);
	compat_event_leave();
}
