// SPDX-License-Identifier: GPL-2.0-only
/*
 * One pass over all tags.  It costs the same for one owner as for thousands,
 * and it holds nothing but one folio at a time: events go on meanwhile, and
 * what they bring where the pass has been is not seen.
 */
#include <linux/bitmap.h>
#include <linux/memory_hotplug.h>
#include <linux/sched/signal.h>

#include "compat/folio.h"
#include "filecache.h"
#include "pass.h"

/* Tags are looked at in pieces of this many pages, between which others run. */
#define PASS_PIECE 1024

/*
 * Note which of the pages from pfn on are wanted.  The chunk may go away as
 * soon as we sleep, so the tags are looked at first and the pages after.
 * Return: false after the last page; *pfn is where to go on.
 */
static bool piece_find(const struct filecache_pass *pass, unsigned long *pfn,
		       unsigned long *found)
{
	unsigned long base = round_down(*pfn, TAG_CHUNK_PAGES);
	const struct tag_chunk *chunk;
	unsigned int i;

	bitmap_zero(found, PASS_PIECE);
	rcu_read_lock();
	chunk = filecache_tags_next(&base);
	if (chunk) {
		*pfn = max(*pfn, base);
		for (i = 0; i < PASS_PIECE; i++)
			if (filecache_pass_wants(pass,
						 READ_ONCE(chunk->tag[*pfn - base + i])))
				__set_bit(i, found);
	}
	rcu_read_unlock();
	return chunk;
}

/* The page-cache folio around a page, with a reference; NULL if it is none. */
static struct folio *folio_get_around(unsigned long pfn)
{
	struct page *page = pfn_to_online_page(pfn);
	struct folio *folio;

	if (!page)
		return NULL;
	folio = page_folio(page);
	if (!compat_page_candidate(&folio->page) || !folio_try_get(folio))
		return NULL;
	/* With a reference it stays what it is; it may just have become it. */
	if (page_folio(page) == folio && compat_page_candidate(&folio->page))
		return folio;
	folio_put(folio);
	return NULL;
}

/* Return: 0, or what ends the pass; *ret_next is the page after the folio. */
static int folio_visit(struct filecache_pass *pass, unsigned long pfn,
		       unsigned long *ret_next)
{
	struct folio *folio = folio_get_around(pfn);
	int err = 0;

	*ret_next = pfn + 1;
	if (!folio)
		return 0;
	if (pass->wait) {
		err = folio_lock_killable(folio);
	} else if (!folio_trylock(folio)) {
		pass->busy++;
		goto out;
	}
	if (err)
		goto out;
	/* Locked, it has left the page cache, or stays there as it is. */
	*ret_next = folio_pfn(folio) + folio_nr_pages(folio);
	if (compat_mapping(&folio->page))
		err = pass->visit(pass, folio);
	folio_unlock(folio);
out:
	folio_put(folio);
	return err;
}

/**
 * filecache_pass_run() - Visit every folio that has a page that is wanted.
 * @pass: which, and what to do
 *
 * Context: may sleep; holds no lock but that of a folio.
 * Return: 0; -EINTR when the caller is killed; what a callback returned.
 */
int filecache_pass_run(struct filecache_pass *pass)
{
	DECLARE_BITMAP(found, PASS_PIECE);
	unsigned long pfn = 0, next = 0;
	unsigned int i;
	int err = 0;

	pass->busy = 0;
	for (; !err && piece_find(pass, &pfn, found); pfn += PASS_PIECE) {
		for_each_set_bit(i, found, PASS_PIECE) {
			if (pfn + i < next)
				continue;
			if (pass->ready)
				err = pass->ready(pass);
			if (!err)
				err = folio_visit(pass, pfn + i, &next);
			if (err)
				break;
		}
		if (!err && fatal_signal_pending(current))
			err = -EINTR;
		cond_resched();
	}
	return err;
}
