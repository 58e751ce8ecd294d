// SPDX-License-Identifier: GPL-2.0-or-later
/* Tables of symbols of all three kinds, with changes, and page tables and VMCOREINFO of it. */
#include "base/macros.h"
#include "fuzz.h"
#include "kernel/kallsyms.h"

#define MEMORY		(64u << 10)
#define SYMBOLS		1000u
#define BASE		0xffffffff80000000ull
#define STEXT		(BASE + 0x1000000)
#define PRESENT		1ull
#define LARGE		128ull
#define TABLES		0x1000u
#define NUM_SYMS	0x4000u
#define RELATIVE_BASE	0x4008u
#define TOKEN_INDEX	0x5000u
#define TOKEN_TABLE	0x6000u
#define NAMES		0x8000u
#define OFFSETS		0xc000u
#define NAME_MAX_LEN	1024
/* Each name may be read to its end; 16 pages at once are one read. */
#define READS_MAX	200000

enum kind { ABSOLUTE_PERCPU, BASE_RELATIVE, PLACE_RELATIVE, KINDS };

static uint8_t tables[KINDS][MEMORY];
static uint8_t bytes[MEMORY];
static size_t names_end;

static int32_t offset_of(enum kind kind, unsigned int n)
{
	uint64_t address = STEXT + 16 * n;

	switch (kind) {
	case ABSOLUTE_PERCPU:
		return (int32_t)(BASE - 1 - address);
	case BASE_RELATIVE:
		return (int32_t)(address - BASE);
	default:
		return (int32_t)(address - (BASE + OFFSETS + 4 * n));
	}
}

static void put64(uint8_t *to, uint64_t value)
{
	memcpy(to, &value, sizeof(value));
}

/* The first 128 are single letters, 200 is "symbol_". */
static void put_tokens(uint8_t *m)
{
	uint16_t at = 0;
	int i;

	for (i = 0; i < 256; i++) {
		memcpy(m + TOKEN_INDEX + 2 * i, &at, 2);
		if (i == 200)
			at += (uint16_t)sprintf((char *)m + TOKEN_TABLE + at, "symbol_");
		else if (i < 128)
			m[TOKEN_TABLE + at++] = (uint8_t)i;
		m[TOKEN_TABLE + at++] = '\0';
	}
}

static size_t put_name(uint8_t *m, size_t at, unsigned int n)
{
	char digits[8];
	size_t len = (size_t)sprintf(digits, "%u", n);

	if (n == 0) {
		memcpy(m + at, "\7T_stext", 8);
		return at + 8;
	}
	m[at++] = (uint8_t)(2 + len);
	m[at++] = n % 2 ? 'T' : 'd';
	m[at++] = 200;
	memcpy(m + at, digits, len);
	return at + len;
}

static void put_table(uint8_t *m, enum kind kind)
{
	uint32_t count = SYMBOLS, i;
	size_t at = NAMES;

	put64(m + TABLES + 8 * 511, (TABLES + 0x1000) | PRESENT);
	put64(m + TABLES + 0x1000 + 8 * 510, (TABLES + 0x2000) | PRESENT);
	put64(m + TABLES + 0x2000, PRESENT | LARGE);
	put_tokens(m);
	memcpy(m + NUM_SYMS, &count, 4);
	put64(m + RELATIVE_BASE, BASE);
	for (i = 0; i < count; i++) {
		int32_t offset = offset_of(kind, i);

		at = put_name(m, at, i);
		memcpy(m + OFFSETS + 4 * i, &offset, 4);
	}
	FUZZ_ASSERT(at < OFFSETS);
	names_end = at;
}

static void put_info(struct vmcoreinfo *info, enum kind kind)
{
	memset(info, 0, sizeof(*info));
	snprintf(info->text, sizeof(info->text),
		 "OSRELEASE=x\nSYMBOL(_stext)=%llx\nSYMBOL(kallsyms_names)=%llx\n"
		 "SYMBOL(kallsyms_num_syms)=%llx\nSYMBOL(kallsyms_token_table)=%llx\n"
		 "SYMBOL(kallsyms_token_index)=%llx\nSYMBOL(kallsyms_offsets)=%llx\n%s%llx\n",
		 STEXT, BASE + NAMES, BASE + NUM_SYMS, BASE + TOKEN_TABLE, BASE + TOKEN_INDEX,
		 BASE + OFFSETS, kind == PLACE_RELATIVE ? "NOTHING=" :
		 "SYMBOL(kallsyms_relative_base)=", BASE + RELATIVE_BASE);
}

static void look(struct kallsyms *k, uint64_t address)
{
	size_t i, count = kallsyms_count(k);
	struct kallsyms_symbol s;
	uint64_t found;

	FUZZ_ASSERT(count >= 1000 && count <= 2000000);
	for (i = 0; i < count; i++) {
		s = kallsyms_at(k, i);
		FUZZ_ASSERT(strlen(s.name) <= NAME_MAX_LEN);
	}
	s = kallsyms_at(k, (size_t)(address % count));
	FUZZ_ASSERT(kallsyms_find(k, s.name, &found) == 0);
	if (kallsyms_name(k, address, &s) == 0)
		FUZZ_ASSERT(s.address <= address);
	if (kallsyms_name(k, found, &s) == 0)
		FUZZ_ASSERT(s.address == found);
}

int LLVMFuzzerInitialize(int *argc, char ***argv)
{
	enum kind kind;

	for (kind = 0; kind < KINDS; kind++)
		put_table(tables[kind], kind);
	return 0;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct fuzz_input in = { data, size };
	enum kind kind = (enum kind)(fuzz_u8(&in) % KINDS);
	uint64_t address = STEXT + fuzz_u16(&in);
	struct fuzz_memory memory = { .bytes = bytes, .size = MEMORY, .most = READS_MAX };
	struct mem *mem = fuzz_mem(&memory);
	struct vmcoreinfo info;
	const struct fuzz_region regions[] = {
		{ bytes + NUM_SYMS, 16 }, { bytes + TOKEN_INDEX, 512 },
		{ bytes + TOKEN_TABLE, 1024 }, { bytes + NAMES, names_end - NAMES },
		{ bytes + OFFSETS, 4 * SYMBOLS }, { bytes + TABLES + 8 * 511, 8 },
		{ bytes + TABLES + 0x1000 + 8 * 510, 8 }, { bytes + TABLES + 0x2000, 16 },
		{ (uint8_t *)info.text, 512 },
	};
	struct kallsyms *symbols;
	struct space *space;

	memcpy(bytes, tables[kind], MEMORY);
	put_info(&info, kind);
	fuzz_change(&in, regions, ARRAY_SIZE(regions));
	FUZZ_ASSERT(space_create(&space, mem, TABLES, 4, NULL) == 0);
	if (kallsyms_read(&symbols, space, &info, NULL) == 0) {
		look(symbols, address);
		kallsyms_free(symbols);
	}
	space_destroy(space);
	mem_destroy(mem);
	return 0;
}
