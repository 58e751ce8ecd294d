// SPDX-License-Identifier: GPL-2.0-or-later
/* Rings of buffer heads: whole ones, and such as only an intruder would make. */
#include "base/macros.h"
#include "forge.h"
#include "guest/buffer.h"
#include "ktap.h"
#include "random.h"

#define FOLIO		FORGE_FREE
#define HEAD_AT(n)	(FORGE_FREE + 0x100 + 64ull * (n))
#define HEADS		100u
#define HEAD_BYTES	48u
#define PRIVATE		8
#define UPTODATE	1ull
#define MAPPED		4ull

static struct guest_doubts doubts;
static const struct guest_pages pages = {
	.index = 10, .count = 1, .address = 0x5000, .folio = FOLIO };
static struct guest_buffer told[HEADS];
static size_t told_count;

static int note(const struct guest_buffer *buffer, void *data)
{
	EXPECT(buffer->address >= pages.address &&
	       buffer->address + buffer->size <= pages.address + pages.count * MEM_PAGE);
	if (told_count < HEADS)
		told[told_count] = *buffer;
	told_count++;
	return 0;
}

static void walk(void)
{
	told_count = 0;
	doubts = (struct guest_doubts){ 0 };
	EXPECT_INT(guest_buffers(&forge_guest, &pages, note, NULL, &doubts), 0);
}

static struct types_member word(uint32_t number)
{
	return (struct types_member){ .offset = 8 * number, .size = 8, .elements = 1 };
}

static void set_head(unsigned int number, unsigned int next, uint64_t state, uint64_t size)
{
	uint64_t *at = &forge_memory[HEAD_AT(number) / 8];

	at[0] = state;
	at[1] = HEAD_AT(next);
	at[2] = FOLIO;
	at[3] = 1000 + number;
	at[4] = size;
}

static void begin(void)
{
	struct guest_layout *l = &forge_guest.layout;

	forge_begin();
	memset((char *)forge_memory + FORGE_FREE, 0, FORGE_BYTES - FORGE_FREE);
	l->folio_flags = word(0);
	l->folio_private = word(1);
	l->buffer_state = word(0);
	l->buffer_next = word(1);
	l->buffer_folio = word(2);
	l->buffer_block = word(3);
	l->buffer_size = word(4);
	l->buffer_bytes = HEAD_BYTES;
	l->page_private = PRIVATE;
	l->buffer_mapped = 2;
	l->buffer_dirty = 1;
	forge_memory[FOLIO / 8] = BIT_ULL(PRIVATE);
	forge_memory[FOLIO / 8 + 1] = HEAD_AT(0);
}

static void set_ring(unsigned int count, uint64_t size)
{
	unsigned int i;

	for (i = 0; i < count; i++)
		set_head(i, (i + 1) % count, i % 2 ? MAPPED : MAPPED | UPTODATE, size);
}

TEST(whole_rings)
{
	begin();
	set_ring(4, 1024);
	walk();
	EXPECT_U64(told_count, 4);
	EXPECT_U64(told[1].address, 0x5400);
	EXPECT_U64(told[1].offset, 10 * MEM_PAGE + 1024);
	EXPECT_U64(told[1].block, 1001);
	EXPECT(told[0].uptodate && !told[1].uptodate && told[1].mapped && !told[1].dirty);
	set_ring(1, 4096);
	walk();
	EXPECT_U64(told_count, 1);
	EXPECT_U64(doubts.torn + doubts.bad, 0);
	/* What "private" leads to is of somebody else. */
	forge_memory[FOLIO / 8] = 0;
	walk();
	EXPECT_U64(told_count, 0);
	EXPECT_U64(doubts.torn + doubts.bad, 0);
	forge_end();
}

TEST(rings_that_are_none)
{
	static const uint64_t sizes[] = { 0, 1, 511, 4097, BIT_ULL(40), UINT64_MAX };
	size_t i;

	begin();
	for (i = 0; i < ARRAY_SIZE(sizes); i++) {
		set_ring(4, sizes[i]);
		walk();
		EXPECT_U64(told_count, 0);
		EXPECT_U64(doubts.torn, 1);
	}
	/* Too short, too long, back to one in the middle, and of another folio. */
	set_ring(3, 1024);
	walk();
	EXPECT_U64(doubts.torn, 1);
	set_ring(5, 1024);
	walk();
	EXPECT_U64(told_count, 4);
	EXPECT_U64(doubts.torn, 1);
	set_ring(4, 512);
	set_head(3, 1, 0, 512);
	walk();
	EXPECT(told_count <= 8);
	EXPECT_U64(doubts.torn, 1);
	set_ring(4, 1024);
	forge_memory[HEAD_AT(2) / 8 + 2] = FOLIO + 64;
	walk();
	EXPECT_U64(told_count, 2);
	EXPECT_U64(doubts.torn, 1);
	forge_memory[FOLIO / 8 + 1] = FORGE_NOWHERE;
	walk();
	EXPECT_U64(doubts.torn, 1);
	forge_end();
}

TEST(noise)
{
	struct random rnd;
	unsigned int i, k;

	begin();
	random_init(&rnd, 1);
	for (i = 0; i < 3000; i++) {
		for (k = 0; k < HEADS; k++)
			set_head(k, random_below(&rnd, HEADS), random_next(&rnd),
				 512 * random_below(&rnd, 4));
		walk();
		EXPECT(told_count <= 8);
	}
	forge_end();
}

KTAP_MAIN()
