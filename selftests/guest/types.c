// SPDX-License-Identifier: GPL-2.0-or-later
/* Types of real guests' modules, held against what libbpf makes of their own /sys/kernel/btf. */
#include <errno.h>
#include <stdlib.h>

#include <bpf/btf.h>

#include "guest/module-types.h"
#include "ktap.h"
#include "view.h"
#include "vm.h"

static struct btf *base;

/* That these bytes are the guest's is test-guest's to see. */
static void read_base(void)
{
	const struct kernel *kernel = guest_kernel(view_guest);
	uint64_t start, end;
	void *data;

	ASSERT(kernel_symbol(kernel, "__start_BTF", &start, NULL) == 0);
	ASSERT(kernel_symbol(kernel, "__stop_BTF", &end, NULL) == 0);
	data = malloc(end - start);
	ASSERT(data && space_read(kernel->space, start, data, end - start) == 0);
	base = btf__new(data, (uint32_t)(end - start));
	ASSERT(base);
	free(data);
}

static const char *name_of(const struct btf *btf, uint32_t id)
{
	return btf__name_by_offset(btf, btf__type_by_id(btf, id)->name_off);
}

/* Whoever comes later is another one of that name. */
static bool is_first(const struct btf *btf, uint32_t id)
{
	uint32_t i;

	for (i = btf__type_cnt(base); i < id; i++)
		if (btf_is_struct(btf__type_by_id(btf, i)) &&
		    strcmp(name_of(btf, i), name_of(btf, id)) == 0)
			return false;
	return true;
}

/* Return: how many members. */
static size_t compare_structure(struct types *types, const struct btf *btf, uint32_t id)
{
	const struct btf_type *type = btf__type_by_id(btf, id);
	const struct btf_member *members = btf_members(type);
	struct types_member found;
	size_t i, compared = 0;
	uint32_t size;

	EXPECT_INT(types_size(types, name_of(btf, id), &size, NULL), 0);
	EXPECT_U64(size, type->size);
	for (i = 0; i < btf_vlen(type); i++) {
		uint32_t bit = btf_member_bit_offset(type, (uint32_t)i);
		const char *name = btf__name_by_offset(btf, members[i].name_off);

		if (!*name)
			continue;
		compared++;
		ASSERT(types_member(types, name_of(btf, id), name, &found, NULL) == 0);
		EXPECT_U64(8 * found.offset + found.shift, bit);
		EXPECT_INT(found.bits, btf_member_bitfield_size(type, (uint32_t)i));
		if (!found.bits)
			EXPECT_U64((uint64_t)found.size * found.elements,
				   btf__resolve_size(btf, members[i].type));
	}
	return compared;
}

/* Return: how many members. */
static size_t compare_module(const char *name)
{
	struct guest_doubts doubts = { 0 };
	struct error err = { 0 };
	size_t compared = 0;
	struct types_member ours, theirs;
	struct types *types;
	char command[160], path[600];
	struct btf *btf;
	uint32_t id;

	snprintf(command, sizeof(command), "cat /sys/kernel/btf/%s", name);
	vm_path(path, sizeof(path), "btf");
	vm_run(path, command);
	btf = btf__parse_split(path, base);
	ASSERT(btf);
	if (guest_module_types(view_guest, name, &types, &doubts, &err) < 0)
		printf("# %s\n", err.text);
	ASSERT(!err.code);
	for (id = btf__type_cnt(base); id < btf__type_cnt(btf); id++)
		if (btf_is_struct(btf__type_by_id(btf, id)) && *name_of(btf, id) &&
		    is_first(btf, id))
			compared += compare_structure(types, btf, id);
	/* Behind them are the kernel's. */
	EXPECT_INT(types_member(types, "task_struct", "pid", &ours, NULL), 0);
	EXPECT_INT(types_member(guest_kernel(view_guest)->types, "task_struct", "pid", &theirs,
				NULL), 0);
	EXPECT_U64(ours.offset, theirs.offset);
	EXPECT_U64(doubts.bad + doubts.cut + doubts.torn, 0);
	types_free(types);
	btf__free(btf);
	return compared;
}

TEST(types_of_modules)
{
	struct guest_doubts doubts = { 0 };
	size_t modules = 0, members = 0;
	struct error err = { 0 };
	char *list, *name, *rest;
	struct types *types;
	int64_t constant;

	vm_start(VIEWED);
	view_open();
	read_base();
	list = view_ask("ls /sys/kernel/btf", NULL);
	for (name = strtok_r(list, " \r\n", &rest); name; name = strtok_r(NULL, " \r\n", &rest)) {
		if (strcmp(name, "vmlinux") == 0)
			continue;
		members += compare_module(name);
		modules++;
	}
	free(list);
	printf("# %zu members of structures of %zu modules\n", members, modules);
	EXPECT(modules > 3 && members > 300);
	EXPECT_INT(guest_module_types(view_guest, "no_such", &types, &doubts, &err), -ENOENT);
	EXPECT_HAS(err.text, "no_such");
	/* By its other name; and what neither of them has is told as of the kernel alone. */
	ASSERT(guest_module_types(view_guest, "virtio-net", &types, &doubts, NULL) == 0);
	EXPECT_INT(types_constant(types, "PIDTYPE_TGID", &constant, NULL), 0);
	EXPECT_INT(types_constant(types, "NO_CONSTANT", &constant, NULL), -ENOENT);
	types_free(types);
	btf__free(base);
	view_close();
}
