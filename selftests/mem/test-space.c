// SPDX-License-Identifier: GPL-2.0-or-later
/* Page tables: whole ones, and such as only an intruder would write. */
#include <errno.h>

#include "ktap.h"
#include "mem/space.h"
#include "random.h"

#define MEMORY		(64u << 12)
#define ROOT		0x1000ull
#define PRESENT		1ull
#define WRITE		2ull
#define USER		4ull
#define LARGE		128ull
#define NOEXEC		0x8000000000000000ull

/* The guest's whole memory. */
static uint64_t memory[MEMORY / 8];
static unsigned int reads;

static int read_memory(void *arg, uint64_t offset, void *buf, size_t len)
{
	reads++;
	memcpy(buf, (const char *)memory + offset, len);
	return 0;
}

static struct mem *create_mem(void)
{
	const struct mem_backing backing = { .read = read_memory };
	const struct mem_segment all = { .size = MEMORY };
	struct mem *mem = mem_create();

	ASSERT(mem && mem_add_backing(mem, &backing, NULL) == 0);
	ASSERT(mem_add_segment(mem, &all, NULL) == 0);
	return mem;
}

static struct space *create(const struct mem *mem, unsigned int levels)
{
	struct space *space;

	ASSERT(space_create(&space, mem, ROOT, levels, NULL) == 0);
	return space;
}

/* Entry @index of the table at @table. */
static void set(uint64_t table, unsigned int index, uint64_t entry)
{
	memory[table / 8 + index] = entry;
}

static unsigned int index_of(uint64_t address, unsigned int level)
{
	return address >> (12 + 9 * (level - 1)) & 511;
}

/* Tables 0x1000, 0x2000 and so on down to @level, whose entry is @entry. */
static void map(uint64_t address, unsigned int levels, unsigned int level, uint64_t entry)
{
	uint64_t table = ROOT;

	for (; levels > level; levels--, table += MEM_PAGE)
		set(table, index_of(address, levels), (table + MEM_PAGE) | PRESENT | WRITE | USER);
	set(table, index_of(address, level), entry);
}

static int64_t translate(struct space *space, uint64_t address)
{
	struct space_page page = { 0 };
	int r = space_translate(space, address, &page);

	return r < 0 ? r : (int64_t)page.address;
}

/* What forbids to execute a process' pages in the highest table is meant for the kernel alone. */
TEST(tables_of_a_process_apart_from_the_kernels)
{
	static const uint64_t process = 0x12345678;
	struct mem *mem = create_mem();
	unsigned int levels;

	for (levels = 4; levels <= 5; levels++) {
		const uint64_t kernels = levels == 5 ? 0xff11000012345678 : 0xffff888012345678;
		struct space *space = create(mem, levels);
		struct space_page page;

		memset(memory, 0, sizeof(memory));
		map(process, levels, 1, 0x7000 | PRESENT | USER);
		memory[ROOT / 8 + index_of(process, levels)] |= NOEXEC;
		ASSERT(space_translate(space, process, &page) == 0);
		EXPECT(page.user && page.executable);
		map(process, levels, 1, 0x7000 | PRESENT | USER | NOEXEC);
		space_forget(space);
		ASSERT(space_translate(space, process, &page) == 0);
		EXPECT(!page.executable);

		memset(memory, 0, sizeof(memory));
		map(kernels, levels, 1, 0x7000 | PRESENT);
		memory[ROOT / 8 + index_of(kernels, levels)] |= NOEXEC;
		space_forget(space);
		ASSERT(space_translate(space, kernels, &page) == 0);
		EXPECT(!page.executable);
		space_destroy(space);
	}
	mem_destroy(mem);
}

