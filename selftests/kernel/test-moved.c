// SPDX-License-Identifier: GPL-2.0-or-later
/* Addresses in a kernel's text, of one that is not where it was when it was enrolled. */
#include "base/macros.h"
#include "kernel/image.h"
#include "ktap.h"
#include "ram.h"

#define MEMORY		(64u << 10)
#define PRESENT		1ull
#define LARGE		128ull
#define NOW		0xffffffff9a000000ull
#define THEN		0xffffffffa2000000ull
#define LENGTH		0x100000u
/* Of the table for the kernel's addresses, whose first one is 0xffffffff80000000. */
#define ENTRY_THEN	(0x22000000u >> 21)
/* How far an address is from the kernel's beginning. */
#define FAR		0x1234u
#define AT_32		0u
#define AT_64		8u

static uint64_t memory[MEMORY / 8];
static uint8_t text[MEM_PAGE];

static struct mem *make_memory(void)
{
	struct mem *mem = ram_create(memory, MEMORY);

	memory[0x1000 / 8 + 511] = 0x2000 | PRESENT;
	memory[0x2000 / 8 + 510] = 0x3000 | PRESENT;
	return mem;
}

/* @mapped: whether there is something where the kernel was. */
static void normalise(uint64_t address, bool mapped, uint64_t *ret_32, uint64_t *ret_64)
{
	static const struct kernel_memo memo = { .symbol_count = 100000 };
	static const struct vmcoreinfo info;
	struct mem *mem = make_memory();
	struct kernel kernel = { .mem = mem };
	struct image image = { .kernel = &kernel, .base = NOW, .end = NOW + LENGTH };
	struct sites sites = { 0 };
	uint32_t low = (uint32_t)address;

	memory[0x3000 / 8 + ENTRY_THEN] = mapped ? PRESENT | LARGE : 0;
	ASSERT(space_create(&kernel.space, mem, 0x1000, 4, NULL) == 0);
	ASSERT(kallsyms_later(&kernel.symbols, kernel.space, &info, &memo, NULL) == 0);
	image.parts[IMAGE_TEXT] = (struct image_part){ NOW, sizeof(text), text };
	ASSERT(sites_add(&sites, SITE_MOVED32, AT_32) == 0);
	ASSERT(sites_add(&sites, SITE_MOVED64, AT_64) == 0);
	memcpy(text + AT_32, &low, sizeof(low));
	memcpy(text + AT_64, &address, sizeof(address));
	image_normalise(&image, &sites, THEN);
	memcpy(&low, text + AT_32, sizeof(low));
	*ret_32 = low;
	memcpy(ret_64, text + AT_64, sizeof(*ret_64));
	sites_free(&sites);
	kallsyms_free(kernel.symbols);
	space_destroy(kernel.space);
	mem_destroy(mem);
}

TEST(what_is_where_the_kernel_is)
{
	uint64_t of_32, of_64;

	normalise(NOW + FAR, false, &of_32, &of_64);
	EXPECT_U64(of_32, FAR);
	EXPECT_U64(of_64, FAR);
}

/* At enrolment it was an address by chance. */
TEST(a_number)
{
	uint64_t of_32, of_64;

	normalise(THEN + FAR, false, &of_32, &of_64);
	EXPECT_U64(of_32, FAR);
	EXPECT_U64(of_64, FAR);
}

/* Somebody has put his code there, and leads to it. */
TEST(an_address_of_something_else)
{
	uint64_t of_32, of_64;

	normalise(THEN + FAR, true, &of_32, &of_64);
	EXPECT_U64(of_32, (uint32_t)(THEN + FAR));
	EXPECT_U64(of_64, THEN + FAR);
}

KTAP_MAIN()
