// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The kernel has its modules in three ways: in a list, in the folder /sys/module, and in a tree
 * by the addresses of their memory, by which it finds out whose code has failed.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/array.h"
#include "field.h"
#include "hidden.h"
#include "list.h"
#include "module.h"

/* Pieces of memory of all modules, and built-in ones that only have a folder. */
#define NODES_MAX	(8u * GUEST_MODULES_MAX)
/* A red-black tree of so many nodes is not higher. */
#define HEIGHT_MAX	64

/**
 * struct roll - of modules that are listed
 * @addresses: of them
 * @count: of them
 * @room: in @addresses
 */
struct roll {
	uint64_t *addresses;
	size_t count;
	size_t room;
};

/**
 * struct search - for those that are not
 * @guest: whose
 * @listed: those that are
 * @findings: get them
 * @nodes: that may still come
 * @doubts: counted
 */
struct search {
	struct guest *guest;
	struct roll listed;
	struct findings *findings;
	uint32_t nodes;
	struct guest_doubts *doubts;
};

static int by_address(const void *a, const void *b)
{
	const uint64_t *x = a, *y = b;

	return (*x > *y) - (*x < *y);
}

/* How often it is asked for is the guest's to say. */
static bool is_listed(const struct roll *roll, uint64_t address)
{
	return roll->count && bsearch(&address, roll->addresses, roll->count, sizeof(address),
				      by_address);
}

static int enlist(const struct guest_module *module, void *data)
{
	struct roll *roll = data;
	uint64_t *addresses = array_room(roll->addresses, roll->count, &roll->room,
					 sizeof(*addresses));

	if (!addresses)
		return -ENOMEM;
	roll->addresses = addresses;
	roll->addresses[roll->count++] = module->address;
	return 0;
}

static int consider(struct search *s, uint64_t address)
{
	struct guest_finding finding = { .kind = GUEST_HIDDEN_MODULE, .address = address };
	struct guest_module module;
	size_t i;

	if (is_listed(&s->listed, address))
		return 0;
	/* By both ways it is one. */
	for (i = 0; i < s->findings->count; i++)
		if (s->findings->list[i].address == address)
			return 0;
	if (module_read(s->guest, address, &module) < 0) {
		s->doubts->bad++;
		return 0;
	}
	memcpy(finding.name, module.name, sizeof(module.name));
	return findings_add(s->findings, &finding);
}

/* struct module_kobject: what is built in has no module. */
static int search_folder(struct search *s)
{
	const struct guest_layout *l = &s->guest->layout;
	struct list_walk list;
	uint64_t kset, link, module;
	int r = 0;

	if (!l->kset_list.size || !l->module_kobject_mod.size ||
	    kallsyms_find(s->guest->kernel.symbols, "module_kset", &kset) < 0)
		return 0;
	/* What is built in is there, too: it is never empty. */
	if (space_read(s->guest->kernel.space, kset, &kset, sizeof(kset)) < 0 || !kset) {
		s->doubts->bad++;
		return 0;
	}
	list_begin(&list, s->guest, field_address(kset, &l->kset_list), NODES_MAX, s->doubts);
	while (r == 0 && list_next(&list, &link)) {
		uint64_t at = link - l->kobject_entry.offset - l->module_kobject_kobj.offset;

		if (field_read(s->guest, at, &l->module_kobject_mod, &module) < 0)
			s->doubts->bad++;
		else if (module)
			r = consider(s, module);
	}
	return r;
}

/* @node: of the first of two trees that are the same. */
static int search_node(struct search *s, uint64_t node, int height)
{
	const struct guest_layout *l = &s->guest->layout;
	uint64_t left, right, module;
	int r;

	if (!node)
		return 0;
	if (height == HEIGHT_MAX || s->nodes == 0) {
		s->doubts->cut++;
		return 0;
	}
	s->nodes--;
	if (field_read(s->guest, node, &l->rb_left, &left) < 0 ||
	    field_read(s->guest, node, &l->rb_right, &right) < 0 ||
	    field_read(s->guest, node - l->mod_tree_node_node.offset, &l->mod_tree_node_mod,
		       &module) < 0) {
		s->doubts->bad++;
		return 0;
	}
	r = consider(s, module);
	if (r == 0)
		r = search_node(s, left, height + 1);
	return r == 0 ? search_node(s, right, height + 1) : r;
}

static int search_tree(struct search *s)
{
	uint64_t root;

	if (!s->guest->layout.mod_tree_root_tree.size || !s->guest->layout.mod_tree_node_mod.size ||
	    kallsyms_find(s->guest->kernel.symbols, "mod_tree", &root) < 0)
		return 0;
	if (space_read(s->guest->kernel.space,
		       field_address(root, &s->guest->layout.mod_tree_root_tree), &root,
		       sizeof(root)) < 0 || (!root && s->listed.count)) {
		s->doubts->bad++;
		return 0;
	}
	return search_node(s, root, 0);
}

int hidden_modules(struct guest *guest, struct findings *ret, void *data,
		   struct guest_doubts *doubts)
{
	struct search s = {
		.guest = guest, .findings = ret, .nodes = NODES_MAX, .doubts = doubts,
	};
	int r = guest_modules(guest, enlist, &s.listed, doubts);

	if (s.listed.count)
		qsort(s.listed.addresses, s.listed.count, sizeof(uint64_t), by_address);
	if (r == 0)
		r = search_folder(&s);
	if (r == 0)
		r = search_tree(&s);
	free(s.listed.addresses);
	return r == -ENOENT ? 0 : r;
}
