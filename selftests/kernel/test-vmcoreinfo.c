// SPDX-License-Identifier: GPL-2.0-or-later
/* VMCOREINFO among other pages: found, read, and what is not one. */
#include <errno.h>

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

TEST(found_one_after_the_other)
{
	static struct vmcoreinfo info;
	struct mem *mem = create();
	char release[32];

	put(3, 8, good);
	put(5, 0, "OSRELEASE=only this\n");
	put(70, 0, good);
	put(199, 0, good);
	ASSERT(vmcoreinfo_next(mem, 0, &info) == 1);
	EXPECT_U64(info.address, 0x100000 + 70 * MEM_PAGE);
	vmcoreinfo_release(&info, release, sizeof(release));
	EXPECT_STR(release, "6.1.0-56-amd64");
	vmcoreinfo_release(&info, release, 4);
	EXPECT_STR(release, "6.1");
	ASSERT(vmcoreinfo_next(mem, info.address + 1, &info) == 1);
	EXPECT_U64(info.address, 0x100000 + 199 * MEM_PAGE);
	EXPECT_INT(vmcoreinfo_next(mem, info.address + MEM_PAGE, &info), 0);
	mem_destroy(mem);
}

TEST(numbers)
{
	static struct vmcoreinfo info;
	struct mem *mem = create();
	uint64_t hex = 7;
	int64_t decimal = 7;

	put(0, 0, good);
	ASSERT(vmcoreinfo_next(mem, 0, &info) == 1);
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
TEST(a_page_without_an_end)
{
	static struct vmcoreinfo info;
	struct mem *mem = create();
	uint64_t hex;

	memset(memory, 'x', 2 * MEM_PAGE);
	memcpy(memory, good, sizeof(good) - 1);
	ASSERT(vmcoreinfo_next(mem, 0, &info) == 1);
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
		if (vmcoreinfo_next(mem, 0, &info) != 1)
			continue;
		vmcoreinfo_hex(&info, "SYMBOL", "swapper_pg_dir", &hex);
		vmcoreinfo_decimal(&info, "NUMBER", "phys_base", &decimal);
		vmcoreinfo_hex(&info, "KERNELOFFSET", NULL, &hex);
	}
	mem_destroy(mem);
}

KTAP_MAIN()
