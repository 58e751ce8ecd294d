/* SPDX-License-Identifier: GPL-2.0-only */
/* What was in the page cache before the module. */
#ifndef FILECACHE_SCAN_H
#define FILECACHE_SCAN_H

#include <linux/atomic.h>
#include <linux/types.h>

/**
 * struct filecache_scan - the search at load
 * @pages: base pages found
 * @ns: time it took
 * @done: it is over: from now on every page in the page cache has a tag
 */
struct filecache_scan {
	atomic64_t pages;
	u64 ns;
	bool done;
};

int filecache_scan_run(void);

#endif
