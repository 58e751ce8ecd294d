// SPDX-License-Identifier: GPL-2.0-or-later
/* kvmonitor type: how large a structure of the guest's kernel is, and where a member of it is. */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "base/macros.h"
#include "command.h"
#include "guest/module-types.h"
#include "vm.h"

#define NAME_MAX_BYTES	256
enum { OPTION_MODULE = VM_OPTION_OWN };

static const struct out_column columns[] = {
	{ .key = "name", .title = "NAME" },
	{ .key = "offset_bytes", .title = "OFFSET", .right = true },
	{ .key = "size_bytes", .title = "SIZE", .right = true },
	{ .key = "elements", .title = "ELEMENTS", .right = true },
	{ .key = "shift", .title = "SHIFT", .right = true },
	{ .key = "bits", .title = "BITS", .right = true },
};

static void put(struct out *out, const char *name, const struct types_member *member)
{
	out_row(out);
	out_text(out, "name", name);
	out_u64(out, "offset_bytes", member->offset);
	out_u64(out, "size_bytes", member->size);
	out_u64(out, "elements", member->elements);
	out_u64(out, "shift", member->shift);
	out_u64(out, "bits", member->bits);
}

/* A structure, or behind its first dot a member of it. */
static int put_one(struct out *out, struct types *types, const char *name, struct error *err)
{
	struct types_member member = { .elements = 1 };
	size_t len = strcspn(name, ".");
	char structure[NAME_MAX_BYTES];
	int r;

	if (len >= sizeof(structure))
		return error_set(err, -EINVAL, "%.40s...: no structure has so long a name", name);
	memcpy(structure, name, len);
	structure[len] = '\0';
	r = name[len] ? types_member(types, structure, name + len + 1, &member, err) :
			types_size(types, structure, &member.size, err);
	if (r == 0)
		put(out, name, &member);
	return r;
}

static int put_all(struct out *out, struct types *types, char **names, size_t count,
		   const struct guest_doubts *doubts, struct error *err)
{
	size_t i;
	int r = 0;

	out_begin(out, OUT_TABLE, "types", columns, ARRAY_SIZE(columns));
	for (i = 0; r == 0 && i < count; i++)
		r = put_one(out, types, names[i], err);
	out_end(out);
	vm_note_doubts(out, doubts);
	return r;
}

static int show(struct vm *vm, struct out *out, char **arguments, size_t count,
		struct error *err)
{
	const char *module = *(const char **)vm->data;
	struct guest_doubts doubts = { 0 };
	struct types *types;
	int r;

	if (!module)
		return put_all(out, guest_kernel(vm->guest)->types, arguments, count, &doubts,
			       err);
	r = guest_module_types(vm->guest, module, &types, &doubts, err);
	if (r < 0)
		return r;
	r = put_all(out, types, arguments, count, &doubts, err);
	types_free(types);
	return r;
}

static int take_option(int option, const char *value, void *data, struct error *err)
{
	*(const char **)data = value;
	return 0;
}

static int run(const struct command *self, int argc, char **argv, struct error *err)
{
	static const struct option longs[] = {
		{ "module", required_argument, NULL, OPTION_MODULE },
		VM_OPTIONS_END
	};
	const char *module = NULL;
	const struct vm_show what = {
		.least = 1,
		.most = SIZE_MAX - 1,
		.wants = "a VM and structures or members of them",
		.show = show,
		.longs = longs,
		.option = take_option,
		.data = &module,
	};

	return vm_run(self, &what, argc, argv, err);
}

const struct command command_type = {
	.name = "type",
	.run = run,
	.brief = "where members of its kernel's structures are",
	.help = "kvmonitor type [OPTION]... VM STRUCTURE[.MEMBER]...\n\n"
		"Print how large structures of the guest's kernel are, and where in them a\n"
		"member is, by the types that the kernel has of itself (BTF).\n"
		HELP_VM "\n"
		"      --module NAME  with the types of that module of its kernel\n"
		HELP_VM_END "\n"
		"Examples:\n"
		"  kvmonitor type web1 task_struct task_struct.tasks.next\n"
		"  kvmonitor type --module ext4 web1 ext4_inode_info.i_disksize\n",
};
