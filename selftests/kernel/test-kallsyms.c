// SPDX-License-Identifier: GPL-2.0-or-later
/* Tables of symbols of all three kinds, made here, and such as no kernel makes. */
#include <errno.h>

#include "kernel/kallsyms.h"
#include "kernel/name-hash.h"
#include "ktap.h"
#include "ram.h"
#include "random.h"

#define MEMORY		(512u << 10)
#define SYMBOLS		2000u
#define PRESENT		1ull
#define LARGE		128ull
/* Physical, which is virtual less this. */
#define BASE		0xffffffff80000000ull
#define NUM_SYMS	0x8000u
#define TOKEN_TABLE	0x9000u
#define TOKEN_INDEX	0xa000u
#define RELATIVE_BASE	0xb000u
#define NAMES		0x10000u
#define OFFSETS		0x40000u
#define STEXT		(BASE + 0x1000000)

enum kind { ABSOLUTE_PERCPU, BASE_RELATIVE, PLACE_RELATIVE };

static char memory[MEMORY];
static struct mem *mem;
static struct space *space;
static struct vmcoreinfo info;

static void put64(uint64_t at, uint64_t value)
{
	memcpy(memory + at, &value, sizeof(value));
}

static void begin(void)
{
	mem = ram_create(memory, sizeof(memory));
	put64(0x1000 + 8 * 511, 0x2000 | PRESENT);
	put64(0x2000 + 8 * 510, 0x3000 | PRESENT);
	put64(0x3000, PRESENT | LARGE);
	ASSERT(space_create(&space, mem, 0x1000, 4, NULL) == 0);
}

static void end(void)
{
	space_destroy(space);
	mem_destroy(mem);
}

static uint64_t address_of(unsigned int n)
{
	return STEXT + 16 * n;
}

static int32_t offset_of(enum kind kind, unsigned int n)
{
	switch (kind) {
	case ABSOLUTE_PERCPU:
		return (int32_t)(BASE - 1 - address_of(n));
	case BASE_RELATIVE:
		return (int32_t)(address_of(n) - BASE);
	default:
		return (int32_t)(address_of(n) - (BASE + OFFSETS + 4 * n));
	}
}

/* Of tokens, the first 128 are single letters, and 200 is "symbol_". */
static void put_tokens(void)
{
	uint16_t at = 0;
	int i;

	for (i = 0; i < 256; i++) {
		memcpy(memory + TOKEN_INDEX + 2 * i, &at, 2);
		if (i == 200)
			at += (uint16_t)sprintf(memory + TOKEN_TABLE + at, "symbol_");
		else if (i < 128)
			memory[TOKEN_TABLE + at++] = (char)i;
		memory[TOKEN_TABLE + at++] = '\0';
	}
}

static uint32_t itself(uint32_t n)
{
	return n;
}

/* What each symbol but the first is called, behind "symbol_". */
static uint32_t (*number_of)(uint32_t n) = itself;

static void put_table(enum kind kind)
{
	uint32_t count = SYMBOLS, i;
	size_t at = NAMES;

	put_tokens();
	memcpy(memory + NUM_SYMS, &count, 4);
	put64(RELATIVE_BASE, BASE);
	for (i = 0; i < count; i++) {
		char digits[12];
		int32_t offset = offset_of(kind, i);
		size_t len = (size_t)sprintf(digits, "%u", number_of(i));

		if (i == 0) {
			memcpy(memory + at, "\7T_stext", 8);
			at += 8;
		} else {
			memory[at++] = (char)(2 + len);
			memory[at++] = i % 2 ? 'T' : 'd';
			memory[at++] = (char)200;
			memcpy(memory + at, digits, len);
			at += len;
		}
		memcpy(memory + OFFSETS + 4 * i, &offset, 4);
	}
	snprintf(info.text, sizeof(info.text),
		 "OSRELEASE=x\nSYMBOL(_stext)=%llx\nSYMBOL(kallsyms_names)=%llx\n"
		 "SYMBOL(kallsyms_num_syms)=%llx\nSYMBOL(kallsyms_token_table)=%llx\n"
		 "SYMBOL(kallsyms_token_index)=%llx\nSYMBOL(kallsyms_offsets)=%llx\n%s%llx\n",
		 STEXT, BASE + NAMES, BASE + NUM_SYMS, BASE + TOKEN_TABLE, BASE + TOKEN_INDEX,
		 BASE + OFFSETS, kind == PLACE_RELATIVE ? "NOTHING=" :
		 "SYMBOL(kallsyms_relative_base)=", BASE + RELATIVE_BASE);
}

static int read_table(struct kallsyms **ret)
{
	space_forget(space);
	return kallsyms_read(ret, space, &info, NULL);
}

