// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Modules, by the list "modules".
 *
 * Before 6.4 a module's memory was two pieces, core_layout and init_layout; since then (commit
 * ac3b43283923) it is an array, mem, the first of which is its text.
 */
#include <errno.h>
#include <string.h>

#include "base/u64.h"
#include "field.h"
#include "list.h"
#include "module.h"

#define PIECES_MAX	16

/* Return: its size through @ret_size as well, which counts as the module's. */
static int read_piece(const struct guest *guest, uint64_t piece, struct guest_module *ret,
		      uint64_t *ret_base, uint64_t *ret_size)
{
	const struct guest_layout *l = &guest->layout;
	int r = field_read(guest, piece, &l->piece_size, ret_size);

	if (r == 0)
		r = field_read(guest, piece, &l->piece_base, ret_base);
	ret->size += *ret_size;
	/* Where it is one piece, text is at its beginning. */
	if (r == 0 && l->piece_text_size.size)
		r = field_read(guest, piece, &l->piece_text_size, ret_size);
	return r;
}

static int read_memory(const struct guest *guest, uint64_t module, struct guest_module *ret)
{
	const struct guest_layout *l = &guest->layout;
	uint32_t i, count = l->module_mem.elements;
	uint64_t base, size;
	int r = 0;

	if (count > PIECES_MAX)
		return -EPROTO;
	if (!l->module_init_layout.size && !l->module_init_text)
		return -ENOENT;
	for (i = 0; r == 0 && i < count; i++) {
		r = read_piece(guest, field_address(module, &l->module_mem) +
			       (uint64_t)i * l->module_mem.size, ret, &base, &size);
		if (i == 0) {
			ret->base = base;
			ret->text_size = size;
		} else if (i == l->module_init_text) {
			ret->init_base = base;
			ret->init_text_size = size;
		}
	}
	if (r == 0 && l->module_init_layout.size)
		r = read_piece(guest, field_address(module, &l->module_init_layout), ret,
			       &ret->init_base, &ret->init_text_size);
	return r;
}

int module_read(const struct guest *guest, uint64_t address, struct guest_module *ret)
{
	const struct guest_layout *l = &guest->layout;
	struct guest_module module = { .address = address };
	size_t len = u64_min(l->module_name.elements, sizeof(module.name));
	uint64_t state, references;
	int r = space_read(guest->kernel.space, field_address(address, &l->module_name),
			   module.name, len);

	if (r == 0)
		r = field_read(guest, address, &l->module_state, &state);
	if (r == 0)
		r = field_read(guest, address, &l->module_refcnt, &references);
	if (r == 0)
		r = read_memory(guest, address, &module);
	if (r < 0)
		return r;
	module.name[sizeof(module.name) - 1] = '\0';
	module.state = (uint32_t)state;
	/* MODULE_REF_BASE: one is its own. */
	module.references = (int32_t)(references - 1);
	*ret = module;
	return 0;
}

int guest_modules(struct guest *guest,
		  int (*take)(const struct guest_module *module, void *data), void *data,
		  struct guest_doubts *doubts)
{
	struct list_walk list;
	uint64_t head, link;
	int r = 0;

	if (kallsyms_find(guest->kernel.symbols, "modules", &head) < 0)
		return -ENOENT;
	list_begin(&list, guest, head, GUEST_MODULES_MAX, doubts);
	while (r == 0 && list_next(&list, &link)) {
		struct guest_module module;

		if (module_read(guest, link - guest->layout.module_list.offset, &module) < 0)
			doubts->bad++;
		else
			r = take(&module, data);
	}
	return r;
}
