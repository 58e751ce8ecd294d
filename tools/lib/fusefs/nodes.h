/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Which files the kernel knows of, and how many times it was told. */
#ifndef FUSEFS_NODES_H
#define FUSEFS_NODES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/**
 * struct node - a file that the kernel knows of
 * @number: as the tree has it, 0 for a place without one
 * @lookups: how many times the kernel was told of it
 */
struct node {
	uint64_t number;
	uint64_t lookups;
};

/**
 * struct nodes - all of them, by number
 * @table: open addressing; NULL before the first
 * @size: places in it, a power of two
 * @count: of files in it
 */
struct nodes {
	struct node *table;
	size_t size;
	size_t count;
};

/** nodes_get() - The kernel will be told of it once more. Return: 0 or -ENOMEM. */
int nodes_get(struct nodes *nodes, uint64_t number);

/** nodes_put() - It forgets so many of these. Return: whether it was all. */
bool nodes_put(struct nodes *nodes, uint64_t number, uint64_t lookups);

/** nodes_clear() - Forget all and free. */
void nodes_clear(struct nodes *nodes);

#endif
