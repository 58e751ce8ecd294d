// SPDX-License-Identifier: GPL-2.0-only
/*
 * The page cache's events: two tracepoints, for pages that come and go, and a
 * hook on page migration, which has none.  They are not exported to modules,
 * so they are looked up by name.
 *
 * Handlers run with the folio locked, so that no two run for the same folio,
 * and with preemption off.  They are called for every page and do no more
 * than necessary, above all for folios of one page.
 */
#define pr_fmt(fmt) KBUILD_MODNAME ": " fmt

#include <linux/filecache.h>
#include <linux/fs.h>
#include <linux/ftrace.h>
#include <linux/hugetlb.h>
#include <linux/sched.h>
#include <linux/tracepoint.h>

#include "compat/folio.h"
#include "compat/hook.h"
#include "faults.h"
#include "filecache.h"

static __always_inline struct account_cpu *this_cpu_books(void)
{
	return this_cpu_ptr(filecache.accounts.cpu);
}

/* The same when a folio comes and when it goes, since its inode is. */
static __always_inline enum filecache_counter folio_kind(const struct folio *folio)
{
	return S_ISBLK(folio->mapping->host->i_mode) ? COUNT_BLOCKDEV : COUNT_FILE;
}

/*
 * Folios that we do not count: huge pages, which are not in Cached either,
 * and shmem, whose adds the kernel does not show.
 */
static bool folio_foreign(struct folio *folio)
{
	return folio_test_swapbacked(folio) || folio_test_hugetlb(folio);
}

/*
 * A page comes that has a tag: its going was missed.  Whoever had it has not;
 * its kind is anybody's guess, so it is taken to be the same.
 */
static noinline void tag_stale(struct account_cpu *books, u32 idx,
			       enum filecache_counter kind)
{
	atomic64_inc(&filecache.accounts.stale);
	filecache_account_remove(books, idx, kind, 1);
}

/* Memory without tags: nobody can be told from anybody else, now or later. */
static noinline void tag_missing(struct account_cpu *books,
				 enum filecache_counter kind, long pages)
{
	if (pages > 0)
		atomic64_add(pages, &filecache.accounts.untaggable);
	filecache_account_adjust(books, TAG_UNKNOWN, kind, pages);
}

static __always_inline void tag_add(u32 *tag, struct account_cpu *books, u32 idx,
				    enum filecache_counter kind)
{
	if (unlikely(*tag != TAG_NONE))
		tag_stale(books, *tag, kind);
	WRITE_ONCE(*tag, idx);
}

/* Whatever folio it is. */
static noinline void folio_add(struct folio *folio, struct account_cpu *books)
{
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
		tag_add(&tag[i], books, idx, kind);
	filecache_account_add(books, idx, kind, pages);
}

/*
 * What nearly all are: one page, by the same process as the page before on
 * this CPU.  Return: false, and nothing has been done, if it is another.
 */
static __always_inline bool page_add(struct folio *folio, struct account_cpu *books)
{
	struct account_slot *slot = books->last_slot;
	unsigned long pfn = folio_pfn(folio);
	struct tag_chunk *chunk;
	u32 *tag;

	if (unlikely(!compat_folio_plain(folio) || !filecache_owner_is_last(books) ||
		     slot->idx != books->last_idx))
		return false;
	chunk = filecache_tag_chunk(&filecache.tags, pfn);
	if (unlikely(!chunk))
		return false;
	tag = filecache_tag_in(chunk, pfn);
	if (unlikely(*tag != TAG_NONE))
		return false;
	WRITE_ONCE(*tag, slot->idx);
	local_inc(&slot->n[folio_kind(folio)]);
	local_inc(&slot->n[COUNT_ADDED]);
	return true;
}

