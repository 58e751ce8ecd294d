// SPDX-License-Identifier: GPL-2.0-or-later
/* Lists that only an intruder would make: a walk along each of them ends. */
#include "guest/field.h"
#include "guest/list.h"
#include "ktap.h"
#include "random.h"

#define PAGES		64u
#define WORDS		(PAGES * MEM_PAGE / 8)
#define PRESENT		1ull
#define LARGE		128ull
/* Behind the page tables; all of memory is mapped where it is. */
#define HEAD		0x4000ull
#define NOWHERE		0x40000000ull

static uint64_t memory[WORDS];
static struct mem *mem;
static struct guest guest;
static struct guest_doubts doubts;

static int read_memory(void *arg, uint64_t offset, void *buf, size_t len)
{
	memcpy(buf, (const char *)memory + offset, len);
	return 0;
}

static void begin(void)
{
	const struct mem_backing backing = { .read = read_memory };
	const struct mem_segment all = { .size = sizeof(memory) };

	mem = mem_create();
	ASSERT(mem && mem_add_backing(mem, &backing, NULL) == 0);
	ASSERT(mem_add_segment(mem, &all, NULL) == 0);
	memory[0x1000 / 8] = 0x2000 | PRESENT;
	memory[0x2000 / 8] = 0x3000 | PRESENT;
	memory[0x3000 / 8] = PRESENT | LARGE;
	ASSERT(space_create(&guest.kernel.space, mem, 0x1000, 4, NULL) == 0);
}

static void end(void)
{
	space_destroy(guest.kernel.space);
	mem_destroy(mem);
}

/* The link at @at leads to @next, whose way back leads to @at. */
static void join(uint64_t at, uint64_t next)
{
	memory[at / 8] = next;
	if (next + 8 < sizeof(memory))
		memory[next / 8 + 1] = at;
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
	list_begin(&list, &guest, HEAD, most, &doubts);
	while (list_next(&list, &link)) {
		EXPECT(link + 16 <= sizeof(memory));
		count++;
	}
	return count;
}

TEST(whole_lists)
{
	uint64_t i;

	begin();
	join(HEAD, HEAD);
	EXPECT_U64(walk(10), 0);
	for (i = 0; i < 9; i++)
		join(link_number(i), link_number(i + 1));
	join(link_number(9), HEAD);
	EXPECT_U64(walk(10), 9);
	EXPECT_U64(doubts.torn + doubts.bad + doubts.cut, 0);
	end();
}

TEST(longer_than_any_can_be)
{
	uint64_t i;

	begin();
	for (i = 0; i < 20; i++)
		join(link_number(i), link_number(i + 1));
	join(link_number(20), HEAD);
	EXPECT_U64(walk(15), 15);
	EXPECT_U64(doubts.cut, 1);
	end();
}

/* From the last of 100 links back to each of them. */
TEST(turning_back_into_itself)
{
	uint64_t i, to;

	begin();
	for (to = 1; to <= 100; to++) {
		for (i = 0; i < 100; i++)
			join(link_number(i), link_number(i + 1));
		memory[link_number(100) / 8] = link_number(to);
		i = walk(1000000);
		EXPECT(i >= 100 && i <= 400);
		EXPECT_U64(doubts.cut, 1);
	}
	end();
}

TEST(leading_nowhere)
{
	begin();
	join(HEAD, link_number(1));
	join(link_number(1), NOWHERE);
	EXPECT_U64(walk(10), 1);
	EXPECT_U64(doubts.bad, 1);
	memory[link_number(1) / 8] = UINT64_MAX - 3;
	EXPECT_U64(walk(10), 1);
	EXPECT_U64(doubts.bad, 1);
	memory[HEAD / 8] = NOWHERE;
	EXPECT_U64(walk(10), 0);
	EXPECT_U64(doubts.bad, 1);
	end();
}

/* One is left out of the way there, but not of the way back. */
TEST(ways_that_do_not_fit)
{
	begin();
	join(HEAD, link_number(1));
	join(link_number(1), link_number(2));
	join(link_number(2), link_number(3));
	join(link_number(3), HEAD);
	memory[link_number(1) / 8] = link_number(3);
	EXPECT_U64(walk(10), 2);
	EXPECT_U64(doubts.torn, 1);
	end();
}

TEST(noise)
{
	struct random rnd;
	unsigned int i, at;

	begin();
	random_init(&rnd, 1);
	for (i = 0; i < 2000; i++) {
		for (at = HEAD / 8; at < WORDS; at++)
			memory[at] = HEAD + random_below(&rnd, sizeof(memory) - HEAD + 64) / 8 * 8;
		EXPECT(walk(100000) <= 100000);
	}
	end();
}

KTAP_MAIN()
