// SPDX-License-Identifier: GPL-2.0-or-later
/* Rings of a kernel's log: whole ones, around their end, and such as only an intruder writes. */
#include <errno.h>

#include "base/macros.h"
#include "forge.h"
#include "guest/log.h"
#include "ktap.h"
#include "random.h"

/* 8 descriptors, and 256 bytes of text. */
#define BITS		3u
#define COUNT		8u
#define TEXT_BITS	8u
#define TEXT_BYTES	256u
#define RING		FORGE_FREE
#define DESCS		(FORGE_FREE + 0x1000)
#define INFOS		(FORGE_FREE + 0x2000)
#define TEXTS		(FORGE_FREE + 0x3000)
#define DESC_BYTES	24u
#define INFO_BYTES	88u
#define FINAL		(2ull << 62)
#define COMMITTED	BIT_ULL(62)
#define TOLD_MAX	100

static struct guest_doubts doubts;
static struct guest_log_record told[TOLD_MAX];
static size_t told_count;

static int note(const struct guest_log_record *record, void *data)
{
	ASSERT(strlen(record->text) <= GUEST_LOG_TEXT_MAX);
	if (told_count < TOLD_MAX)
		told[told_count] = *record;
	told_count++;
	return 0;
}

static struct types_member text(uint32_t offset, uint32_t bytes)
{
	return (struct types_member){ .offset = offset, .size = 1, .elements = bytes };
}

static uint64_t *word(uint64_t at)
{
	return &forge_memory[at / 8];
}

static void begin(void)
{
	struct guest_layout *l = &forge_guest.layout;

	forge_begin();
	memset((char *)forge_memory + FORGE_FREE, 0, FORGE_BYTES - FORGE_FREE);
	l->ring_descs = forge_member(0, 48);
	l->ring_texts = forge_member(48, 32);
	l->descs_bits = forge_member(0, 4);
	l->descs_array = forge_member(8, 8);
	l->descs_infos = forge_member(16, 8);
	l->descs_head = forge_member(24, 8);
	l->descs_tail = forge_member(32, 8);
	l->texts_bits = forge_member(0, 4);
	l->texts_data = forge_member(8, 8);
	l->desc_state = forge_member(0, 8);
	l->desc_begin = forge_member(8, 8);
	l->desc_next = forge_member(16, 8);
	l->desc_bytes = DESC_BYTES;
	l->info_seq = forge_member(0, 8);
	l->info_time = forge_member(8, 8);
	l->info_len = forge_member(16, 2);
	l->info_facility = forge_member(18, 1);
	l->info_level = (struct types_member){
		.offset = 19, .size = 1, .elements = 1, .shift = 5, .bits = 3 };
	l->info_subsystem = text(24, 16);
	l->info_device = text(40, 48);
	l->info_bytes = INFO_BYTES;
	*word(RING) = BITS;
	*word(RING + 8) = DESCS;
	*word(RING + 16) = INFOS;
	*word(RING + 48) = TEXT_BITS;
	*word(RING + 56) = TEXTS;
}

static void set_range(uint64_t tail, uint64_t head)
{
	*word(RING + 24) = head | FINAL;
	*word(RING + 32) = tail | FINAL;
}

static void set_desc(uint64_t number, uint64_t state, uint64_t from, uint64_t next, uint64_t len)
{
	uint64_t desc = DESCS + number % COUNT * DESC_BYTES;
	uint64_t info = INFOS + number % COUNT * INFO_BYTES;

	*word(desc) = number | state;
	*word(desc + 8) = from;
	*word(desc + 16) = next;
	*word(info) = number;
	*word(info + 8) = number * 1000;
	/* Facility 1, level 6. */
	*word(info + 16) = len | 1ull << 16 | 6ull << 29;
}

static void set_text(uint64_t number, uint64_t at, const char *string)
{
	*word(TEXTS + at % TEXT_BYTES) = number;
	memcpy((char *)word(TEXTS + at % TEXT_BYTES) + 8, string, strlen(string));
}

static int read_log(void)
{
	told_count = 0;
	doubts = (struct guest_doubts){ 0 };
	return guest_log_ring(&forge_guest, RING, note, NULL, &doubts);
}

