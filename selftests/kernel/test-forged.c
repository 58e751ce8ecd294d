// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Kernels that somebody in the guest has made of memory that he may write: a VMCOREINFO, symbols,
 * a banner and types in which everything fits, behind tables with the running kernel's own part.
 */
#include <errno.h>
#include <linux/btf.h>
#include <stdlib.h>

#include "base/macros.h"
#include "kernel/kernel.h"
#include "ktap.h"
#include "mem/processor.h"
#include "ram.h"

#define MEMORY		(8u << 20)
#define PRESENT		1ull
#define WRITE		2ull
#define USER		4ull
#define LARGE		128ull
#define NOEXEC		0x8000000000000000ull
#define ALL		(PRESENT | WRITE)
/* Where there is what: in memory. */
#define RUNNING		0x2000ull
#define ELSEWHERE	0x3000ull
#define UPPER		0x4000ull
#define MIDDLE		0x5000ull
#define DIRECT		0x6000ull
#define ANOTHER		0x8000ull
#define OWN		0x9000ull
#define INFO		0x300000ull
#define FORGED		0x400000ull
/* The kernel's text, and the page behind it. */
#define TEXT		0xffffffff81000000ull
#define BEHIND		(TEXT + (2ull << 20))
/* Where the forged piece is mapped as well. */
#define OF_PROCESS	0x10000000ull
#define OF_HYPERVISOR	0xffff800010000000ull
#define OF_MEMORY	0xffff888000400000ull
/* A table of 4 levels, taken for one of 5: its pages of 2 MiB are some of 1 GiB, the first one. */
#define LEVEL_MORE	0xffffff0200000000ull
/* In it. */
#define TOKENS		0x1000u
#define COUNT		0x2000u
#define BASE		0x2010u
#define OFFSETS		0x3000u
#define NAMES		0x10000u
#define BANNER		0x80000u
#define TYPES		0x90000u
#define STRINGS		8152u
#define RELEASE		"6.12.0-forged"
#define SYMBOLS		1200

static unsigned char *memory;
/* Where the text is said to be. */
static uint64_t text_at = TEXT;

static void set(uint64_t table, uint64_t index, uint64_t entry)
{
	memcpy(memory + table + index * sizeof(entry), &entry, sizeof(entry));
}

static uint64_t index_of(uint64_t address, unsigned int level)
{
	return address >> (12 + 9 * (level - 1)) & 511;
}

/* Numbers that are not negative stand for themselves, others are counted from before the text. */
static int32_t offset_of(uint64_t address)
{
	return (int32_t)(address < text_at ? address : text_at - 1 - address);
}

/* Symbols are "length type name"; each token is the letter of its number. */
static void write_symbols(uint64_t address)
{
	static const struct {
		const char *name;
		uint32_t at;
	} known[] = {
		{ "Dlinux_banner", BANNER },
		{ "D__start_BTF", TYPES },
		{ "D__stop_BTF", TYPES + sizeof(struct btf_header) + 16 + STRINGS },
	};
	unsigned char *piece = memory + FORGED, *name = piece + NAMES;
	uint32_t count = SYMBOLS, i;

	for (i = 0; i < 256; i++) {
		((uint16_t *)piece)[i] = (uint16_t)(2 * i);
		piece[TOKENS + 2 * i] = (unsigned char)i;
	}
	memcpy(piece + COUNT, &count, sizeof(count));
	memcpy(piece + BASE, &text_at, sizeof(text_at));
	for (i = 0; i < SYMBOLS; i++) {
		int32_t offset = offset_of(address + 0x100000 + i);
		char text[32];

		snprintf(text, sizeof(text), "Ds%u", i);
		if (i == 0) {
			strcpy(text, "T_stext");
			offset = offset_of(text_at);
		} else if (i <= ARRAY_SIZE(known)) {
			strcpy(text, known[i - 1].name);
			offset = offset_of(address + known[i - 1].at);
		}
		*name++ = (unsigned char)strlen(text);
		memcpy(name, text, strlen(text));
		name += strlen(text);
		memcpy(piece + OFFSETS + i * sizeof(offset), &offset, sizeof(offset));
	}
}

static void write_types(void)
{
	const struct btf_header header = {
		.magic = BTF_MAGIC, .version = BTF_VERSION, .hdr_len = sizeof(header),
		.type_len = 16, .str_off = 16, .str_len = STRINGS,
	};
	const struct btf_type type = { .name_off = 1, .info = BTF_KIND_INT << 24, .size = 4 };
	unsigned char *to = memory + FORGED + TYPES;

	memcpy(to, &header, sizeof(header));
	memcpy(to + sizeof(header), &type, sizeof(type));
	memcpy(to + sizeof(header) + sizeof(type), &(uint32_t){ 32 }, sizeof(uint32_t));
	strcpy((char *)to + sizeof(header) + 16 + 1, "int");
}