/* A folio enters the page cache; current is who brought it. */
static void on_add(void *data, struct folio *folio)
{
	struct account_cpu *books;

	if (fault_strikes(FAULT_ADD))
		return;
	compat_event_enter();
	books = this_cpu_books();
	if (!page_add(folio, books))
		folio_add(folio, books);
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
static noinline void folio_delete(struct folio *folio, struct account_cpu *books)
{
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
static __always_inline bool page_delete(struct folio *folio, struct account_cpu *books)
{
	unsigned long pfn = folio_pfn(folio);
	struct account_slot *slot;
	struct tag_chunk *chunk;
	u32 *tag;

	if (unlikely(!compat_folio_plain(folio)))
		return false;
	chunk = filecache_tag_chunk(&filecache.tags, pfn);
	if (unlikely(!chunk))
		return false;
	tag = filecache_tag_in(chunk, pfn);
	slot = &books->slot[*tag & (ACCOUNT_SLOTS - 1)];
	if (unlikely(slot->idx != *tag || *tag == TAG_NONE))
		return false;
	WRITE_ONCE(*tag, TAG_NONE);
	local_dec(&slot->n[folio_kind(folio)]);
	local_inc(&slot->n[COUNT_REMOVED]);
	return true;
}

/* A folio leaves the page cache; interrupts are off, its mapping still there. */
static void on_delete(void *data, struct folio *folio)
{
	struct account_cpu *books;

	if (fault_strikes(FAULT_DELETE))
		return;
	compat_event_enter();
	books = this_cpu_books();
	if (!page_delete(folio, books))
		folio_delete(folio, books);
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
 * filecache_event_found() - A folio has been found in the page cache at load.
 * @folio: locked, and in the page cache
 *
 * Return: base pages that were not known before.
 */
unsigned long filecache_event_found(struct folio *folio)
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

static void tags_move(struct folio *to, struct folio *from, struct account_cpu *books)
{
	enum filecache_counter kind = folio_kind(from);
	long i, pages = folio_nr_pages(from);
	u32 *new = filecache_tag(&filecache.tags, folio_pfn(to));
	u32 *old = filecache_tag(&filecache.tags, folio_pfn(from));

	if (unlikely(!new || !old)) {
		/* On one side the pages are nobody's: make it both. */
		for (i = 0; old && i < pages; i++) {
			if (old[i] == TAG_NONE)
				continue;
			filecache_account_adjust(books, old[i], kind, -1);
			tag_missing(books, kind, 1);
			WRITE_ONCE(old[i], TAG_NONE);
		}
		for (i = 0; new && i < pages; i++)
			WRITE_ONCE(new[i], TAG_UNKNOWN);
		return;
	}
	/* Not found at load yet, and the search may be past the new place. */
	tags_adopt(old, pages, books, kind);
	for (i = 0; i < pages; i++) {
		struct account_slot *slot;

		if (unlikely(new[i] != TAG_NONE))
			tag_stale(books, new[i], kind);
		WRITE_ONCE(new[i], old[i]);
		slot = filecache_account_slot(books, old[i]);
		local_inc(&slot->n[COUNT_MOVED]);
		WRITE_ONCE(old[i], TAG_NONE);
	}
}

/*
 * folio_migrate_flags(to, from): both are locked, and the page cache has the
 * new one already; the old one still has its mapping.
 */
static void notrace on_migrate(unsigned long ip, unsigned long parent_ip,
			       struct ftrace_ops *ops, struct ftrace_regs *fregs)
{
	struct folio *to = (struct folio *)compat_hook_argument(fregs, 0);
	struct folio *from = (struct folio *)compat_hook_argument(fregs, 1);

	if (!compat_mapping(&from->page) || folio_foreign(from))
		return;
	if (fault_strikes(FAULT_MOVE))
		return;
	preempt_disable_notrace();
	tags_move(to, from, this_cpu_books());
	preempt_enable_notrace();
}

static struct ftrace_ops migrate_hook = {
	.func = on_migrate,
	/* PERMANENT: ftrace_enabled = 0 is refused rather than losing events. */
	.flags = FTRACE_OPS_FL_PERMANENT | COMPAT_HOOK_FLAGS,
};

static void task_exits(struct task_struct *task, bool group_dead)
{
	if (!group_dead)
		return;
	compat_event_enter();
	filecache_owner_task_exit(task);
	compat_event_leave();
}

COMPAT_EXIT_HANDLER(on_exit, task_exits)

static void tracepoint_found(struct tracepoint *tp, void *data)
{
	struct filecache_events *events = data;

	if (!strcmp(tp->name, "mm_filemap_add_to_page_cache"))
		events->add = tp;
	else if (!strcmp(tp->name, "mm_filemap_delete_from_page_cache"))
		events->delete = tp;
	else if (!strcmp(tp->name, "sched_process_exit"))
		events->exit = tp;
}

static int migrate_hook_set(void)
{
	/* ftrace takes the name apart where it is. */
	unsigned char name[] = "folio_migrate_flags";
	int err;

	err = ftrace_set_filter(&migrate_hook, name, sizeof(name) - 1, 1);
	if (!err)
		err = register_ftrace_function(&migrate_hook);
	if (err)
		pr_err("%s: cannot be hooked (%d); is ftrace_enabled 0?\n", name, err);
	return err;
}

/**
 * filecache_events_init() - Let the events arrive.
 *
 * Removals come first.  The migration hook gives tags to pages that were there
 * before us, and so do adds; whatever has a tag must be seen to go.
 *
 * When it returns, every change of the page cache that begins is seen.
 *
 * Return: 0; -ENOENT when this kernel lacks one of them; other negative errno.
 */
int filecache_events_init(void)
{
	struct filecache_events *events = &filecache.events;
	int err;

	for_each_kernel_tracepoint(tracepoint_found, events);
	if (!events->add || !events->delete || !events->exit) {
		pr_err("this kernel lacks a tracepoint of the page cache; it needs CONFIG_TRACEPOINTS\n");
		return -ENOENT;
	}
	err = tracepoint_probe_register(events->exit, on_exit, NULL);
	if (err)
		return err;
	err = tracepoint_probe_register(events->delete, on_delete, NULL);
	if (err)
		goto err_exit;
	/* Whoever had passed a tracepoint before it was ours is through then. */
	synchronize_rcu();
	err = migrate_hook_set();
	if (err)
		goto err_delete;
	err = tracepoint_probe_register(events->add, on_add, NULL);
	if (err)
		goto err_hook;
	synchronize_rcu();
	return 0;

err_hook:
	unregister_ftrace_function(&migrate_hook);
err_delete:
	tracepoint_probe_unregister(events->delete, on_delete, NULL);
err_exit:
	tracepoint_probe_unregister(events->exit, on_exit, NULL);
	tracepoint_synchronize_unregister();
	return err;
}

/** filecache_events_exit() - Stop them; none is under way on return. */
void filecache_events_exit(void)
{
	struct filecache_events *events = &filecache.events;

	tracepoint_probe_unregister(events->add, on_add, NULL);
	unregister_ftrace_function(&migrate_hook);
	tracepoint_probe_unregister(events->delete, on_delete, NULL);
	tracepoint_probe_unregister(events->exit, on_exit, NULL);
	tracepoint_synchronize_unregister();
}

/** filecache_events_blind() - Return: enum filecache_blind, what cannot be seen. */
u32 filecache_events_blind(void)
{
	u32 blind = FILECACHE_BLIND_SHMEM | FILECACHE_BLIND_REPLACE;

	if (IS_ENABLED(CONFIG_READ_ONLY_THP_FOR_FS))
		blind |= FILECACHE_BLIND_COLLAPSE;
	return blind;
}
