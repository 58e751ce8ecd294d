/* SPDX-License-Identifier: GPL-2.0-only */
/* One pass over all tags, to do something with the folios of some owners. */
#ifndef FILECACHE_PASS_H
#define FILECACHE_PASS_H

#include <linux/bitops.h>
#include <linux/types.h>

struct folio;
struct inode;

/* How many folios that are locked can be tried again. */
#define PASS_AGAIN 4096

/**
 * struct pass_again - a folio that was locked
 * @pfn: its first page that was wanted
 * @end: the page after it
 */
struct pass_again {
	unsigned long pfn;
	unsigned long end;
};

/**
 * struct filecache_pass - what to do with which folios
 * @wanted: a bit for each index whose pages are asked for
 * @size: of @wanted, in bits
 * @ready: called before a folio is locked, and may sleep; may be NULL
 * @visit: called with the folio locked; some of its pages were wanted
 * @pause: called now and then, and at the end, with no folio locked; may sleep;
 *	   may be NULL
 * @again: room for PASS_AGAIN folios that are locked, to be tried again after
 *	   the pass; NULL if they are to be left out at once
 * @agains: how many there are
 * @busy: how many folios were left out
 *
 * Nobody's folio is waited for: what holds its lock may hold it for ever.
 *
 * @ready and @visit return 0, or a negative errno that ends the pass; for
 * -EBUSY @visit has left the folio out as if it had been locked.
 */
struct filecache_pass {
	const unsigned long *wanted;
	u32 size;
	int (*ready)(struct filecache_pass *pass);
	int (*visit)(struct filecache_pass *pass, struct folio *folio);
	void (*pause)(struct filecache_pass *pass);
	struct pass_again *again;
	unsigned int agains;
	unsigned long busy;
};

int filecache_pass_run(struct filecache_pass *pass);
int filecache_pass_hold(struct inode *inode);
void filecache_pass_release(struct inode *inode);

/** filecache_pass_wants() - Whether pages with a tag are asked for. */
static inline bool filecache_pass_wants(const struct filecache_pass *pass, u32 tag)
{
	return tag < pass->size && test_bit(tag, pass->wanted);
}

#endif
