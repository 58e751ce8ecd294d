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
	AREA_KINDS
};

/**
 * struct area - a piece of code
 * @start: virtual address
 * @end: the address after it
 */
struct area {
	uint64_t start;
	uint64_t end;
};

/**
 * struct area_list - pieces of one kind, by address and apart from each other
 * @list: of them
 * @count: of them
 * @room: in @list
 */
struct area_list {
	struct area *list;
	size_t count;
	size_t room;
};

/**
 * area_list_add() - Append a piece.
 * @list: gets it
 * @most: pieces that it may have
 * @piece: not empty
 *
 * Return: 0; -ENOSPC; -ENOMEM.
 */
int area_list_add(struct area_list *list, size_t most, struct area piece);

/**
 * struct areas - all code that is known
 * @kernel: the kernel's own, which is in one piece
 * @executable: all of the kernel's addresses that can be executed, whose code that may be
 * @kinds: the others', of each kind; nothing for the kernel
 */
struct areas {
	struct area kernel;
	struct area_list executable;
	struct area_list kinds[AREA_KINDS];
};

/**
 * areas_read() - All code that the guest's kernel has, by its own lists.
 * @guest: seen into
 * @ret: to be given to areas_free(); zeroed before
 * @doubts: what was not as it should be is added there
 *
 * How long a piece is the guest says; it ends where what can be executed ends.
 *
 * Return: 0; -ENOENT when the kernel lacks a list; -ENOMEM.
 */
int areas_read(struct guest *guest, struct areas *ret, struct guest_doubts *doubts);

/** areas_free() - Free what it has. */
void areas_free(struct areas *areas);

/** areas_in_kernel() - Whether an address is in the kernel's own code. */
bool areas_in_kernel(const struct areas *areas, uint64_t address);

/**
 * areas_find() - Whose code an address is in.
 *
 * Where a guest claims that two kinds are at one address, it is of the first one in
 * &enum area_kind.  It takes a time that grows with the logarithm of their number.
 *
 * Return: AREA_KINDS for nothing that is known.
 */
enum area_kind areas_find(const struct areas *areas, uint64_t address);

/** areas_execute() - Whether the page tables let it be executed. */
bool areas_execute(const struct areas *areas, uint64_t address);

/** areas_know() - Whether an address is in code that is known. */
bool areas_know(const struct areas *areas, uint64_t address);

#endif
