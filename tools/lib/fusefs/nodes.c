// SPDX-License-Identifier: GPL-2.0-or-later
#include <errno.h>
#include <stdlib.h>

#include "nodes.h"

#define FIRST_SIZE	1024u

/* Numbers come from guests, who may choose them; a product spreads those that are near. */
static size_t place_of(const struct nodes *nodes, uint64_t number)
{
	size_t i = (size_t)((number * 0x9e3779b97f4a7c15) >> 32) & (nodes->size - 1);

	while (nodes->table[i].number && nodes->table[i].number != number)
		i = (i + 1) & (nodes->size - 1);
	return i;
}

static int grow(struct nodes *nodes)
{
	struct nodes more = { .size = nodes->size ? 2 * nodes->size : FIRST_SIZE };
	size_t i;

	more.table = calloc(more.size, sizeof(*more.table));
	if (!more.table)
		return -ENOMEM;
	for (i = 0; i < nodes->size; i++)
		if (nodes->table[i].number)
			more.table[place_of(&more, nodes->table[i].number)] = nodes->table[i];
	more.count = nodes->count;
	free(nodes->table);
	*nodes = more;
	return 0;
}

int nodes_get(struct nodes *nodes, uint64_t number)
{
	struct node *node;
	int r = 2 * (nodes->count + 1) > nodes->size ? grow(nodes) : 0;

	if (r < 0)
		return r;
	node = &nodes->table[place_of(nodes, number)];
	nodes->count += !node->number;
	node->number = number;
	node->lookups++;
	return 0;
}

/* What comes behind it may have been put there because it was in the way. */
static void take_out(struct nodes *nodes, size_t i)
{
	size_t next = i;

	nodes->table[i] = (struct node){ 0 };
	nodes->count--;
	for (;;) {
		struct node moved;

		next = (next + 1) & (nodes->size - 1);
		if (!nodes->table[next].number)
			return;
		moved = nodes->table[next];
		nodes->table[next] = (struct node){ 0 };
		nodes->table[place_of(nodes, moved.number)] = moved;
	}
}

bool nodes_put(struct nodes *nodes, uint64_t number, uint64_t lookups)
{
	size_t i;

	if (!nodes->size)
		return false;
	i = place_of(nodes, number);
	if (!nodes->table[i].number)
		return false;
	if (nodes->table[i].lookups > lookups) {
		nodes->table[i].lookups -= lookups;
		return false;
	}
	take_out(nodes, i);
	return true;
}

void nodes_clear(struct nodes *nodes)
{
	free(nodes->table);
	*nodes = (struct nodes){ 0 };
}
