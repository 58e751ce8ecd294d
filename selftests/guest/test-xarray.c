// SPDX-License-Identifier: GPL-2.0-or-later
/* XArrays that only an intruder would make: a walk through each of them ends. */
#include "forge.h"
#include "guest/xarray.h"
#include "ktap.h"
#include "random.h"

#define SLOTS		64u
/* As in Linux: shift and offset, parent, array, and slots. */
#define NODE_BYTES	(40u + 8 * SLOTS)
#define NODE_AT(n)	(FORGE_FREE + 0x100 + 1024ull * (n))
#define NODES		200u
#define INTERNAL	2ull
#define TOLD_MAX	1000

static const uint64_t xarray = FORGE_FREE;
static struct guest_doubts doubts;

/**
 * struct told - an entry that was told
 * @index: the first one that it is for
 * @count: how many it is for
 * @entry: itself
 */
static struct told {
	uint64_t index;
	uint64_t count;
	uint64_t entry;
} told[TOLD_MAX];
static size_t told_count;

static int note(uint64_t index, uint64_t count, uint64_t entry, void *data)
{
	if (told_count < TOLD_MAX)
		told[told_count] = (struct told){ index, count, entry };
	told_count++;
	return 0;
}

static void walk(uint64_t most)
{
	told_count = 0;
	doubts = (struct guest_doubts){ 0 };
	EXPECT_INT(xarray_walk(&forge_guest, xarray, most, note, NULL, &doubts), 0);
}

static void begin(void)
{
	struct guest_layout *l = &forge_guest.layout;

	forge_begin();
	memset((char *)forge_memory + FORGE_FREE, 0, FORGE_BYTES - FORGE_FREE);
	l->xa_head = (struct types_member){ .offset = 8, .size = 8, .elements = 1 };
	l->xa_shift = (struct types_member){ .size = 1, .elements = 1 };
	l->xa_offset = (struct types_member){ .offset = 1, .size = 1, .elements = 1 };
	l->xa_parent = (struct types_member){ .offset = 8, .size = 8, .elements = 1 };
	l->xa_array = (struct types_member){ .offset = 16, .size = 8, .elements = 1 };
	l->xa_slots = (struct types_member){ .offset = 40, .size = 8, .elements = SLOTS };
	l->node_bytes = NODE_BYTES;
}

static void set_head(uint64_t entry)
{
	forge_memory[xarray / 8 + 1] = entry;
}

static void set_slot(unsigned int node, unsigned int slot, uint64_t entry)
{
	forge_memory[NODE_AT(node) / 8 + 5 + slot] = entry;
}

/* A node that is at @slot of @parent; the first one is its own parent, and at the top. */
static void set_node(unsigned int node, unsigned int shift, unsigned int parent,
		     unsigned int slot)
{
	uint64_t *at = &forge_memory[NODE_AT(node) / 8];

	at[0] = shift | slot << 8;
	at[1] = node == parent ? 0 : NODE_AT(parent);
	at[2] = xarray;
	if (node == parent)
		set_head(NODE_AT(node) | INTERNAL);
	else
		set_slot(parent, slot, NODE_AT(node) | INTERNAL);
}

TEST(whole_trees)
{
	begin();
	walk(10);
	EXPECT_U64(told_count, 0);
	/* One entry at 0 has no node. */
	set_head(0xabc000);
	walk(10);
	EXPECT_U64(told_count, 1);
	EXPECT_U64(told[0].count, 1);
	/* Two levels: a page, four with one entry, a value, and 64 times 2 at once. */
	set_node(0, 6, 0, 0);
	set_node(1, 0, 0, 3);
	set_slot(1, 5, 0xabc000);
	set_slot(1, 8, 0xdef000);
	set_slot(1, 9, 8 << 2 | INTERNAL);
	set_slot(1, 10, 8 << 2 | INTERNAL);
	set_slot(1, 11, 8 << 2 | INTERNAL);
	set_slot(1, 12, 77 << 1 | 1);
	set_slot(0, 4, 0x123000);
	set_slot(0, 5, 4 << 2 | INTERNAL);
	walk(10);
	EXPECT_U64(told_count, 4);
	EXPECT_U64(told[0].index, 3 * 64 + 5);
	EXPECT_U64(told[0].count, 1);
	EXPECT_U64(told[1].index, 3 * 64 + 8);
	EXPECT_U64(told[1].count, 4);
	EXPECT_U64(told[1].entry, 0xdef000);
	EXPECT_U64(told[2].entry, 77 << 1 | 1);
	EXPECT_U64(told[3].index, 4 * 64);
	EXPECT_U64(told[3].count, 128);
	EXPECT_U64(doubts.torn + doubts.bad + doubts.cut, 0);
	walk(2);
	EXPECT_U64(told_count, 2);
	EXPECT_U64(doubts.cut, 1);
	forge_end();
}

/* 10 levels of which each slot leads to the same lower node: 64^10 ways without an entry. */
TEST(many_ways_to_one_node)
{
	unsigned int i, slot;

	begin();
	set_node(0, 54, 0, 0);
	for (i = 1; i < 10; i++) {
		set_node(i, 54 - 6 * i, i - 1, 7);
		for (slot = 0; slot < SLOTS; slot++)
			set_slot(i - 1, slot, NODE_AT(i) | INTERNAL);
	}
	walk(UINT64_MAX);
	EXPECT_U64(told_count, 0);
	EXPECT_U64(doubts.bad, 9 * 63);
	forge_end();
}

TEST(nodes_that_are_none)
{
	begin();
	set_head(FORGE_NOWHERE | INTERNAL);
	walk(10);
	EXPECT_U64(doubts.bad, 1);
	/* A lower one with as many bits, of another array, and one that is itself. */
	set_node(0, 6, 0, 0);
	set_node(1, 6, 0, 1);
	set_node(2, 0, 0, 2);
	forge_memory[NODE_AT(2) / 8 + 2] = xarray + 64;
	set_slot(0, 3, NODE_AT(0) | INTERNAL);
	set_slot(0, 4, UINT64_MAX - 1);
	set_slot(1, 0, 0xabc000);
	set_slot(2, 0, 0xabc000);
	walk(10);
	EXPECT_U64(told_count, 0);
	EXPECT_U64(doubts.bad, 4);
	/* More bits than an index has. */
	forge_memory[NODE_AT(0) / 8] = 64;
	walk(10);
	EXPECT_U64(doubts.bad, 1);
	forge_end();
}

TEST(noise)
{
	struct random rnd;
	unsigned int i, at;

	begin();
	random_init(&rnd, 1);
	for (i = 0; i < 300; i++) {
		for (at = FORGE_FREE / 8; at < FORGE_WORDS; at++)
			forge_memory[at] = random_below(&rnd, 3) ? random_below(&rnd, FORGE_BYTES) :
					   NODE_AT(random_below(&rnd, NODES)) | INTERNAL;
		set_node(0, 60, 0, 0);
		walk(100000);
		EXPECT(told_count <= 100000);
	}
	forge_end();
}

KTAP_MAIN()