TEST(a_whole_log)
{
	begin();
	set_range(100, 105);
	set_desc(100, FINAL, 200, 216, 5);
	set_text(100, 200, "first");
	/* As long as there is room up to the end, then at the beginning instead. */
	set_desc(101, FINAL, 216, 256, 32);
	set_text(101, 216, "thirty-two bytes up to the end..");
	set_desc(102, FINAL, 256, 280, 9);
	set_text(102, 256, "next turn");
	set_desc(103, FINAL, 3, 3, 0);
	set_desc(104, FINAL, 1, 1, 7);
	set_desc(105, COMMITTED, 280, 296, 5);
	EXPECT_INT(read_log(), 0);
	EXPECT_U64(told_count, 4);
	EXPECT_STR(told[0].text, "first");
	EXPECT_U64(told[0].number, 100);
	EXPECT_U64(told[0].time_ns, 100000);
	EXPECT_U64(told[0].facility, 1);
	EXPECT_U64(told[0].level, 6);
	EXPECT_STR(told[1].text, "thirty-two bytes up to the end..");
	EXPECT_STR(told[2].text, "next turn");
	EXPECT_STR(told[3].text, "");
	EXPECT_U64(doubts.torn + doubts.bad + doubts.cut, 0);

	/* Around the end: it is at the beginning, and the rest is empty. */
	set_range(200, 200);
	set_desc(200, FINAL, 1000, 1024 + 24, 10);
	set_text(200, 1024, "all around");
	EXPECT_INT(read_log(), 0);
	EXPECT_U64(told_count, 1);
	EXPECT_STR(told[0].text, "all around");
	forge_end();
}

/* Numbers go around after 2^62 of them, positions after 2^64. */
TEST(numbers_go_around)
{
	const uint64_t last = (1ull << 62) - 1;

	begin();
	set_range(last, 0);
	set_desc(last, FINAL, UINT64_MAX - 15, 0, 4);
	set_text(last, UINT64_MAX - 15, "last");
	set_desc(0, FINAL, 0, 16, 4);
	set_text(0, 0, "zero");
	EXPECT_INT(read_log(), 0);
	EXPECT_U64(told_count, 2);
	EXPECT_STR(told[0].text, "last");
	EXPECT_STR(told[1].text, "zero");
	forge_end();
}

TEST(what_makes_no_sense)
{
	unsigned int i;
	static const struct { uint64_t from, next; } bad[] = {
		{ 200, 200 }, { 200, 204 }, { 200, 100 }, { 0, 1000 }, { 200, 1024 + 24 },
		{ 0, 0 }, { 200, 2 }, { UINT64_MAX, 4 },
	};

	begin();
	/* More than there are: no more than there is room for. */
	set_range(0, 1000000);
	for (i = 0; i < COUNT; i++)
		set_desc(i, FINAL, 3, 3, 0);
	EXPECT_INT(read_log(), 0);
	EXPECT_U64(told_count, COUNT);
	EXPECT_U64(doubts.cut, 1);
	/* Texts that are none, and one that is another descriptor's. */
	for (i = 0; i < ARRAY_SIZE(bad); i++) {
		set_range(100, 100);
		set_desc(100, FINAL, bad[i].from, bad[i].next, 5);
		set_text(100, bad[i].from & ~7ull, "text");
		EXPECT_INT(read_log(), 0);
		EXPECT_U64(told_count, 0);
		EXPECT_U64(doubts.bad, 1);
	}
	set_desc(100, FINAL, 200, 216, 5);
	set_text(101, 200, "text");
	EXPECT_INT(read_log(), 0);
	EXPECT_U64(doubts.bad, 1);
	/* Longer than its room, which ends it. */
	set_text(100, 200, "12345678");
	set_desc(100, FINAL, 200, 216, 65535);
	EXPECT_INT(read_log(), 0);
	EXPECT_U64(told_count, 1);
	EXPECT_STR(told[0].text, "12345678");
	*word(RING) = 40;
	EXPECT_INT(read_log(), -EPROTO);
	*word(RING) = BITS;
	*word(RING + 48) = 64;
	EXPECT_INT(read_log(), -EPROTO);
	*word(RING + 48) = TEXT_BITS;
	*word(RING + 8) = FORGE_NOWHERE;
	EXPECT_INT(read_log(), 0);
	EXPECT_U64(doubts.bad, 1);
	forge_end();
}

TEST(noise)
{
	struct random rnd;
	unsigned int i, at;

	begin();
	random_init(&rnd, 1);
	for (i = 0; i < 3000; i++) {
		for (at = 0; at < COUNT; at++) {
			set_desc(at, random_below(&rnd, 4) << 62, random_below(&rnd, 600),
				 random_below(&rnd, 600), random_below(&rnd, 600));
			if (random_below(&rnd, 2))
				*word(TEXTS + 8 * random_below(&rnd, TEXT_BYTES / 8)) = at;
		}
		set_range(random_below(&rnd, 20), random_below(&rnd, 20));
		*word(RING + 48) = random_below(&rnd, 70);
		read_log();
		EXPECT(told_count <= COUNT);
	}
	forge_end();
}

KTAP_MAIN()
