/* SPDX-License-Identifier: GPL-2.0-only */
/* Giving owners' pages to other owners, and forgetting them. */
#ifndef FILECACHE_RETAG_H
#define FILECACHE_RETAG_H

#include "pass.h"

/**
 * struct filecache_retag - whose pages are to be given to whom
 * @pass: by which they are found
 * @wanted: whose; a bit for each index
 * @heir: to whom, by the index of whose
 * @size: of both arrays
 * @pages: how many have been given
 */
struct filecache_retag {
	struct filecache_pass pass;
	unsigned long *wanted;
	u32 *heir;
	u32 size;
	u64 pages;
};

/**
 * struct filecache_forgotten - what became unknown
 * @pages: pages
 * @owners: owners that had them
 */
struct filecache_forgotten {
	u64 pages;
	u32 owners;
};

int filecache_retag_init(struct filecache_retag *retag);
void filecache_retag_exit(struct filecache_retag *retag);
void filecache_retag_add(struct filecache_retag *retag, u32 from, u32 to);
int filecache_retag_run(struct filecache_retag *retag);
int filecache_forget(u64 id, struct filecache_forgotten *ret);
int filecache_forget_dead(struct filecache_forgotten *ret);

#endif
