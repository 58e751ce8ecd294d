/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Inside of the library: a walk along a list of the guest's kernel, that ends. */
#ifndef GUEST_LIST_H
#define GUEST_LIST_H

#include <stdbool.h>
#include <stdint.h>

#include "guest.h"

/**
 * struct list_walk - a walk along a struct list_head
 * @guest: whose
 * @head: virtual address of the head
 * @at: link that was told last
 * @left: links that may still come
 * @milestone: a link that must not come again, moved at each power of two
 * @steps: until it is moved
 * @span: how many steps that was at first
 * @doubts: counted here
 */
struct list_walk {
	const struct guest *guest;
	uint64_t head;
	uint64_t at;
	uint64_t left;
	uint64_t milestone;
	uint64_t steps;
	uint64_t span;
	struct guest_doubts *doubts;
};

/**
 * list_begin() - Get ready to walk.
 * @walk: is filled in
 * @guest: whose list it is
 * @head: virtual address of its head
 * @most: links, at most
 * @doubts: what is not as it should be is counted there
 */
void list_begin(struct list_walk *walk, const struct guest *guest, uint64_t head,
		uint64_t most, struct guest_doubts *doubts);

/**
 * list_next() - The next link.
 * @walk: of the list
 * @ret: virtual address of it
 *
 * A list that turns back into itself, or is longer than it may be, ends there.
 *
 * Return: whether there is one.
 */
bool list_next(struct list_walk *walk, uint64_t *ret);

#endif
