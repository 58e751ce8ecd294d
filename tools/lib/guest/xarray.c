// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * include/linux/xarray.h: an entry is a pointer (its lowest bits are 0), a value (the lowest is
 * 1), or internal (they are 2): a node, or, when it is small, a sibling of the entry before it,
 * or a place that is kept free.
 */
#include <errno.h>
#include <stdbool.h>

#include "base/macros.h"
#include "field.h"
#include "xarray.h"

/* XA_CHUNK_SIZE; it is 16 in kernels that save space, which BTF tells. */
#define SLOTS_MAX	64u
#define KIND		3ull
#define KIND_BITS	2
#define INTERNAL	2ull
/* xa_is_node(): no node is at so low an address. */
#define NODES_FROM	4096ull
#define BITS		64u
/* A tree over all of 64 bits has so many levels; one that is full needs far less of them. */
#define NODES_PER_ENTRY	11u

/**
 * struct walk - through one tree
 * @guest: whose
 * @xarray: virtual address of it
 * @left: entries that may still come
 * @nodes: nodes, likewise: what is changed meanwhile could have them without end
 * @cut: whether there were more
 * @take: is given each
 * @data: for @take
 * @doubts: counted
 */
struct walk {
	const struct guest *guest;
	uint64_t xarray;
	uint64_t left;
	uint64_t nodes;
	bool cut;
	int (*take)(uint64_t index, uint64_t count, uint64_t entry, void *data);
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

/* How many slots an entry has, itself and its siblings: those know where it is. */
static uint32_t slots_of(const uint64_t *slots, uint32_t i, uint32_t count)
{
	uint32_t end = i + 1;

	while (end < count && slots[end] == ((uint64_t)i << KIND_BITS | INTERNAL))
		end++;
	return end - i;
}

static int tell(struct walk *w, uint64_t index, uint64_t count, uint64_t entry)
{
	if (w->left == 0) {
		w->cut = true;
		return 1;
	}
	w->left--;
	return w->take(index, count, entry, w->data);
}

/**
 * struct node - a node of the tree as it was
 * @address: virtual
 * @shift: bits of the index that are decided below it
 * @slots: of it
 */
struct node {
	uint64_t address;
	uint64_t shift;
	uint64_t slots[SLOTS_MAX];
};

/* Where it must be: at @offset of @parent, 0 for none, with less than @below bits. */
static int read_node(const struct walk *w, uint64_t address, uint64_t parent, uint64_t offset,
		     uint64_t below, struct node *ret)
{
	const struct guest_layout *l = &w->guest->layout;
	uint64_t above, at, array;
	const struct wish wishes[] = {
		{ &l->xa_shift, &ret->shift }, { &l->xa_parent, &above }, { &l->xa_offset, &at },
		{ &l->xa_array, &array },
	};
	int r = field_read_all(w->guest, address, l->node_bytes, wishes, ARRAY_SIZE(wishes));

	if (r == 0)
		r = space_read(w->guest->kernel.space, field_address(address, &l->xa_slots),
			       ret->slots, 8ull * l->xa_slots.elements);
	if (r < 0)
		return r;
	ret->address = address;
	return above == parent && (!parent || at == offset) && array == w->xarray &&
	       ret->shift < below ? 0 : -EPROTO;
}

static int walk_node(struct walk *w, const struct node *node, uint64_t index);

/* What a slot leads to, see read_node(). */
static int walk_below(struct walk *w, uint64_t entry, uint64_t parent, uint64_t offset,
		      uint64_t below, uint64_t index)
{
	struct node node;

	if (read_node(w, entry - INTERNAL, parent, offset, below, &node) < 0) {
		w->doubts->bad++;
		return 0;
	}
	if (w->nodes == 0) {
		w->cut = true;
		return 1;
	}
	w->nodes--;
	return walk_node(w, &node, index);
}

static int walk_node(struct walk *w, const struct node *node, uint64_t index)
{
	uint32_t i, count = w->guest->layout.xa_slots.elements;
	int r = 0;

	for (i = 0; r == 0 && i < count; i++) {
		uint64_t at = index | (uint64_t)i << node->shift, slot = node->slots[i];

		if (!slot)
			continue;
		if (!is_internal(slot))
			r = tell(w, at, (uint64_t)slots_of(node->slots, i, count) << node->shift,
				 slot);
		else if (is_node(slot))
			r = walk_below(w, slot, node->address, i, node->shift, at);
	}
	return r;
}

/* As there is memory for, and no more than so many entries can need. */
static uint64_t nodes_most(const struct guest *guest, uint64_t entries)
{
	uint64_t nodes = field_most(guest, guest->layout.node_bytes);

	return entries < nodes / NODES_PER_ENTRY ? NODES_PER_ENTRY * (entries + 1) : nodes;
}

int xarray_walk(const struct guest *guest, uint64_t xarray, uint64_t most,
		int (*take)(uint64_t index, uint64_t count, uint64_t entry, void *data),
		void *data, struct guest_doubts *doubts)
{
	struct walk w = {
		.guest = guest,
		.xarray = xarray,
		.left = most,
		.nodes = nodes_most(guest, most),
		.take = take,
		.data = data,
		.doubts = doubts,
	};
	uint64_t head;
	int r = 0;

	if (guest->layout.xa_slots.elements > SLOTS_MAX ||
	    field_read(guest, xarray, &guest->layout.xa_head, &head) < 0) {
		doubts->bad++;
		return 0;
	}
	/* A single entry at 0 has no node. */
	if (head && !is_internal(head))
		r = tell(&w, 0, 1, head);
	else if (is_node(head))
		r = walk_below(&w, head, 0, 0, BITS, 0);
	else if (head)
		doubts->bad++;
	doubts->cut += w.cut;
	return w.cut ? 0 : r;
}
