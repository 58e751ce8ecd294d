// SPDX-License-Identifier: GPL-2.0-or-later
/* VMCOREINFO among other pages: found, read, and what is not one. */
#include <errno.h>

#include "base/macros.h"
#include "kernel/vmcoreinfo.h"
#include "ktap.h"
#include "random.h"

#define PAGES	200u

static char memory[PAGES * MEM_PAGE];

static const char good[] =
	"OSRELEASE=6.1.0-56-amd64\n"
	"BUILD-ID=0123456789abcdef\n"
	"PAGESIZE=4096\n"
	"SYMBOL(swapper_pg_dir)=ffffffff86a10000\n"
	"SYMBOL(_stext)=ffffffff85000000\n"
	"NUMBER(phys_base)=-16777216\n"
	"NUMBER(big)=99999999999999999999\n"
	"NUMBER(word)=12ab\n"
	"SYMBOL(word)=xyz\n"
	"KERNELOFFSET=4000000\n"
	"CRASHTIME=1";

static int read_memory(void *arg, uint64_t offset, void *buf, size_t len)
{
	memcpy(buf, memory + offset, len);
	return 0;
}

static struct mem *create(void)
{
	const struct mem_backing backing = { .read = read_memory };
	const struct mem_segment all = { .start = 0x100000, .size = sizeof(memory) };
	struct mem *mem = mem_create();

	ASSERT(mem && mem_add_backing(mem, &backing, NULL) == 0);
	ASSERT(mem_add_segment(mem, &all, NULL) == 0);
	return mem;
}

static void put(unsigned int page, size_t at, const char *text)
{
	memcpy(memory + page * MEM_PAGE + at, text, strlen(text) + 1);
}

static int find_first(const struct mem *mem, struct vmcoreinfo *ret)
{
	struct vmcoreinfo_search search;

	vmcoreinfo_begin(&search);
	return vmcoreinfo_next(mem, &search, ret);
}

TEST(found_one_after_the_other)
{
	static struct vmcoreinfo info;
	struct vmcoreinfo_search search;
	struct mem *mem = create();
	char release[32];

	put(3, 8, good);
	put(5, 0, "OSRELEASE=only this\n");
	put(70, 0, good);
	put(199, 0, good);
	vmcoreinfo_begin(&search);
	ASSERT(vmcoreinfo_next(mem, &search, &info) == 1);
	EXPECT_U64(info.address, 0x100000 + 70 * MEM_PAGE);
	vmcoreinfo_release(&info, release, sizeof(release));
	EXPECT_STR(release, "6.1.0-56-amd64");
	vmcoreinfo_release(&info, release, 4);
	EXPECT_STR(release, "6.1");
	ASSERT(vmcoreinfo_next(mem, &search, &info) == 1);
	EXPECT_U64(info.address, 0x100000 + 199 * MEM_PAGE);
	EXPECT_INT(vmcoreinfo_next(mem, &search, &info), 0);
	mem_destroy(mem);
}

/* The same bytes at three addresses. */
TEST(found_where_kernels_have_it_first)
{
	static const uint64_t starts[] = { 0x100000, 0x1000000, 0x100000000 };
	static const uint64_t told[] = {
		0x100000000, 0x1000000, 0x100000, 0x1000000, 0x100000000 };
	const struct mem_backing backing = { .read = read_memory };
	static struct vmcoreinfo info;
	struct vmcoreinfo_search search;
	struct mem *mem = mem_create();
	size_t i;

	put(2, 0, good);
	ASSERT(mem && mem_add_backing(mem, &backing, NULL) == 0);
	for (i = 0; i < ARRAY_SIZE(starts); i++) {
		const struct mem_segment one = { .start = starts[i], .size = sizeof(memory) };

		ASSERT(mem_add_segment(mem, &one, NULL) == 0);
	}
	vmcoreinfo_begin(&search);
	for (i = 0; i < ARRAY_SIZE(told); i++) {
		ASSERT(vmcoreinfo_next(mem, &search, &info) == 1);
		EXPECT_U64(info.address, told[i] + 2 * MEM_PAGE);
	}
	EXPECT_INT(vmcoreinfo_next(mem, &search, &info), 0);
	EXPECT_INT(vmcoreinfo_next(mem, &search, &info), 0);
	mem_destroy(mem);
}

