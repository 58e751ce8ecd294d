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
#define LINKED		0xffffffff81000000ull
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

/* Of a kernel that is at @base; @mapped: whether there is something at THEN. */
static struct mem *open_image(struct image *image, struct kernel *kernel, uint64_t base,
			      bool mapped)
{
	static const struct kernel_memo memo = { .symbol_count = 100000 };
	static const struct vmcoreinfo info;
	struct mem *mem = make_memory();

	*kernel = (struct kernel){ .mem = mem };
	memory[0x3000 / 8 + ENTRY_THEN] = mapped ? PRESENT | LARGE : 0;
	ASSERT(space_create(&kernel->space, mem, 0x1000, 4, NULL) == 0);
	ASSERT(kallsyms_later(&kernel->symbols, kernel->space, &info, &memo, NULL) == 0);
	*image = (struct image){ .kernel = kernel, .base = base, .end = base + LENGTH };
	image->parts[IMAGE_TEXT] = (struct image_part){ base, sizeof(text), text };
	return mem;
}

static void close_image(struct kernel *kernel, struct mem *mem)
{
	kallsyms_free(kernel->symbols);
	space_destroy(kernel->space);
	mem_destroy(mem);
}

static void normalise_at(uint64_t base, uint64_t value, bool mapped, uint64_t *ret_32,
			 uint64_t *ret_64)
{
	struct kernel kernel;
	struct image image;
	struct sites sites = { 0 };
	uint32_t low = (uint32_t)value;
	struct mem *mem = open_image(&image, &kernel, base, mapped);

	ASSERT(sites_add(&sites, SITE_MOVED32, AT_32) == 0);
	ASSERT(sites_add(&sites, SITE_MOVED64, AT_64) == 0);
	memcpy(text + AT_32, &low, sizeof(low));
	memcpy(text + AT_64, &value, sizeof(value));
	image_normalise(&image, &sites, THEN);
	memcpy(&low, text + AT_32, sizeof(low));
	*ret_32 = low;
	memcpy(ret_64, text + AT_64, sizeof(*ret_64));
	sites_free(&sites);
	close_image(&kernel, mem);
}

static void normalise(uint64_t address, bool mapped, uint64_t *ret_32, uint64_t *ret_64)
{
	normalise_at(NOW, address, mapped, ret_32, ret_64);
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

/* Where it was linked to, that is by 0. */
TEST(by_how_much_it_was_moved)
{
	uint64_t of_32, of_64, linked_32, linked_64;

	normalise_at(NOW, NOW - LINKED, false, &of_32, &of_64);
	normalise_at(LINKED, 0, false, &linked_32, &linked_64);
	EXPECT_U64(of_32, linked_32);
	EXPECT_U64(of_64, linked_64);
	normalise_at(NOW, 0, false, &of_32, &of_64);
	EXPECT(of_32 != linked_32);
	EXPECT(of_64 != linked_64);
}

/* Of which those of a compiler that wants a 0 in a register have fewer bytes. */
TEST(zeros_that_are_by_how_much_it_was_moved)
{
	static const uint8_t code[] = {
		0x48, 0xc7, 0xc6, 0, 0, 0, 0,			/* mov $0, %rsi: at 3 */
		0x48, 0x81, 0xf3, 0, 0, 0, 0,			/* xor $0, %rbx: at 10 */
		0x48, 0x35, 0, 0, 0, 0,				/* xor $0, %rax: at 16 */
		0x48, 0xba, 0, 0, 0, 0, 0, 0, 0, 0,		/* movabs $0, %rdx: at 22 */
		0x48, 0xc7, 0x44, 0x24, 8, 0, 0, 0, 0,		/* movq $0, 8(%rsp) */
		0xb8, 0, 0, 0, 0,				/* mov $0, %eax */
		0x48, 0x83, 0xf8, 0,				/* cmp $0, %rax, of one byte */
		0x0f, 0x1f, 0x84, 0, 0, 0, 0, 0,		/* nop */
	};
	static const uint32_t wanted[] = { 3, 10, 16 };
	const uint64_t bases[] = { LINKED, NOW };
	struct kernel kernel;
	struct image image;
	size_t i, n;

	for (i = 0; i < ARRAY_SIZE(bases); i++) {
		const size_t here = bases[i] == LINKED;
		struct mem *mem = open_image(&image, &kernel, bases[i], false);
		struct sites sites = { 0 };

		memset(text, 0xcc, sizeof(text));
		memcpy(text, code, sizeof(code));
		ASSERT(image_find_sites(&image, &sites, NULL) == 0);
		EXPECT_U64(sites.lists[SITE_MOVED32].count, here * ARRAY_SIZE(wanted));
		for (n = 0; n < sites.lists[SITE_MOVED32].count && n < ARRAY_SIZE(wanted); n++)
			EXPECT_U64(sites.lists[SITE_MOVED32].offsets[n], wanted[n]);
		EXPECT_U64(sites.lists[SITE_MOVED64].count, here);
		if (here && sites.lists[SITE_MOVED64].count)
			EXPECT_U64(sites.lists[SITE_MOVED64].offsets[0], 22);
		sites_free(&sites);
		close_image(&kernel, mem);
	}
}

KTAP_MAIN()