/* @tables: where symbols are read from; @rest: where these say that banner and types are */
static void write_forged(uint64_t tables, uint64_t rest)
{
	memset(memory + FORGED, 0, MEMORY - FORGED);
	write_symbols(rest);
	strcpy((char *)memory + FORGED + BANNER, "Linux version " RELEASE " (root@guest)\n");
	write_types();
	snprintf((char *)memory + INFO, MEM_PAGE,
		 "OSRELEASE=" RELEASE "\nSYMBOL(swapper_pg_dir)=ffffffff80008000\n"
		 "NUMBER(phys_base)=0\nNUMBER(pgtable_l5_enabled)=%d\nSYMBOL(_stext)=%llx\nSYMBOL(kallsyms_names)=%llx\n"
		 "SYMBOL(kallsyms_num_syms)=%llx\nSYMBOL(kallsyms_offsets)=%llx\n"
		 "SYMBOL(kallsyms_relative_base)=%llx\nSYMBOL(kallsyms_token_table)=%llx\n"
		 "SYMBOL(kallsyms_token_index)=%llx\n",
		 text_at != TEXT, (unsigned long long)text_at,
		 (unsigned long long)tables + NAMES, (unsigned long long)tables + COUNT,
		 (unsigned long long)tables + OFFSETS, (unsigned long long)tables + BASE,
		 (unsigned long long)tables + TOKENS, (unsigned long long)tables);
}

/* Of the kernel that runs: its text, what is behind that, and all of memory. */
static void write_running(uint64_t text, uint64_t behind)
{
	uint64_t i;

	for (i = PROCESSOR_FIRST; i < 511; i++)
		set(RUNNING, i, ELSEWHERE | ALL);
	set(RUNNING, index_of(OF_MEMORY, 4), DIRECT | ALL);
	set(DIRECT, index_of(OF_MEMORY, 3), (DIRECT + MEM_PAGE) | ALL);
	set(DIRECT + MEM_PAGE, index_of(OF_MEMORY, 2), FORGED | ALL | LARGE | NOEXEC);
	set(RUNNING, index_of(TEXT, 4), UPPER | ALL);
	set(UPPER, index_of(TEXT, 3), MIDDLE | ALL);
	set(MIDDLE, index_of(TEXT, 2), text | PRESENT | LARGE);
	set(MIDDLE, index_of(BEHIND, 2), FORGED | behind | PRESENT | LARGE | NOEXEC);
}

/* A process' tables have all of the kernel's, and his own memory. */
static void write_another(void)
{
	memcpy(memory + ANOTHER + MEM_PAGE / 2, memory + RUNNING + MEM_PAGE / 2, MEM_PAGE / 2);
	set(ANOTHER, index_of(OF_PROCESS, 4), OWN | ALL | USER);
	set(ANOTHER, index_of(OF_HYPERVISOR, 4), OWN | ALL | USER);
	set(OWN, index_of(OF_PROCESS, 3), (OWN + MEM_PAGE) | ALL | USER);
	set(OWN + MEM_PAGE, index_of(OF_PROCESS, 2), FORGED | ALL | USER | LARGE | NOEXEC);
}

static int ask(void *arg, uint64_t roots[PROCESSOR_ROOTS_MAX], struct error *err)
{
	roots[0] = RUNNING;
	return 1;
}

static struct mem *create_mem(void)
{
	struct mem *mem = ram_create(memory, MEMORY);

	ASSERT(processors_see(mem, ask, NULL, NULL) == 0);
	ASSERT(mem_processors(mem)->count == 1);
	return mem;
}

/* @text, @behind: flags of what the kernel has there */
static int attach(uint64_t tables, uint64_t rest, uint64_t text, uint64_t behind)
{
	struct error err = { 0 };
	struct kernel kernel;
	struct mem *mem;
	int r;

	memory = calloc(1, MEMORY);
	ASSERT(memory);
	write_running(text, behind);
	write_another();
	write_forged(tables, rest);
	mem = create_mem();
	r = kernel_attach(&kernel, mem, &err);
	printf("# %d: %s\n", r, r < 0 ? err.text : kernel.banner);
	if (r == 0)
		kernel_detach(&kernel);
	mem_destroy(mem);
	free(memory);
	return r;
}

/* The same bytes, so that it is not for another reason that those are refused. */
TEST(what_only_the_kernel_can_write_is_taken)
{
	EXPECT_INT(attach(BEHIND, BEHIND, 0, 0), 0);
}

/* Of a guest that was started with "rodata=off". */
TEST(without_constants_all_of_the_image_is_taken)
{
	EXPECT_INT(attach(BEHIND, BEHIND, WRITE, WRITE), 0);
	EXPECT(attach(OF_PROCESS, OF_PROCESS, WRITE, WRITE) < 0);
}

TEST(memory_of_a_process_is_no_kernel)
{
	EXPECT(attach(OF_PROCESS, OF_PROCESS, 0, 0) < 0);
	EXPECT(attach(BEHIND, OF_PROCESS, 0, 0) < 0);
}

TEST(nor_is_it_where_a_hypervisor_would_be)
{
	EXPECT(attach(OF_HYPERVISOR, BEHIND, 0, 0) < 0);
}

/* All of memory is there, what processes have too. */
TEST(nor_where_the_kernel_has_all_memory)
{
	EXPECT(attach(OF_MEMORY, BEHIND, 0, 0) < 0);
}

/* What was for the boot only is processes' memory later. */
TEST(nor_what_the_image_had_and_is_free_by_now)
{
	EXPECT(attach(BEHIND, BEHIND, 0, WRITE) < 0);
}

TEST(nor_where_another_number_of_levels_leads)
{
	text_at = LEVEL_MORE;
	EXPECT(attach(LEVEL_MORE + FORGED, LEVEL_MORE + FORGED, 0, 0) < 0);
	text_at = TEXT;
}

KTAP_MAIN()
