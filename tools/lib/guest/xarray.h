/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Inside of the library: a walk through an XArray of the guest's kernel (lib/xarray.c). */
#ifndef GUEST_XARRAY_H
#define GUEST_XARRAY_H

#include <stdint.h>

#include "guest.h"

/**
 * xarray_walk() - All entries, by their index.
 * @guest: whose
 * @xarray: virtual address of its struct xarray
 * @most: entries, at most
 * @take: is given each entry that is a pointer or a value, the first index that it is for and
 *	  how many these are; returns 0 to go on
 * @data: for @take
 * @doubts: what was not as it should be is counted there
 *
 * A node must know
 * whose it is, below which other one and where there: so it is met once, in one tree, and all
 * walks together do not take longer than the guest's memory is long.
 *
 * Return: 0; what @take returned.
 */
int xarray_walk(const struct guest *guest, uint64_t xarray, uint64_t most,
		int (*take)(uint64_t index, uint64_t count, uint64_t entry, void *data),
		void *data, struct guest_doubts *doubts);

#endif
