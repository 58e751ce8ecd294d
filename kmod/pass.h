/* SPDX-License-Identifier: GPL-2.0-only */
/* One pass over all tags, to do something with the folios of some owners. */
#ifndef FILECACHE_PASS_H
#define FILECACHE_PASS_H

#include <linux/bitops.h>
#include <linux/types.h>

struct folio;

/**
 * struct filecache_pass - what to do with which folios
 * @wanted: a bit for each index whose pages are asked for
 * @size: of @wanted, in bits
 * @wait: wait for a folio that is locked, rather than leave it out
 * @ready: called before a folio is locked, and may sleep; may be NULL
 * @visit: called with the folio locked; some of its pages were wanted
 * @busy: how many folios were left out
 *
 * Both callbacks return 0, or a negative errno that ends the pass.
 */
struct filecache_pass {
	const unsigned long *wanted;
	u32 size;
	bool wait;
	int (*ready)(struct filecache_pass *pass);
	int (*visit)(struct filecache_pass *pass, struct folio *folio);
	unsigned long busy;
};

int filecache_pass_run(struct filecache_pass *pass);

/** filecache_pass_wants() - Whether pages with a tag are asked for. */
static inline bool filecache_pass_wants(const struct filecache_pass *pass, u32 tag)
{
	return tag < pass->size && test_bit(tag, pass->wanted);
}

#endif