TEST(pages_of_every_size_with_four_and_five_levels)
{
	static const uint64_t address = 0xffff888012345678;
	struct mem *mem = create_mem();
	unsigned int levels;

	for (levels = 4; levels <= 5; levels++) {
		uint64_t at = levels == 5 ? 0xff11000012345678 : address;
		struct space *space = create(mem, levels);
		struct space_page page;

		memset(memory, 0, sizeof(memory));
		map(at, levels, 1, 0x7000 | PRESENT | USER);
		ASSERT(space_translate(space, at, &page) == 0);
		EXPECT_U64(page.address, 0x7678);
		EXPECT_U64(page.size, 4096);
		EXPECT(page.user && !page.writable && page.executable);
		EXPECT_INT(translate(space, at + 0x1000), -EFAULT);

		map(at, levels, 2, 0x80000000 | PRESENT | WRITE | LARGE | NOEXEC);
		space_forget(space);
		ASSERT(space_translate(space, at, &page) == 0);
		EXPECT_U64(page.address, 0x80000000 + (at & 0x1fffff));
		EXPECT_U64(page.size, 2 << 20);
		EXPECT(!page.user && page.writable && !page.executable);

		/* The bit above LARGE's is of caches, in large pages. */
		map(at, levels, 3, 0x1c0000000 | 0x1000 | PRESENT | LARGE);
		space_forget(space);
		EXPECT_INT(translate(space, at), 0x1c0000000 + (at & 0x3fffffff));
		space_destroy(space);
	}
	mem_destroy(mem);
}

TEST(what_is_not_there)
{
	struct mem *mem = create_mem();
	struct space *space = create(mem, 4);
	unsigned int level;

	EXPECT_INT(translate(space, 0x1000), -EFAULT);
	for (level = 1; level <= 4; level++) {
		memset(memory, 0, sizeof(memory));
		map(0x1000, 4, level, 0x7000 | WRITE | USER);
		space_forget(space);
		EXPECT_INT(translate(space, 0x1000), -EFAULT);
	}
	/* Not an address. */
	EXPECT_INT(translate(space, 0x0000800000000000), -EINVAL);
	EXPECT_INT(translate(space, 0xffff7fffffffffff), -EINVAL);
	space_destroy(space);
	space = create(mem, 5);
	EXPECT_INT(translate(space, 0x0000800000000000), -EFAULT);
	EXPECT_INT(translate(space, 0x0100000000000000), -EINVAL);
	space_destroy(space);
	EXPECT_INT(space_create(&space, mem, ROOT, 3, NULL), -EINVAL);
	mem_destroy(mem);
}

TEST(tables_that_lead_nowhere)
{
	struct mem *mem = create_mem();
	struct space *space = create(mem, 4);
	unsigned int level;
	char byte;

	/* A table beyond all memory, at each level. */
	for (level = 2; level <= 4; level++) {
		memset(memory, 0, sizeof(memory));
		map(0x5000, 4, level, 0x000ffffffffff000ull | PRESENT);
		space_forget(space);
		EXPECT_INT(translate(space, 0x5000), -EFAULT);
	}
	/* A page beyond it has an address, and nothing in it. */
	map(0x5000, 4, 1, MEMORY | PRESENT);
	space_forget(space);
	EXPECT_INT(translate(space, 0x5000), MEMORY);
	EXPECT_INT(space_read(space, 0x5000, &byte, 1), -EFAULT);
	/* A large page where there can be none. */
	map(0x5000, 4, 4, 0x2000 | PRESENT | LARGE);
	space_forget(space);
	EXPECT_INT(translate(space, 0x5000), -EFAULT);
	space_destroy(space);
	mem_destroy(mem);
}

/* Each table and each page is one; what is remembered is free. */
TEST(as_much_as_is_allowed)
{
	struct mem *mem = create_mem();
	struct space *space = create(mem, 4);
	char byte;

	memset(memory, 0, sizeof(memory));
	map(0x5000, 4, 1, 0x7000 | PRESENT);
	space_allow(space, 5);
	EXPECT_INT(space_read(space, 0x5000, &byte, 1), 0);
	EXPECT_INT(translate(space, 0x5000), 0x7000);
	EXPECT_INT(space_read(space, 0x5000, &byte, 1), -EDQUOT);
	space_forget(space);
	EXPECT_INT(translate(space, 0x5000), -EDQUOT);
	space_allow(space, 4);
	EXPECT_INT(translate(space, 0x5000), 0x7000);
	space_destroy(space);
	mem_destroy(mem);
}

/* A table that is its own: as many steps as there are levels. */
TEST(a_table_that_is_its_own_ends)
{
	struct mem *mem = create_mem();
	struct space *space = create(mem, 5);
	unsigned int i;

	for (i = 0; i < 512; i++)
		set(ROOT, i, ROOT | PRESENT);
	EXPECT_INT(translate(space, 0x123456789abc), ROOT + 0xabc);
	space_destroy(space);
	mem_destroy(mem);
}