TEST(all_three_kinds)
{
	enum kind kind;

	begin();
	for (kind = ABSOLUTE_PERCPU; kind <= PLACE_RELATIVE; kind++) {
		struct kallsyms_symbol s;
		struct kallsyms *k;
		uint64_t address;

		put_table(kind);
		ASSERT(read_table(&k) == 0);
		EXPECT_U64(kallsyms_count(k), SYMBOLS);
		s = kallsyms_at(k, 1001);
		EXPECT_STR(s.name, "symbol_1001");
		EXPECT_INT(s.type, 'T');
		EXPECT_U64(s.address, address_of(1001));
		EXPECT_INT(kallsyms_find(k, "symbol_1234", &address), 0);
		EXPECT_U64(address, address_of(1234));
		EXPECT_INT(kallsyms_find(k, "symbol_", &address), -ENOENT);
		EXPECT_INT(kallsyms_name(k, address_of(77) + 15, &s), 0);
		EXPECT_STR(s.name, "symbol_77");
		EXPECT_INT(kallsyms_name(k, STEXT - 1, &s), -ENOENT);
		kallsyms_free(k);
	}
	end();
}

static void refused(int code)
{
	struct kallsyms *k;

	EXPECT_INT(read_table(&k), code);
}

TEST(tables_that_make_no_sense)
{
	static const uint32_t few = 10, many = 3000000;

	begin();
	put_table(BASE_RELATIVE);
	memcpy(memory + NUM_SYMS, &few, 4);
	refused(-EPROTO);
	memcpy(memory + NUM_SYMS, &many, 4);
	refused(-EPROTO);
	put_table(BASE_RELATIVE);
	/* _stext is elsewhere. */
	memory[OFFSETS]++;
	refused(-EPROTO);
	put_table(BASE_RELATIVE);
	/* A name of one letter has a type only. */
	memory[NAMES] = 1;
	refused(-EPROTO);
	put_table(BASE_RELATIVE);
	/* A token that is nowhere. */
	memset(memory + TOKEN_INDEX + 20, 0xff, 2);
	refused(-EPROTO);
	put_table(BASE_RELATIVE);
	/* Tokens without an end. */
	memset(memory + TOKEN_TABLE, 'x', TOKEN_INDEX - TOKEN_TABLE);
	memset(memory + TOKEN_INDEX, 0xff, 512);
	refused(-EPROTO);
	end();
}

static uint32_t one_for_all(uint32_t n)
{
	return 5;
}

/* Such that all have one hash. */
static uint32_t chosen(uint32_t n)
{
	static uint32_t at;
	char name[24];

	at = n == 1 ? 0 : at;
	do
		snprintf(name, sizeof(name), "symbol_%u", ++at);
	while (name_hash(name) % 4096);
	return at;
}

/* Linux has hundreds of some names; nobody has hundreds of one hash. */
TEST(names_that_somebody_has_chosen)
{
	struct kallsyms *k;
	uint64_t address;

	begin();
	number_of = one_for_all;
	put_table(BASE_RELATIVE);
	ASSERT(read_table(&k) == 0);
	EXPECT_INT(kallsyms_find(k, "symbol_5", &address), 0);
	EXPECT_U64(address, address_of(1));
	kallsyms_free(k);
	number_of = chosen;
	put_table(BASE_RELATIVE);
	refused(-EPROTO);
	number_of = itself;
	end();
}

TEST(what_is_not_said_or_not_there)
{
	begin();
	put_table(PLACE_RELATIVE);
	strcpy(strstr(info.text, "SYMBOL(kallsyms_offsets)"), "X");
	refused(-ENOENT);
	put_table(PLACE_RELATIVE);
	strcpy(strstr(info.text, "SYMBOL(kallsyms_offsets)"),
	       "SYMBOL(kallsyms_offsets)=ffffffffff000000\n");
	refused(-EFAULT);
	put_table(PLACE_RELATIVE);
	put64(0x3000, 0);
	refused(-EFAULT);
	end();
}

/* Whatever it holds: a table, or none. */
TEST(noise)
{
	struct random rnd;
	unsigned int i, k, read = 0;

	begin();
	random_init(&rnd, 1);
	for (i = 0; i < 1500; i++) {
		struct kallsyms *symbols;
		uint64_t address;

		put_table((enum kind)(i % 3));
		for (k = 0; k < 3; k++)
			memory[NUM_SYMS + random_below(&rnd, OFFSETS + 4 * SYMBOLS - NUM_SYMS)] =
				(char)random_next(&rnd);
		if (read_table(&symbols) < 0)
			continue;
		read++;
		kallsyms_find(symbols, "symbol_55", &address);
		for (k = 0; k < kallsyms_count(symbols); k++)
			EXPECT(strlen(kallsyms_at(symbols, k).name) <= 1024);
		kallsyms_free(symbols);
	}
	EXPECT(read > 100);
	end();
}

KTAP_MAIN()
