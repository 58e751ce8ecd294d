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
 * @take: is given each entry that is a pointer or a value; returns 0 to go on
 * @data: for @take
 * @doubts: what was not as it should be is counted there
 *
 * Of an entry over several indices the first one is told.  A tree has as many levels as its
 * nodes say, each lower one with less bits to go: it cannot turn back into itself.
 *
 * Return: 0; what @take returned.
 */
int xarray_walk(const struct guest *guest, uint64_t xarray, uint64_t most,
		int (*take)(uint64_t index, uint64_t entry, void *data), void *data,
		struct guest_doubts *doubts);

#endif
