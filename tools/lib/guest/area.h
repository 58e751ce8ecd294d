/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Code that is somebody's: the kernel's, a module's, or made by the kernel while it runs. */
#ifndef GUEST_AREA_H
#define GUEST_AREA_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "guest.h"

/** enum area_kind - whose code it is */
enum area_kind {
	AREA_KERNEL,
	AREA_MODULE,
	/* Made for those who trace functions. */
	AREA_TRACER,
	/* Made of BPF programs. */
	AREA_BPF,
};

/**
 * struct area - a piece of code
 * @start: virtual address
 * @end: the address after it
 * @kind: whose it is
 */
struct area {
	uint64_t start;
	uint64_t end;
	enum area_kind kind;
};

/**
 * struct areas - all code that is known
 * @list: of it, the kernel's own first
 * @count: of it
 * @room: in @list
 */
struct areas {
	struct area *list;
	size_t count;
	size_t room;
};

/**
 * areas_read() - All code that the guest's kernel has, by its own lists.
 * @guest: seen into
 * @ret: to be given to areas_free(); zeroed before
 * @doubts: what was not as it should be is added there
 *
 * Return: 0; -ENOENT when the kernel lacks a list; -ENOMEM.
 */
int areas_read(struct guest *guest, struct areas *ret, struct guest_doubts *doubts);

/** areas_free() - Free what it has. */
void areas_free(struct areas *areas);

/** areas_find() - What an address is in. Return: NULL for nothing that is known. */
const struct area *areas_find(const struct areas *areas, uint64_t address);

#endif
