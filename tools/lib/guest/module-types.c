// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * BTF of modules, by the list "btf_modules" (kernel/bpf/btf.c), which leads to what
 * /sys/kernel/btf/MODULE shows.
 *
 * Few look for it, so that its structures are not part of what is found of each guest.
 */
#include <errno.h>
#include <stdbool.h>

#include "base/macros.h"
#include "base/u64.h"
#include "field.h"
#include "list.h"
#include "module.h"
#include "module-types.h"

/**
 * struct places - where in the kernel's structures it is
 * @list: link of a struct btf_module
 * @btf: of it, leads to a struct btf
 * @name: of that, the module's
 * @data: address of the bytes
 * @size: how many
 */
struct places {
	struct types_member list;
	struct types_member btf;
	struct types_member name;
	struct types_member data;
	struct types_member size;
};

static int find_places(struct types *types, struct places *ret, struct error *err)
{
	const struct {
		const char *structure;
		const char *path;
		struct types_member *ret;
	} wanted[] = {
		{ "btf_module", "list", &ret->list }, { "btf_module", "btf", &ret->btf },
		{ "btf", "name", &ret->name }, { "btf", "data", &ret->data },
		{ "btf", "data_size", &ret->size },
	};
	size_t i;
	int r = 0;

	for (i = 0; r == 0 && i < ARRAY_SIZE(wanted); i++)
		r = types_member(types, wanted[i].structure, wanted[i].path, wanted[i].ret, err);
	return r;
}

static int read_name(const struct guest *guest, uint64_t btf, const struct places *places,
		     char ret[GUEST_MODULE_NAME_MAX])
{
	size_t len = u64_min(places->name.elements, GUEST_MODULE_NAME_MAX - 1);
	int r = space_read(guest->kernel.space, field_address(btf, &places->name), ret, len);

	ret[r < 0 ? 0 : len] = '\0';
	return r;
}

/* With "-" for "_", as modprobe has it. */
static bool is_name(const char *name, const char *asked)
{
	for (; *name && (*name == *asked || (*name == '_' && *asked == '-')); name++, asked++)
		;
	return *name == *asked;
}

/* Return: 1, and its struct btf; 0. */
static int find_module(const struct guest *guest, uint64_t head, const struct places *places,
		       const char *module, uint64_t *ret, struct guest_doubts *doubts)
{
	char name[GUEST_MODULE_NAME_MAX];
	struct list_walk list;
	uint64_t link;

	list_begin(&list, guest, head, GUEST_MODULES_MAX, doubts);
	while (list_next(&list, &link)) {
		uint64_t at = link - places->list.offset;

		if (field_read(guest, at, &places->btf, ret) < 0 ||
		    read_name(guest, *ret, places, name) < 0)
			doubts->bad++;
		else if (is_name(name, module))
			return 1;
	}
	return 0;
}

int guest_module_types(struct guest *guest, const char *module, struct types **ret,
		       struct guest_doubts *doubts, struct error *err)
{
	struct kernel *kernel = &guest->kernel;
	uint64_t head, btf, data, size;
	struct places places;
	int r = kernel_symbol(kernel, "btf_modules", &head, err);

	if (r == 0)
		r = find_places(kernel->types, &places, err);
	if (r < 0)
		return r;
	if (!find_module(guest, head, &places, module, &btf, doubts))
		return error_set(err, -ENOENT, "the guest's kernel: has no types of a module %s%s",
				 module, doubts->torn + doubts->bad + doubts->cut ?
				 ", or its list is damaged" : "");
	r = field_read(guest, btf, &places.data, &data);
	if (r == 0)
		r = field_read(guest, btf, &places.size, &size);
	if (r < 0)
		return error_errno(err, r, "the guest's kernel: types of %s", module);
	return types_read_module(ret, kernel->types, data, size, err);
}
