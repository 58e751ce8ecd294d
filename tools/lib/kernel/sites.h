/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Places in a kernel's text that are not the same at each boot, and why. */
#ifndef KERNEL_SITES_H
#define KERNEL_SITES_H

#include <stddef.h>
#include <stdint.h>

#include "base/error.h"

/** enum site_kind - what is at a place */
enum site_kind {
	/* 4 bytes that move with the kernel: an address, or a distance from 0. */
	SITE_MOVED32,
	/* 8 such bytes. */
	SITE_MOVED64,
	/* 4 bytes that move against the kernel: how far a processor's variable is from here. */
	SITE_DISTANCE32,
	/* 8 bytes that are what a variable was at boot ("runtime constants", since 6.11). */
	SITE_CONSTANT64,
	/* A byte that is by how much such a one is shifted. */
	SITE_CONSTANT8,
	/* 5 bytes where a function can be traced: nothing, or a call of who traces. */
	SITE_TRACE,
	SITE_KINDS,
};

/**
 * struct site_list - places of one kind
 * @offsets: from the beginning of the text, ascending
 * @count: of them
 * @room: in @offsets
 */
struct site_list {
	uint32_t *offsets;
	size_t count;
	size_t room;
};

/**
 * struct sites - all of a kernel
 * @lists: by kind
 */
struct sites {
	struct site_list lists[SITE_KINDS];
};

/** sites_free() - Free what it has. */
void sites_free(struct sites *sites);

/** sites_add() - At the end of a list. Return: 0; -ENOSPC; -ENOMEM. */
int sites_add(struct sites *sites, enum site_kind kind, uint32_t offset);

/** sites_sort() - Into their order, each one once. */
void sites_sort(struct sites *sites);

/**
 * sites_pack() - As bytes: how far each one is from the one before, 7 bits to a byte.
 * @list: that is packed
 * @ret: to be freed
 * @ret_len: of it
 *
 * Return: 0; -ENOMEM.
 */
int sites_pack(const struct site_list *list, uint8_t **ret, size_t *ret_len);

/**
 * sites_unpack() - From such bytes, of which none is believed.
 * @sites: gets them, at the end of the list
 * @kind: of them
 * @bytes: as by sites_pack()
 * @len: of them
 * @limit: offsets are below it
 *
 * Return: 0; -EPROTO; -ENOSPC; -ENOMEM.
 */
int sites_unpack(struct sites *sites, enum site_kind kind, const uint8_t *bytes, size_t len,
		 size_t limit);

#endif