#define KERNEL_END	0x40000000ull
#define LOW_PAGES	20u

static void put_entry(unsigned int page, unsigned int index, uint64_t entry)
{
	memcpy(memory + page * MEM_PAGE + index * sizeof(entry), &entry, sizeof(entry));
}

/* Some below 1 MiB, some from 16 MiB on, where it is looked for then, and some behind a kernel. */
static struct mem *create_pieces(void)
{
	const struct mem_backing backing = { .read = read_memory };
	const struct mem_segment pieces[] = {
		{ .start = 0, .size = LOW_PAGES * MEM_PAGE },
		{ .start = 16 << 20, .size = 10 * MEM_PAGE, .offset = 20 * MEM_PAGE },
		{ .start = KERNEL_END, .size = 10 * MEM_PAGE, .offset = 30 * MEM_PAGE },
	};
	struct mem *mem = mem_create();
	size_t i;

	ASSERT(mem && mem_add_backing(mem, &backing, NULL) == 0);
	for (i = 0; i < ARRAY_SIZE(pieces); i++)
		ASSERT(mem_add_segment(mem, &pieces[i], NULL) == 0);
	put(25, 0, good);
	put(35, 0, good);
	return mem;
}

/* The table of page 5 leads by those of 6 and 7 to the last 4 MiB of a kernel. */
TEST(found_behind_the_kernel_first)
{
	static struct vmcoreinfo info;
	struct mem *mem = create_pieces();

	put_entry(5, 511, 6 * MEM_PAGE | 0x63);
	put_entry(6, 510, 7 * MEM_PAGE | 0x63);
	put_entry(6, 511, 8 * MEM_PAGE | 0x67);
	put_entry(7, 1, (KERNEL_END - (4 << 20)) | 0xe1);
	put_entry(7, 2, (KERNEL_END - (2 << 20)) | 0xe1);
	ASSERT(find_first(mem, &info) == 1);
	EXPECT_U64(info.address, KERNEL_END + 5 * MEM_PAGE);
	/* With five levels. */
	put_entry(9, 511, 6 * MEM_PAGE | 0x63);
	put_entry(5, 511, 9 * MEM_PAGE | 0x63);
	ASSERT(find_first(mem, &info) == 1);
	EXPECT_U64(info.address, KERNEL_END + 5 * MEM_PAGE);
	mem_destroy(mem);
}

TEST(tables_that_lead_elsewhere)
{
	static struct vmcoreinfo info;
	struct mem *mem = create_pieces();
	struct random rnd;
	unsigned int i;

	/* To itself, to nowhere, and by pages that are no tables. */
	put_entry(5, 511, 5 * MEM_PAGE | 0x63);
	put_entry(6, 511, 0x7ffffffff000ull | 0x63);
	put_entry(7, 511, 8 * MEM_PAGE | 0x63);
	put_entry(8, 510, 9 * MEM_PAGE | 0x63);
	put_entry(9, 511, 0x000fffffffe00000ull | 0xe1);
	put_entry(10, 511, 11 * MEM_PAGE | 0x63);
	put_entry(11, 3, 1);
	ASSERT(find_first(mem, &info) == 1);
	EXPECT_U64(info.address, (16 << 20) + 5 * MEM_PAGE);
	random_init(&rnd, 5);
	for (i = 0; i < 2000; i++) {
		put_entry(random_below(&rnd, LOW_PAGES), 509 + random_below(&rnd, 3),
			  random_next(&rnd) % 0x20000 | 1);
		EXPECT(find_first(mem, &info) == 1);
	}
	mem_destroy(mem);
}

