// SPDX-License-Identifier: GPL-2.0-only
/*
 * One pass over all tags.  It costs the same for one owner as for thousands,
 * and it holds nothing but one folio at a time: events go on meanwhile, and
 * what they bring where the pass has been is not seen.
 */
#include <linux/bitmap.h>
#include <linux/fs.h>
#include <linux/memory_hotplug.h>
#include <linux/sched/signal.h>

#include "compat/folio.h"
#include "filecache.h"
#include "pass.h"

/* Tags are looked at in pieces of this many pages, between which others run. */
#define PASS_PIECE 1024

/* Folios that were locked are tried so many times again, so long after. */
#define PASS_TRIES 2
#define PASS_TRY_MS 100

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
	/* With a reference it is not split. */
	*ret_next = folio_pfn(folio) + folio_nr_pages(folio);
	if (folio_trylock(folio)) {
		/* Locked, it has left the page cache, or stays there as it is. */
		if (compat_mapping(&folio->page))
			err = pass->visit(pass, folio);
		folio_unlock(folio);
	} else {
		err = -EBUSY;
	}
	folio_put(folio);
	return err;
}

static int page_visit(struct filecache_pass *pass, unsigned long pfn,
		      unsigned long *ret_next)
{
	int err = pass->ready ? pass->ready(pass) : 0;

	return err ?: folio_visit(pass, pfn, ret_next);
}

/* Note what is to be tried again. */
static void busy_note(struct filecache_pass *pass, unsigned long pfn, unsigned long end)
{
	if (pass->again && pass->agains < PASS_AGAIN)
		pass->again[pass->agains++] = (struct pass_again){ pfn, end };
	else
		pass->busy++;
}

/* Return: @err, or -EINTR. */
static int pass_pause(struct filecache_pass *pass, int err)
{
	if (pass->pause)
		pass->pause(pass);
	cond_resched();
	return !err && fatal_signal_pending(current) ? -EINTR : err;
}

/* Every tag once. */
static int pass_all(struct filecache_pass *pass)
{
	DECLARE_BITMAP(found, PASS_PIECE);
	unsigned long pfn = 0, next = 0;
	unsigned int i;
	int err = 0;

	for (; !err && piece_find(pass, &pfn, found); pfn += PASS_PIECE) {
		for_each_set_bit(i, found, PASS_PIECE) {
			if (pfn + i < next)
				continue;
			err = page_visit(pass, pfn + i, &next);
			if (err == -EBUSY)
				busy_note(pass, pfn + i, next);
			else if (err)
				break;
			err = 0;
		}
		err = pass_pause(pass, err);
	}
	return err;
}

/*
 * What was busy once more.  Where a folio was there may be several by now, of
 * which none is visited twice, and all are tried again from a busy one on.
 */
static int pass_again(struct filecache_pass *pass)
{
	unsigned int i, before = pass->agains;
	unsigned long pfn, next = 0;
	struct pass_again again;
	int err = 0;

	pass->agains = 0;
	for (i = 0; !err && i < before; i++) {
		again = pass->again[i];
		for (pfn = max(again.pfn, next); pfn < again.end; pfn = next) {
			err = page_visit(pass, pfn, &next);
			if (err)
				break;
		}
		if (err == -EBUSY) {
			busy_note(pass, pfn, again.end);
			err = 0;
		}
		err = pass_pause(pass, err);
	}
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
	unsigned int tries;
	int err;

	pass->busy = 0;
	pass->agains = 0;
	err = pass_all(pass);
	for (tries = 0; !err && pass->agains && tries < PASS_TRIES; tries++) {
		schedule_timeout_killable(msecs_to_jiffies(PASS_TRY_MS));
		err = pass_again(pass);
	}
	pass->busy += pass->agains;
	return err;
}

/**
 * filecache_pass_hold() - Hold the inode of a locked folio, for milliseconds.
 * @inode: the inode
 *
 * An inode that is held when its file system is unmounted is left behind, so
 * an unmount is kept waiting, as by who drops all caches.  Were the file system
 * itself held, umount(2) would return before it is gone.
 *
 * Return: 0; -EBUSY when the file system is frozen, or being unmounted or
 * changed; -ENOENT when the inode is on its way out.
 */
int filecache_pass_hold(struct inode *inode)
{
	struct super_block *sb = inode->i_sb;
	int err;

	if (!down_read_trylock(&sb->s_umount))
		return -EBUSY;
	/* The last one to let a file go may wait for who thaws, who waits for us. */
	if (sb->s_writers.frozen != SB_UNFROZEN)
		err = -EBUSY;
	else
		err = igrab(inode) ? 0 : -ENOENT;
	if (err)
		up_read(&sb->s_umount);
	return err;
}

/**
 * filecache_pass_release() - Let it go.
 * @inode: the inode
 *
 * Context: may sleep; no folio locked.
 */
void filecache_pass_release(struct inode *inode)
{
	struct super_block *sb = inode->i_sb;

	iput(inode);
	/* Whoever waits for this frees it after a grace period. */
	rcu_read_lock();
	up_read(&sb->s_umount);
	rcu_read_unlock();
}
