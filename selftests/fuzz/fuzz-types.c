// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Types of a kernel: BTF that libbpf has made, with changes; or any bytes as types and names; or a
 * module's that go on from those that libbpf has made, with changes.
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
#define MODULE_AT	(AT + ROOM)
#define MEMORY		(MODULE_AT + ROOM)
/* types_read() takes no less. */
#define SIZE_MIN	4096u
#define READS_MAX	1000

static uint8_t bytes[MEMORY];
static uint8_t blob[ROOM];
static size_t blob_size;
static uint8_t module_blob[ROOM];
static size_t module_size;

static const char *const members[][2] = {
	{ "plain", "a" }, { "plain", "b" }, { "plain", "c.x" }, { "plain", "inner" },
	{ "bits", "one" }, { "bits", "three" }, { "bits", "wide" }, { "alias", "a" },
	{ "alias", "c.y" }, { "tree", "grid" }, { "tree", "left.right" }, { "tree", "list" },
	{ "either", "x" }, { "either", "y" }, { "plain", "" }, { "plain", "c." },
	{ "nothing", "a" }, { "", "a" }, { "own", "plain" }, { "own", "plain.c.x" },
	{ "own", "list.b" }, { "other", "x" },
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

/* What a module has of its own, of the kernel's types and of its own. */
static void make_module(struct btf *b)
{
	int plain = btf__find_by_name_kind(b, "plain", BTF_KIND_STRUCT);
	int int32 = btf__find_by_name_kind(b, "int", BTF_KIND_INT);
	int ptr = btf__add_ptr(b, plain), list = btf__add_struct(b, "list", 16);
	const void *data;
	uint32_t size;

	btf__add_field(b, "a", int32, 0, 0);
	btf__add_field(b, "b", ptr, 64, 0);
	btf__add_struct(b, "own", 96);
	btf__add_field(b, "plain", plain, 0, 0);
	btf__add_field(b, "list", list, 512, 0);
	btf__add_typedef(b, "other", btf__find_by_name_kind(b, "either", BTF_KIND_UNION));
	btf__add_enum(b, "of_its_own", 4);
	btf__add_enum_value(b, "GREEN", 2);
	data = btf__raw_data(b, &size);
	FUZZ_ASSERT(data && size <= sizeof(module_blob));
	memcpy(module_blob, data, size);
	module_size = size;
}

int LLVMFuzzerInitialize(int *argc, char ***argv)
{
	struct btf *b = btf__new_empty(), *module;

	FUZZ_ASSERT(b);
	make_types(b);
	fill_up(b);
	module = btf__new_empty_split(b);
	FUZZ_ASSERT(module);
	make_module(module);
	btf__free(module);
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

/* Changed are those of the module, or those of the kernel as well. */
static void look_at_module(struct space *space, struct fuzz_input *in)
{
	const struct fuzz_region regions[] = {
		{ bytes + MODULE_AT, module_size }, { bytes + AT, blob_size },
	};
	unsigned int count = fuzz_u8(in) % 2 + 1;
	struct types *types, *module;

	memcpy(bytes + AT, blob, blob_size);
	memcpy(bytes + MODULE_AT, module_blob, module_size);
	fuzz_change(in, regions, count);
	if (types_read(&types, space, BASE + AT, BASE + AT + blob_size, NULL) < 0) {
		FUZZ_ASSERT(count == 2);
		return;
	}
	if (types_read_module(&module, types, BASE + MODULE_AT, module_size, NULL) == 0) {
		look(module);
		types_free(module);
	}
	types_free(types);
}

static void look_at_kernel(struct space *space, size_t len)
{
	struct types *types;

	if (types_read(&types, space, BASE + AT, BASE + AT + len, NULL) == 0) {
		look(types);
		types_free(types);
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct fuzz_input in = { data, size };
	struct fuzz_memory memory = { .bytes = bytes, .size = MEMORY, .most = READS_MAX };
	struct mem *mem = fuzz_mem(&memory);
	struct space *space;

	memset(bytes, 0, sizeof(bytes));
	put64(TABLES + 8 * 511, (TABLES + 0x1000) | PRESENT);
	put64(TABLES + 0x1000 + 8 * 510, (TABLES + 0x2000) | PRESENT);
	put64(TABLES + 0x2000, PRESENT | LARGE);
	FUZZ_ASSERT(space_create(&space, mem, TABLES, 4, NULL) == 0);
	switch (fuzz_u8(&in) % 4) {
	case 0:
		look_at_kernel(space, make_changed(&in));
		break;
	case 2:
		look_at_module(space, &in);
		break;
	default:
		look_at_kernel(space, make_any(&in));
	}
	space_destroy(space);
	mem_destroy(mem);
	return 0;
}