TEST(numbers)
{
	static struct vmcoreinfo info;
	struct mem *mem = create();
	uint64_t hex = 7;
	int64_t decimal = 7;

	put(0, 0, good);
	ASSERT(find_first(mem, &info) == 1);
	EXPECT_INT(vmcoreinfo_hex(&info, "SYMBOL", "swapper_pg_dir", &hex), 0);
	EXPECT_U64(hex, 0xffffffff86a10000);
	EXPECT_INT(vmcoreinfo_hex(&info, "KERNELOFFSET", NULL, &hex), 0);
	EXPECT_U64(hex, 0x4000000);
	EXPECT_INT(vmcoreinfo_decimal(&info, "NUMBER", "phys_base", &decimal), 0);
	EXPECT_INT(decimal, -16777216);
	/* Its line has no end. */
	EXPECT_INT(vmcoreinfo_decimal(&info, "CRASHTIME", NULL, &decimal), 0);
	EXPECT_INT(decimal, 1);
	EXPECT_INT(vmcoreinfo_decimal(&info, "NUMBER", "big", &decimal), -EINVAL);
	EXPECT_INT(vmcoreinfo_decimal(&info, "NUMBER", "word", &decimal), -EINVAL);
	EXPECT_INT(vmcoreinfo_hex(&info, "SYMBOL", "word", &hex), -EINVAL);
	EXPECT_INT(vmcoreinfo_hex(&info, "NUMBER", "phys_base", &hex), -EINVAL);
	EXPECT_INT(vmcoreinfo_hex(&info, "SYMBOL", "swapper", &hex), -ENOENT);
	EXPECT_INT(vmcoreinfo_hex(&info, "YMBOL", "_stext", &hex), -ENOENT);
	EXPECT_INT(decimal, 1);
	mem_destroy(mem);
}

/* A page that is full to its last byte has no NUL of its own. */
/* Nothing that was found begins so; what somebody has put down of it may. */
TEST(empty_lines)
{
	static struct vmcoreinfo info = { .text = "\n\nSYMBOL(a)=1\n\n\nSYMBOL(b)=2\n" };
	uint64_t value;

	EXPECT_INT(vmcoreinfo_hex(&info, "SYMBOL", "c", &value), -ENOENT);
	EXPECT_INT(vmcoreinfo_hex(&info, "SYMBOL", "a", &value), 0);
	EXPECT_U64(value, 1);
	EXPECT_INT(vmcoreinfo_hex(&info, "SYMBOL", "b", &value), 0);
	EXPECT_U64(value, 2);
}

TEST(a_page_without_an_end)
{
	static struct vmcoreinfo info;
	struct mem *mem = create();
	uint64_t hex;

	memset(memory, 'x', 2 * MEM_PAGE);
	memcpy(memory, good, sizeof(good) - 1);
	ASSERT(find_first(mem, &info) == 1);
	EXPECT_INT(strlen(info.text), MEM_PAGE);
	EXPECT_INT(vmcoreinfo_hex(&info, "SYMBOL", "_stext", &hex), 0);
	mem_destroy(mem);
}

TEST(noise)
{
	static struct vmcoreinfo info;
	struct mem *mem = create();
	struct random rnd;
	unsigned int i, k;
	uint64_t hex;
	int64_t decimal;

	random_init(&rnd, 1);
	for (i = 0; i < 5000; i++) {
		put(0, 0, good);
		for (k = 0; k < 3; k++)
			memory[random_below(&rnd, sizeof(good))] = (char)random_next(&rnd);
		if (find_first(mem, &info) != 1)
			continue;
		vmcoreinfo_hex(&info, "SYMBOL", "swapper_pg_dir", &hex);
		vmcoreinfo_decimal(&info, "NUMBER", "phys_base", &decimal);
		vmcoreinfo_hex(&info, "KERNELOFFSET", NULL, &hex);
	}
	mem_destroy(mem);
}

KTAP_MAIN()