TEST(what_was_found_is_remembered_until_it_is_forgotten)
{
	struct mem *mem = create_mem();
	struct space *space = create(mem, 4);

	map(0x400000, 4, 1, 0x7000 | PRESENT);
	EXPECT_INT(translate(space, 0x400010), 0x7010);
	reads = 0;
	EXPECT_INT(translate(space, 0x400020), 0x7020);
	EXPECT_INT(reads, 0);
	/* The same tables, though another page: met again, they are read whole, and then known. */
	EXPECT_INT(translate(space, 0x401000), -EFAULT);
	EXPECT_INT(reads, 4);
	EXPECT_INT(translate(space, 0x402000), -EFAULT);
	EXPECT_INT(reads, 4);
	map(0x400000, 4, 1, 0x8000 | PRESENT);
	EXPECT_INT(translate(space, 0x400020), 0x7020);
	space_forget(space);
	EXPECT_INT(translate(space, 0x400020), 0x8020);
	space_destroy(space);
	mem_destroy(mem);
}

TEST(a_read_goes_over_pages_that_lie_apart)
{
	struct mem *mem = create_mem();
	struct space *space = create(mem, 4);
	uint64_t values[2];

	map(0x400000, 4, 1, 0x9000 | PRESENT);
	map(0x401000, 4, 1, 0x7000 | PRESENT);
	memory[(0x9ff8) / 8] = 11;
	memory[0x7000 / 8] = 22;
	ASSERT(space_read(space, 0x400ff8, values, sizeof(values)) == 0);
	EXPECT_U64(values[0], 11);
	EXPECT_U64(values[1], 22);
	EXPECT_INT(space_read(space, 0x401ff8, values, sizeof(values)), -EFAULT);
	space_destroy(space);
	mem_destroy(mem);
}

/* Of pages 5, 6, 7, 20 and 21 the first three are one read, and the last two another. */
TEST(pages_side_by_side_are_read_at_once)
{
	static const uint64_t at = 0xffff888000000000;
	static const unsigned int pages[] = { 5, 6, 7, 20, 21 };
	struct mem *mem = create_mem();
	struct space *space = create(mem, 4);
	static char buf[4 * MEM_PAGE];
	unsigned int i;

	for (i = 0; i < 5; i++) {
		map(at + i * MEM_PAGE, 4, 1, pages[i] * MEM_PAGE | PRESENT);
		memset((char *)memory + pages[i] * MEM_PAGE, 'a' + (int)i, MEM_PAGE);
	}
	for (i = 0; i < 5; i++)
		ASSERT(translate(space, at + i * MEM_PAGE) == pages[i] * MEM_PAGE);
	reads = 0;
	ASSERT(space_read(space, at + 0x800, buf, sizeof(buf)) == 0);
	EXPECT_U64(reads, 2);
	for (i = 0; i < sizeof(buf); i++)
		if (buf[i] != 'a' + (int)((i + 0x800) / MEM_PAGE))
			break;
	EXPECT_U64(i, sizeof(buf));
	/* One is gone in the middle. */
	map(at + 2 * MEM_PAGE, 4, 1, 0);
	space_forget(space);
	EXPECT_INT(space_read(space, at, buf, 3 * MEM_PAGE), -EFAULT);
	EXPECT_INT(space_read(space, at, buf, 2 * MEM_PAGE), 0);
	space_destroy(space);
	mem_destroy(mem);
}

/**
 * struct told - what space_tell() has told
 * @address: of the last read
 * @bytes: of it
 * @len: of these
 * @count: of reads
 */
struct told {
	uint64_t address;
	char bytes[64];
	size_t len;
	unsigned int count;
};

static void note(void *arg, uint64_t address, const void *bytes, size_t len)
{
	struct told *told = arg;

	ASSERT(len <= sizeof(told->bytes));
	memcpy(told->bytes, bytes, len);
	told->address = address;
	told->len = len;
	told->count++;
}

