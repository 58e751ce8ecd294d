// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * include/linux/xarray.h: an entry is a pointer (its lowest bits are 0), a value (the lowest is
 * 1), or internal (they are 2): a node, or, when it is small, a sibling of the entry before it,
 * or a place that is kept free.
 */
#include <stdbool.h>

#include "field.h"
#include "xarray.h"

/* XA_CHUNK_SIZE; it is 16 in kernels that save space, which BTF tells. */
#define SLOTS_MAX	64u
#define KIND		3ull
#define INTERNAL	2ull
/* xa_is_node(): no node is at so low an address. */
#define NODES_FROM	4096ull
#define BITS		64u

/**
 * struct walk - through one tree
 * @guest: whose
 * @left: entries that may still come
 * @take: is given each
 * @data: for @take
 * @doubts: counted
 */
struct walk {
	const struct guest *guest;
	uint64_t left;
	int (*take)(uint64_t index, uint64_t entry, void *data);
	void *data;
	struct guest_doubts *doubts;
};

static bool is_internal(uint64_t entry)
{
	return (entry & KIND) == INTERNAL;
}

static bool is_node(uint64_t entry)
{
	return is_internal(entry) && entry > NODES_FROM;
}

static int tell(struct walk *w, uint64_t index, uint64_t entry)
{
	if (w->left == 0) {
		w->doubts->cut++;
		return 1;
	}
	w->left--;
	return w->take(index, entry, w->data);
}

/* @below: bits of the index that are decided above, so that those of a node are less. */
static int walk_node(struct walk *w, uint64_t node, uint64_t index, unsigned int below)
{
	const struct guest_layout *l = &w->guest->layout;
	uint64_t slots[SLOTS_MAX], shift;
	uint32_t i, count = l->xa_slots.elements;
	int r = field_read(w->guest, node, &l->xa_shift, &shift);

	if (r == 0 && count <= SLOTS_MAX)
		r = space_read(w->guest->kernel.space, field_address(node, &l->xa_slots), slots,
			       8 * count);
	if (r < 0 || count > SLOTS_MAX || shift >= below) {
		w->doubts->bad++;
		return 0;
	}
	for (i = 0, r = 0; r == 0 && i < count; i++) {
		uint64_t at = index | (uint64_t)i << shift;

		if (!slots[i])
			continue;
		if (is_node(slots[i]) && shift > 0)
			r = walk_node(w, slots[i] - INTERNAL, at, (unsigned int)shift);
		else if (!is_internal(slots[i]))
			r = tell(w, at, slots[i]);
		else if (is_node(slots[i]))
			w->doubts->bad++;
	}
	return r;
}

int xarray_walk(const struct guest *guest, uint64_t xarray, uint64_t most,
		int (*take)(uint64_t index, uint64_t entry, void *data), void *data,
		struct guest_doubts *doubts)
{
	struct walk w = { guest, most, take, data, doubts };
	uint64_t head;

	if (field_read(guest, xarray, &guest->layout.xa_head, &head) < 0) {
		doubts->bad++;
		return 0;
	}
	if (!head)
		return 0;
	/* A single entry at 0 has no node. */
	if (!is_internal(head))
		return tell(&w, 0, head);
	if (!is_node(head)) {
		doubts->bad++;
		return 0;
	}
	return walk_node(&w, head - INTERNAL, 0, BITS);
}
