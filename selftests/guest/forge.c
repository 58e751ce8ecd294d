// SPDX-License-Identifier: GPL-2.0-or-later
#include "base/macros.h"
#include "forge.h"
#include "ktap.h"
#include "ram.h"

#define PRESENT		1ull
#define LARGE		128ull
#define NO_EXECUTE	BIT_ULL(63)

uint64_t forge_memory[FORGE_WORDS];
struct guest forge_guest;
static struct mem *mem;

struct types_member forge_member(uint32_t offset, uint32_t size)
{
	return (struct types_member){ .offset = offset, .size = size, .elements = 1 };
}

void forge_begin(void)
{
	mem = ram_create(forge_memory, FORGE_BYTES);
	forge_memory[0x1000 / 8] = 0x2000 | PRESENT;
	forge_memory[0x2000 / 8] = 0x3000 | PRESENT;
	forge_memory[0x3000 / 8] = PRESENT | LARGE;
	ASSERT(space_create(&forge_guest.kernel.space, mem, 0x1000, 4, NULL) == 0);
	forge_guest.kernel.mem = mem;
}

/* Tables of pages, and of symbols as kallsyms has them since 7.0. */
#define POINTERS	FORGE_TABLES
#define DIRECTORY	(FORGE_TABLES + 0x1000)
#define TABLE		(FORGE_TABLES + 0x2000)
#define NUM_SYMS	(FORGE_TABLES + 0x3000)
#define TOKEN_TABLE	(FORGE_TABLES + 0x3100)
#define TOKEN_INDEX	(FORGE_TABLES + 0x3400)
#define OFFSETS		(FORGE_TABLES + 0x4000)
#define NAMES		(FORGE_TABLES + 0x6000)
/* Fewer than that no kernel has. */
#define SYMBOLS		1000u

static void put_tokens(void)
{
	char *to = (char *)forge_memory;
	uint16_t at = 0;
	int i;

	/* Each is a letter of its own; those that no name has are empty. */
	for (i = 0; i < 256; i++) {
		memcpy(to + TOKEN_INDEX + 2 * i, &at, 2);
		if (i < 128)
			to[TOKEN_TABLE + at++] = (char)i;
		to[TOKEN_TABLE + at++] = '\0';
	}
}

static void put_symbols(const struct forge_symbol *symbols, size_t count)
{
	char *to = (char *)forge_memory;
	uint32_t i, number = SYMBOLS;
	size_t at = NAMES;

	memcpy(to + NUM_SYMS, &number, sizeof(number));
	for (i = 0; i < SYMBOLS; i++) {
		uint64_t address = i < count ? symbols[i].address : FORGE_KERNEL + FORGE_BYTES;
		int32_t offset = (int32_t)(address - (FORGE_KERNEL + OFFSETS + 4 * i));
		char other[12];
		const char *name = i < count ? symbols[i].name : other;

		snprintf(other, sizeof(other), "x%u", i);
		to[at++] = (char)(1 + strlen(name));
		to[at++] = 'T';
		memcpy(to + at, name, strlen(name));
		at += strlen(name);
		memcpy(to + OFFSETS + 4 * i, &offset, sizeof(offset));
	}
}

void forge_execute(uint64_t address, bool executable)
{
	uint64_t page = (address - FORGE_KERNEL) / MEM_PAGE;

	forge_memory[TABLE / 8 + page] = page * MEM_PAGE | PRESENT | (executable ? 0 : NO_EXECUTE);
}

void forge_kernel(const struct forge_symbol *symbols, size_t count)
{
	struct kernel *kernel = &forge_guest.kernel;
	struct vmcoreinfo info;
	uint64_t at;

	forge_memory[0x1000 / 8 + 511] = POINTERS | PRESENT;
	forge_memory[POINTERS / 8 + 510] = DIRECTORY | PRESENT;
	forge_memory[DIRECTORY / 8] = TABLE | PRESENT;
	for (at = 0; at < FORGE_BYTES; at += MEM_PAGE)
		forge_execute(FORGE_KERNEL + at, false);
	put_tokens();
	put_symbols(symbols, count);
	snprintf(info.text, sizeof(info.text),
		 "OSRELEASE=x\nSYMBOL(_stext)=%llx\nSYMBOL(kallsyms_names)=%llx\n"
		 "SYMBOL(kallsyms_num_syms)=%llx\nSYMBOL(kallsyms_token_table)=%llx\n"
		 "SYMBOL(kallsyms_token_index)=%llx\nSYMBOL(kallsyms_offsets)=%llx\n",
		 (unsigned long long)symbols[0].address,
		 FORGE_KERNEL + NAMES, FORGE_KERNEL + NUM_SYMS, FORGE_KERNEL + TOKEN_TABLE,
		 FORGE_KERNEL + TOKEN_INDEX, FORGE_KERNEL + OFFSETS);
	kernel->levels = 4;
	space_forget(kernel->space);
	ASSERT(kallsyms_read(&kernel->symbols, kernel->space, &info, NULL) == 0);
}

void forge_end(void)
{
	kallsyms_free(forge_guest.kernel.symbols);
	forge_guest.kernel.symbols = NULL;
	space_destroy(forge_guest.kernel.space);
	mem_destroy(mem);
}
