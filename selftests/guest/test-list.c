// SPDX-License-Identifier: GPL-2.0-or-later
/* Lists that only an intruder would make: a walk along each of them ends. */
#include "forge.h"
#include "guest/list.h"
#include "ktap.h"
#include "random.h"

#define HEAD		FORGE_FREE

static struct guest_doubts doubts;

/* The link at @at leads to @next, whose way back leads to @at. */
static void join(uint64_t at, uint64_t next)
{
	forge_memory[at / 8] = next;
	if (next + 8 < FORGE_BYTES)
		forge_memory[next / 8 + 1] = at;
}

static uint64_t link_number(uint64_t n)
{
	return HEAD + 16 * n;
}

/* How many links are told; each of them is where one may be. */
static uint64_t walk(uint64_t most)
{
	struct list_walk list;
	uint64_t link, count = 0;

	doubts = (struct guest_doubts){ 0 };
	list_begin(&list, &forge_guest, HEAD, most, &doubts);
	while (list_next(&list, &link)) {
		EXPECT(link + 16 <= FORGE_BYTES);
		count++;
	}
	return count;
}

TEST(whole_lists)
{
	uint64_t i;

	forge_begin();
	join(HEAD, HEAD);
	EXPECT_U64(walk(10), 0);
	for (i = 0; i < 9; i++)
		join(link_number(i), link_number(i + 1));
	join(link_number(9), HEAD);
	EXPECT_U64(walk(10), 9);
	EXPECT_U64(doubts.torn + doubts.bad + doubts.cut, 0);
	forge_end();
}

TEST(longer_than_any_can_be)
{
	uint64_t i;

	forge_begin();
	for (i = 0; i < 20; i++)
		join(link_number(i), link_number(i + 1));
	join(link_number(20), HEAD);
	EXPECT_U64(walk(15), 15);
	EXPECT_U64(doubts.cut, 1);
	forge_end();
}

/* From the last of 100 links back to each of them. */
TEST(turning_back_into_itself)
{
	uint64_t i, to;

	forge_begin();
	for (to = 1; to <= 100; to++) {
		for (i = 0; i < 100; i++)
			join(link_number(i), link_number(i + 1));
		forge_memory[link_number(100) / 8] = link_number(to);
		i = walk(1000000);
		EXPECT(i >= 100 && i <= 400);
		EXPECT_U64(doubts.cut, 1);
	}
	forge_end();
}

TEST(leading_nowhere)
{
	forge_begin();
	join(HEAD, link_number(1));
	join(link_number(1), FORGE_NOWHERE);
	EXPECT_U64(walk(10), 1);
	EXPECT_U64(doubts.bad, 1);
	forge_memory[link_number(1) / 8] = UINT64_MAX - 3;
	EXPECT_U64(walk(10), 1);
	EXPECT_U64(doubts.bad, 1);
	forge_memory[HEAD / 8] = FORGE_NOWHERE;
	EXPECT_U64(walk(10), 0);
	EXPECT_U64(doubts.bad, 1);
	forge_end();
}

/* One is left out of the way there, but not of the way back. */
TEST(ways_that_do_not_fit)
{
	forge_begin();
	join(HEAD, link_number(1));
	join(link_number(1), link_number(2));
	join(link_number(2), link_number(3));
	join(link_number(3), HEAD);
	forge_memory[link_number(1) / 8] = link_number(3);
	EXPECT_U64(walk(10), 2);
	EXPECT_U64(doubts.torn, 1);
	forge_end();
}

/* The list goes on behind what says that it is the last. */
TEST(an_end_before_the_end)
{
	uint64_t i;

	forge_begin();
	for (i = 0; i < 9; i++)
		join(link_number(i), link_number(i + 1));
	join(link_number(9), HEAD);
	forge_memory[link_number(5) / 8] = HEAD;
	EXPECT_U64(walk(10), 5);
	EXPECT_U64(doubts.torn, 1);
	forge_end();
}

/* A list with one end: a way back leads to what leads here. */
TEST(lists_with_one_end)
{
	struct list_walk list;
	uint64_t link, i, count = 0;

	forge_begin();
	for (i = 0; i < 5; i++)
		join(link_number(i), link_number(i + 1));
	forge_memory[link_number(5) / 8] = 0;
	doubts = (struct guest_doubts){ 0 };
	list_begin_hlist(&list, &forge_guest, HEAD, 10, &doubts);
	while (list_next(&list, &link))
		count++;
	EXPECT_U64(count, 5);
	EXPECT_U64(doubts.torn + doubts.bad + doubts.cut, 0);
	/* And back into itself. */
	forge_memory[link_number(5) / 8] = link_number(2);
	list_begin_hlist(&list, &forge_guest, HEAD, 1000000, &doubts);
	for (count = 0; list_next(&list, &link);)
		count++;
	EXPECT(count < 100);
	EXPECT_U64(doubts.cut, 1);
	forge_end();
}

TEST(noise)
{
	struct random rnd;
	unsigned int i, at;

	forge_begin();
	random_init(&rnd, 1);
	for (i = 0; i < 2000; i++) {
		for (at = HEAD / 8; at < FORGE_WORDS; at++)
			forge_memory[at] = HEAD +
				random_below(&rnd, FORGE_BYTES - HEAD + 64) / 8 * 8;
		EXPECT(walk(100000) <= 100000);
	}
	forge_end();
}

KTAP_MAIN()
