// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Types of a kernel: BTF that libbpf has made, with changes; or any bytes as types and names.
 *
 * libbpf itself is the distribution's, and not instrumented: of it only what it does to
 * memory that it has from malloc() is seen, and crashes.
 */
#include <bpf/btf.h>

#include "base/macros.h"
#include "fuzz.h"
#include "kernel/types.h"

#define BASE		0xffffffff80000000ull
#define PRESENT		1ull
#define LARGE		128ull
#define TABLES		0x1000u
#define AT		0x4000u
#define ROOM		0x8000u
#define MEMORY		(AT + ROOM)
/* types_read() takes no less. */
#define SIZE_MIN	4096u
#define READS_MAX	1000

static uint8_t bytes[MEMORY];
static uint8_t blob[ROOM];
static size_t blob_size;

static const char *const members[][2] = {
	{ "plain", "a" }, { "plain", "b" }, { "plain", "c.x" }, { "plain", "inner" },
	{ "bits", "one" }, { "bits", "three" }, { "bits", "wide" }, { "alias", "a" },
	{ "alias", "c.y" }, { "tree", "grid" }, { "tree", "left.right" }, { "tree", "list" },
	{ "either", "x" }, { "either", "y" }, { "plain", "" }, { "plain", "c." },
	{ "nothing", "a" }, { "", "a" },
};

/* Where types are that others refer to. */
static void make_types(struct btf *b)
{
	int int32 = btf__add_int(b, "int", 4, BTF_INT_SIGNED), u64, ptr, array, array2, either;
	int constant, alias;

	u64 = btf__add_int(b, "unsigned long", 8, 0);
	ptr = btf__add_ptr(b, 0);
	array = btf__add_array(b, int32, int32, 16);
	array2 = btf__add_array(b, int32, array, 4);
	constant = btf__add_const(b, u64);
	alias = btf__add_typedef(b, "word", constant);
	either = btf__add_union(b, "either", 8);
	btf__add_field(b, "x", int32, 0, 0);
	btf__add_field(b, "y", alias, 0, 0);
	btf__add_struct(b, NULL, 16);
	btf__add_field(b, "inner", either, 0, 0);
	btf__add_field(b, "inner2", ptr, 64, 0);
	btf__add_struct(b, "plain", 64);
	btf__add_field(b, "a", int32, 0, 0);
	btf__add_field(b, "b", alias, 64, 0);
	btf__add_field(b, "c", either, 128, 0);
	btf__add_field(b, NULL, either + 1, 192, 0);
	btf__add_typedef(b, "alias", either + 2);
	btf__add_struct(b, "bits", 24);
	btf__add_field(b, "one", int32, 0, 1);
	btf__add_field(b, "three", int32, 7, 3);
	btf__add_field(b, "wide", u64, 64, 63);
	btf__add_struct(b, "tree", 512);
	btf__add_field(b, "grid", array2, 0, 0);
	btf__add_field(b, "left", either + 2, 2048, 0);
	btf__add_field(b, "list", array, 3072, 0);
	btf__add_enum(b, "colours", 4);
	btf__add_enum_value(b, "RED", 1);
	btf__add_enum_value(b, "BLUE", -1);
	btf__add_enum64(b, "large", 8, false);
	btf__add_enum64_value(b, "HUGE", 1ull << 40);
	btf__add_fwd(b, "later", BTF_FWD_STRUCT);
	btf__add_func_proto(b, int32);
	btf__add_func_param(b, "p", u64);
	btf__add_func(b, "f", BTF_FUNC_GLOBAL, btf__type_cnt(b) - 1);
	btf__add_var(b, "v", BTF_VAR_STATIC, int32);
	btf__add_datasec(b, ".data", 4);
	btf__add_datasec_var_info(b, btf__type_cnt(b) - 2, 0, 4);
	btf__add_float(b, "double", 8);
	btf__add_type_tag(b, "user", int32);
	btf__add_decl_tag(b, "tag", either, -1);
}

