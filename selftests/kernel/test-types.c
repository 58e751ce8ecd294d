// SPDX-License-Identifier: GPL-2.0-or-later
/* Types with names of all lengths, in a kernel's BTF and in that of a module. */
#include <errno.h>
#include <linux/btf.h>

#include "kernel/types.h"
#include "ktap.h"
#include "ram.h"

#define MEMORY		(512u << 10)
#define PRESENT		1ull
#define LARGE		128ull
#define ROOT		0x1000u
#define KERNELS		0x10000u
#define MODULES		0x20000u
#define BYTES		4096u
/* KSYM_NAME_LEN, with the end. */
#define NAME_MOST	512u

static char memory[MEMORY];
static struct mem *mem;
static struct space *space;

static void set(uint64_t at, uint64_t entry)
{
	memcpy(memory + at, &entry, sizeof(entry));
}

/* The lowest addresses are physical ones. */
static void begin(void)
{
	memset(memory, 0, sizeof(memory));
	mem = ram_create(memory, sizeof(memory));
	set(ROOT, 0x2000 | PRESENT);
	set(0x2000, 0x3000 | PRESENT);
	set(0x3000, PRESENT | LARGE);
	ASSERT(space_create(&space, mem, ROOT, 4, NULL) == 0);
}

static void end(void)
{
	space_destroy(space);
	mem_destroy(mem);
}

/*
 * One structure without members, whose name is so many letters.
 * @first: which; what is before it is an empty name
 * @before: bytes of names of those that it goes on from
 */
static void write_btf(uint32_t at, char first, size_t len, uint32_t before)
{
	const struct btf_type type = {
		.name_off = before + 1, .info = BTF_KIND_STRUCT << 24, .size = 8,
	};
	const struct btf_header header = {
		.magic = BTF_MAGIC, .version = BTF_VERSION, .hdr_len = sizeof(header),
		.type_len = sizeof(type), .str_off = sizeof(type),
		.str_len = BYTES - sizeof(header) - sizeof(type),
	};
	char *to = memory + at;

	memset(to, 0, BYTES);
	memcpy(to, &header, sizeof(header));
	memcpy(to + sizeof(header), &type, sizeof(type));
	memset(to + sizeof(header) + sizeof(type) + 1, first, len);
}

static uint32_t size_of(struct types *types, char first, size_t len)
{
	char name[BYTES] = "";
	uint32_t size = 0;

	memset(name, first, len);
	return types_size(types, name, &size, NULL) == 0 ? size : 0;
}

/* Of longer ones, to make an index of a million takes hours. */
TEST(a_kernels_name_is_as_long_as_kernels_have_them)
{
	struct types *types;

	begin();
	write_btf(KERNELS, 'k', NAME_MOST - 1, 0);
	ASSERT(types_read(&types, space, KERNELS, KERNELS + BYTES, NULL) == 0);
	EXPECT_U64(size_of(types, 'k', NAME_MOST - 1), 8);
	types_free(types);
	write_btf(KERNELS, 'k', NAME_MOST, 0);
	EXPECT_INT(types_read(&types, space, KERNELS, KERNELS + BYTES, NULL), -EPROTO);
	end();
}

TEST(so_is_a_modules)
{
	struct types *types, *module;

	begin();
	write_btf(KERNELS, 'k', 3, 0);
	ASSERT(types_read(&types, space, KERNELS, KERNELS + BYTES, NULL) == 0);
	write_btf(MODULES, 'm', NAME_MOST - 1, BYTES - sizeof(struct btf_header) -
		  sizeof(struct btf_type));
	ASSERT(types_read_module(&module, types, MODULES, BYTES, NULL) == 0);
	EXPECT_U64(size_of(module, 'm', NAME_MOST - 1), 8);
	EXPECT_U64(size_of(module, 'k', 3), 8);
	types_free(module);
	write_btf(MODULES, 'm', NAME_MOST, BYTES - sizeof(struct btf_header) -
		  sizeof(struct btf_type));
	EXPECT_INT(types_read_module(&module, types, MODULES, BYTES, NULL), -EPROTO);
	types_free(types);
	end();
}

KTAP_MAIN()
