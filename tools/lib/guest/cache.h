/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What of a file is in its guest's page cache, and where in memory. */
#ifndef GUEST_CACHE_H
#define GUEST_CACHE_H

#include <stdbool.h>
#include <stdint.h>

#include "guest.h"
#include "inode.h"

/**
 * enum guest_pages_kind - what the page cache has of a range of a file
 * @GUEST_PAGES_PRESENT: its contents are in memory
 * @GUEST_PAGES_EVICTED: they were, and a trace of them is left; they are on the disk
 * @GUEST_PAGES_SWAPPED: they are in the guest's swap, and only there: not zeros, not available
 */
enum guest_pages_kind {
	GUEST_PAGES_PRESENT,
	GUEST_PAGES_EVICTED,
	GUEST_PAGES_SWAPPED,
};

/**
 * struct guest_pages - a range of a file that one entry of its page cache is for
 * @kind: what is there of it
 * @index: of its first page, in pages of 4 KiB
 * @count: of pages
 * @address: physical, of its first byte, all others behind it; of what is present
 * @folio: virtual address of its struct folio; of what is present
 * @uptodate: whether these are the file's contents; else they are being read, or could not be
 * @dirty: whether they are not on the disk; of a large folio perhaps in part only
 * @writeback: whether they are being written there just now
 * @swap_type: number of the swap device; of what is swapped
 * @swap_offset: of the first page there, in pages; the others follow
 */
struct guest_pages {
	enum guest_pages_kind kind;
	uint64_t index;
	uint64_t count;
	uint64_t address;
	uint64_t folio;
	bool uptodate;
	bool dirty;
	bool writeback;
	uint32_t swap_type;
	uint64_t swap_offset;
};

/**
 * guest_cache() - What the page cache has of a file, by index.
 * @guest: seen into
 * @inode: of the file; of shared memory and tmpfs as well, not of hugetlbfs, which counts in
 *	   units of its own
 * @take: is given each range; returns 0 to go on, another value to end the walk
 * @data: for @take
 * @doubts: what was not as it should be is added there
 *
 * A folio that is not this file's any more while it is looked at is counted, and not told.
 *
 * Return: 0; what @take returned; -ENOENT when it is not known where page structures are.
 */
int guest_cache(struct guest *guest, const struct guest_inode *inode,
		int (*take)(const struct guest_pages *pages, void *data), void *data,
		struct guest_doubts *doubts);

#endif