/* As much of no matter what as is needed to be taken for a kernel's. */
static void fill_up(struct btf *b)
{
	const void *data;
	uint32_t size;
	char name[24];
	int i;

	for (i = 0; data = btf__raw_data(b, &size), size < SIZE_MIN; i++) {
		snprintf(name, sizeof(name), "fill_%d", i);
		btf__add_int(b, name, 4, 0);
	}
	FUZZ_ASSERT(data && size <= sizeof(blob));
	memcpy(blob, data, size);
	blob_size = size;
}

int LLVMFuzzerInitialize(int *argc, char ***argv)
{
	struct btf *b = btf__new_empty();

	FUZZ_ASSERT(b);
	make_types(b);
	fill_up(b);
	btf__free(b);
	return 0;
}

static void put64(uint32_t at, uint64_t value)
{
	memcpy(bytes + at, &value, sizeof(value));
}

static void look(struct types *types)
{
	static const char *const constants[] = { "RED", "BLUE", "HUGE", "GREEN", "" };
	struct types_member member;
	int64_t constant;
	uint32_t size;
	size_t i;

	for (i = 0; i < ARRAY_SIZE(members); i++) {
		types_size(types, members[i][0], &size, NULL);
		if (types_member(types, members[i][0], members[i][1], &member, NULL) < 0)
			continue;
		FUZZ_ASSERT(types_has(types, members[i][0], members[i][1]));
		if (member.bits)
			FUZZ_ASSERT(member.shift < 8 && member.elements == 1 &&
				    member.bits <= 64 &&
				    8 * member.size >= member.shift + member.bits);
	}
	for (i = 0; i < ARRAY_SIZE(constants); i++)
		types_constant(types, constants[i], &constant, NULL);
}

/* Any bytes: a part of them types, the rest names, in a header that fits. */
static size_t make_any(struct fuzz_input *in)
{
	size_t types_len = fuzz_u16(in) % (ROOM / 2), all;
	struct btf_header header = {
		.magic = BTF_MAGIC, .version = BTF_VERSION, .hdr_len = sizeof(header),
	};
	size_t names_len;

	if (types_len > in->left)
		types_len = in->left;
	types_len &= ~(size_t)3;
	names_len = in->left - types_len;
	if (names_len > ROOM / 4)
		names_len = ROOM / 4;
	/* One NUL before them, and many behind. */
	all = sizeof(header) + types_len + 1 + names_len + SIZE_MIN;
	header.type_len = (uint32_t)types_len;
	header.str_off = (uint32_t)types_len;
	header.str_len = (uint32_t)(all - sizeof(header) - types_len);
	memcpy(bytes + AT, &header, sizeof(header));
	fuzz_take(in, bytes + AT + sizeof(header), types_len);
	fuzz_take(in, bytes + AT + sizeof(header) + types_len + 1, names_len);
	return all;
}

static size_t make_changed(struct fuzz_input *in)
{
	const struct fuzz_region region = { bytes + AT, blob_size };

	memcpy(bytes + AT, blob, blob_size);
	fuzz_change(in, &region, 1);
	return blob_size;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct fuzz_input in = { data, size };
	struct fuzz_memory memory = { .bytes = bytes, .size = MEMORY, .most = READS_MAX };
	struct mem *mem = fuzz_mem(&memory);
	struct types *types;
	struct space *space;
	size_t len;

	memset(bytes, 0, sizeof(bytes));
	put64(TABLES + 8 * 511, (TABLES + 0x1000) | PRESENT);
	put64(TABLES + 0x1000 + 8 * 510, (TABLES + 0x2000) | PRESENT);
	put64(TABLES + 0x2000, PRESENT | LARGE);
	len = fuzz_u8(&in) % 2 ? make_any(&in) : make_changed(&in);
	FUZZ_ASSERT(space_create(&space, mem, TABLES, 4, NULL) == 0);
	if (types_read(&types, space, BASE + AT, BASE + AT + len, NULL) == 0) {
		look(types);
		types_free(types);
	}
	space_destroy(space);
	mem_destroy(mem);
	return 0;
}
