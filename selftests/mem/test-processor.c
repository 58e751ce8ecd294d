// SPDX-License-Identifier: GPL-2.0-or-later
/* Page tables that processors use, while processes come and go. */
#include <errno.h>

#include "ktap.h"
#include "mem/processor.h"
#include "ram.h"

#define MEMORY		(16u << 12)
#define PRESENT		1ull
#define KERNELS		0x1000ull
#define FORGED		0x2000ull
#define ISOLATED	0x4000ull
#define FIRST		ISOLATED
#define BESIDE		(ISOLATED + MEM_PAGE)
#define QUESTIONS	8

static uint64_t memory[MEMORY / 8];

/**
 * struct guest - what its processors use, question by question
 * @roots: after each other; the last one from then on
 * @count: of @roots
 * @again: all of them, for ever
 * @asked: so often
 * @r: what the question fails with, 0 for none
 */
struct guest {
	uint64_t roots[QUESTIONS];
	int count;
	bool again;
	int asked;
	int r;
};

/* A table with a kernel's part, which leads to @address. */
static void write_table(uint64_t root, uint64_t address)
{
	unsigned int i;

	memset(memory + root / 8, 0, MEM_PAGE);
	for (i = PROCESSOR_FIRST; i < 512; i++)
		memory[root / 8 + i] = (address + i * MEM_PAGE) | PRESENT;
}

static int ask(void *arg, uint64_t roots[PROCESSOR_ROOTS_MAX], struct error *err)
{
	struct guest *guest = arg;
	int at = guest->asked < guest->count ? guest->asked : guest->count - 1;

	if (guest->again)
		at = guest->asked % guest->count;
	guest->asked++;
	if (guest->r < 0)
		return guest->r;
	if (guest->count == 0 || guest->roots[at] == 0)
		return 0;
	roots[0] = guest->roots[at];
	return 1;
}

static int see(struct mem *mem, struct guest *guest)
{
	struct error err = { 0 };
	int r = processors_see(mem, ask, guest, &err);

	printf("# asked %d times: %d %s\n", guest->asked, r, r < 0 ? err.text : "");
	return r;
}

TEST(what_is_used_before_and_after_counts)
{
	struct guest guest = { .roots = { KERNELS }, .count = 1 };
	struct mem *mem = ram_create(memory, sizeof(memory));

	write_table(KERNELS, 0x100000);
	write_table(FORGED, 0x200000);
	ASSERT(see(mem, &guest) == 0);
	EXPECT_INT(guest.asked, 2);
	EXPECT_INT(processors_use(mem_processors(mem), mem, KERNELS), 1);
	EXPECT_INT(processors_use(mem_processors(mem), mem, FORGED), 0);
	mem_destroy(mem);
}

/* Its process ended meanwhile, and its page has become another's, who writes what he likes. */
TEST(what_is_not_used_any_more_does_not)
{
	struct guest guest = { .roots = { FORGED, KERNELS, FORGED, KERNELS, KERNELS }, .count = 5 };
	struct mem *mem = ram_create(memory, sizeof(memory));

	write_table(KERNELS, 0x100000);
	write_table(FORGED, 0x200000);
	ASSERT(see(mem, &guest) == 0);
	EXPECT_INT(processors_use(mem_processors(mem), mem, KERNELS), 1);
	EXPECT_INT(processors_use(mem_processors(mem), mem, FORGED), 0);
	mem_destroy(mem);
}

TEST(always_another_is_told)
{
	struct guest guest = { .roots = { KERNELS, FORGED }, .count = 2, .again = true };
	struct mem *mem = ram_create(memory, sizeof(memory));

	write_table(KERNELS, 0x100000);
	write_table(FORGED, 0x200000);
	EXPECT_INT(see(mem, &guest), -EAGAIN);
	EXPECT(!mem_processors(mem));
	mem_destroy(mem);
}

/* A guest that is about to be started. */
TEST(without_tables_no_kernel_runs)
{
	struct guest guest = { .count = 0 };
	struct mem *mem = ram_create(memory, sizeof(memory));

	write_table(KERNELS, 0x100000);
	ASSERT(see(mem, &guest) == 0);
	EXPECT_INT(processors_use(mem_processors(mem), mem, KERNELS), 0);
	mem_destroy(mem);
}

/* And one whose firmware has tables of its own. */
TEST(tables_without_a_kernel_are_none)
{
	struct guest guest = { .roots = { KERNELS }, .count = 1 };
	struct mem *mem = ram_create(memory, sizeof(memory));

	memset(memory, 0, sizeof(memory));
	memory[KERNELS / 8] = 0x3000 | PRESENT;
	ASSERT(see(mem, &guest) == 0);
	EXPECT_INT(mem_processors(mem)->count, 0);
	mem_destroy(mem);
}

TEST(the_kernels_table_is_beside_a_process_own)
{
	struct guest guest = { .roots = { BESIDE }, .count = 1 };
	struct mem *mem = ram_create(memory, sizeof(memory));

	write_table(FIRST, 0x100000);
	write_table(KERNELS, 0x100000);
	memset(memory + BESIDE / 8, 0, MEM_PAGE);
	memory[BESIDE / 8 + 511] = 0x3000 | PRESENT;
	ASSERT(see(mem, &guest) == 0);
	EXPECT_INT(processors_use(mem_processors(mem), mem, KERNELS), 1);
	mem_destroy(mem);
}

TEST(who_cannot_be_asked)
{
	struct guest guest = { .r = -EPIPE };
	struct mem *mem = ram_create(memory, sizeof(memory));

	EXPECT_INT(see(mem, &guest), -EPIPE);
	mem_destroy(mem);
}

/* No memory is behind it, as when a guest makes it up. */
TEST(a_table_that_is_nowhere)
{
	struct guest guest = { .roots = { MEMORY }, .count = 1 };
	struct mem *mem = ram_create(memory, sizeof(memory));

	ASSERT(see(mem, &guest) == 0);
	EXPECT_INT(mem_processors(mem)->count, 0);
	mem_destroy(mem);
}

KTAP_MAIN()