TEST(what_is_read_is_told)
{
	static const uint64_t at = 0xffff888000000000;
	struct mem *mem = create_mem();
	struct space *space = create(mem, 4);
	struct told told = { 0 };
	char buf[48];

	map(at, 4, 1, 0x7000 | PRESENT);
	memset((char *)memory + 0x7000, 'x', MEM_PAGE);
	space_tell(space, note, &told);
	ASSERT(space_read(space, at + 5, buf, sizeof(buf)) == 0);
	EXPECT_U64(told.address, at + 5);
	EXPECT_U64(told.len, sizeof(buf));
	EXPECT(memcmp(told.bytes, buf, sizeof(buf)) == 0);
	EXPECT_INT(space_read(space, at + MEM_PAGE - 8, buf, sizeof(buf)), -EFAULT);
	EXPECT_U64(told.count, 1);
	space_tell(space, NULL, NULL);
	ASSERT(space_read(space, at, buf, sizeof(buf)) == 0);
	EXPECT_U64(told.count, 1);
	space_destroy(space);
	mem_destroy(mem);
}

TEST(only_some_of_it_is_seen)
{
	static const uint64_t at = 0xffffffff80000000;
	struct mem *mem = create_mem();
	struct space *space = create(mem, 4);
	char buf[2 * MEM_PAGE];

	map(at - MEM_PAGE, 4, 1, 0x8000 | PRESENT);
	map(at, 4, 1, 0x9000 | PRESENT);
	map(at + MEM_PAGE, 4, 1, 0xa000 | PRESENT | WRITE);
	map(at + 2 * MEM_PAGE, 4, 1, 0xb000 | PRESENT);
	EXPECT_INT(translate(space, at - MEM_PAGE), 0x8000);
	EXPECT_INT(translate(space, at + MEM_PAGE), 0xa000);
	space_restrict(space, at, at + 2 * MEM_PAGE - 1, false);
	EXPECT_INT(translate(space, at - MEM_PAGE), -EFAULT);
	EXPECT_INT(translate(space, at + 5), 0x9005);
	EXPECT_INT(translate(space, at + MEM_PAGE), 0xa000);
	EXPECT_INT(translate(space, at + 2 * MEM_PAGE), -EFAULT);
	EXPECT_INT(space_read(space, at, buf, 2 * MEM_PAGE), 0);
	EXPECT_INT(space_read(space, at + MEM_PAGE, buf, 2 * MEM_PAGE), -EFAULT);
	space_restrict(space, 0, UINT64_MAX, true);
	EXPECT_INT(translate(space, at), 0x9000);
	EXPECT_INT(translate(space, at + MEM_PAGE), -EFAULT);
	EXPECT_INT(translate(space, at + 2 * MEM_PAGE), 0xb000);
	EXPECT_INT(space_read(space, at, buf, 2 * MEM_PAGE), -EFAULT);
	space_destroy(space);
	mem_destroy(mem);
}

TEST(the_last_address_is_followed_by_none)
{
	struct mem *mem = create_mem();
	struct space *space = create(mem, 4);
	uint64_t values[2];

	map(0xfffffffffffff000, 4, 1, 0x9000 | PRESENT);
	set(ROOT, 0, 0x2000 | PRESENT);
	set(0x2000, 0, 0x3000 | PRESENT);
	set(0x3000, 0, 0x4000 | PRESENT);
	set(0x4000, 0, 0x9000 | PRESENT);
	EXPECT_INT(space_read(space, UINT64_MAX - 7, values, 8), 0);
	EXPECT_INT(space_read(space, UINT64_MAX - 7, values, 16), -EINVAL);
	space_destroy(space);
	mem_destroy(mem);
}

/* Whatever the tables hold: an answer, and none that is not an address. */
TEST(noise)
{
	struct mem *mem = create_mem();
	struct random rnd;
	unsigned int i, found = 0;

	random_init(&rnd, 1);
	for (i = 0; i < 200000; i++) {
		static struct space *space;
		struct space_page page;

		if (i % 1000 == 0) {
			size_t at;

			space_destroy(space);
			space = create(mem, 4 + i / 1000 % 2);
			for (at = 0; at < MEMORY / 8; at++)
				memory[at] = (random_next(&rnd) & 0x800000000003ffff) |
					     (random_next(&rnd) & PRESENT);
		}
		if (space_translate(space, (uint64_t)((int64_t)random_next(&rnd) >> 16), &page) < 0)
			continue;
		found++;
		EXPECT(page.size == 4096 || page.size == 2 << 20 || page.size == 1 << 30);
		EXPECT(page.address < 1ull << 52);
		if (i % 1000 == 999) {
			space_destroy(space);
			space = NULL;
		}
	}
	EXPECT(found > 1000);
	mem_destroy(mem);
}

KTAP_MAIN()
