/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Inside of the library: a walk along a list of the guest's kernel, that ends. */
#ifndef GUEST_LIST_H
#define GUEST_LIST_H

#include <stdbool.h>
#include <stdint.h>

#include "guest.h"

/**
 * struct list_walk - a walk along a struct list_head, hlist_head or hlist_nulls_head
 * @guest: whose
 * @end: what the last link's "next" is: the head's virtual address, or 0
 * @nulls: it is an odd number instead, of whatever value
 * @at: link that was told last
 * @next: what it leads to
 * @begun: whether @next is known
 * @left: links that may still come
 * @milestone: a link that must not come again, moved at each power of two
 * @steps: until it is moved
 * @span: how many steps that was at first
 * @doubts: counted here
 * @around: gets what is around each link, see list_around(); NULL for nothing
 * @around_bytes: of it
 * @before: so much of it is before the link
 * @has_around: whether it is that of the link that was told last
 */
struct list_walk {
	const struct guest *guest;
	uint64_t end;
	bool nulls;
	uint64_t at;
	uint64_t next;
	bool begun;
	uint64_t left;
	uint64_t milestone;
	uint64_t steps;
	uint64_t span;
	struct guest_doubts *doubts;
	unsigned char *around;
	size_t around_bytes;
	size_t before;
	bool has_around;
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

/** list_begin_hlist() - Likewise, along a struct hlist_head, at whose end there is nothing. */
void list_begin_hlist(struct list_walk *walk, const struct guest *guest, uint64_t head,
		      uint64_t most, struct guest_doubts *doubts);

/** list_begin_nulls() - Likewise, along a struct hlist_nulls_head, which ends in an odd number. */
void list_begin_nulls(struct list_walk *walk, const struct guest *guest, uint64_t head,
		      uint64_t most, struct guest_doubts *doubts);

/**
 * list_around() - Have each link read together with what is around it, at one moment: one question
 * to the host in place of two.
 * @walk: that has begun
 * @before: so many bytes before the link
 * @bytes: in all, with the 16 of the link
 * @buf: gets them; @walk->has_around says whether they could be read
 */
void list_around(struct list_walk *walk, size_t before, size_t bytes, unsigned char *buf);

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
