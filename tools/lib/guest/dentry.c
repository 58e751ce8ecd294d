// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Directory entries: each folder has a list of those that are in it, a struct list_head before
 * 6.8 and a struct hlist_head since, each inode one of those that lead to it.
 */
#include "dentry.h"
#include "field.h"
#include "list.h"
#include "path.h"

_Static_assert(GUEST_NAME_MAX == PATH_NAME_ROOM, "a name is a name");

/* With one end, such a head is one pointer. */
#define HLIST_HEAD_BYTES	8u

static int read_dentry(const struct guest *guest, uint64_t address, struct guest_dentry *ret)
{
	const struct guest_layout *l = &guest->layout;
	uint64_t before;
	int r = field_read(guest, address, &l->dentry_parent, &ret->parent);

	if (r == 0)
		r = field_read(guest, address, &l->dentry_inode, &ret->inode);
	if (r == 0)
		r = field_read(guest, address, &l->dentry_pprev, &before);
	if (r < 0)
		return r;
	ret->address = address;
	ret->hashed = before;
	return path_name(guest, address, ret->name);
}

static int walk(struct list_walk *list, const struct types_member *member,
		int (*take)(const struct guest_dentry *dentry, void *data), void *data)
{
	uint64_t link;
	int r = 0;

	while (r == 0 && list_next(list, &link)) {
		struct guest_dentry dentry;

		if (read_dentry(list->guest, link - member->offset, &dentry) < 0)
			list->doubts->bad++;
		else if (dentry.hashed || dentry.inode)
			r = take(&dentry, data);
	}
	return r;
}

int guest_dentries(const struct guest *guest, uint64_t folder,
		   int (*take)(const struct guest_dentry *dentry, void *data), void *data,
		   struct guest_doubts *doubts)
{
	const struct guest_layout *l = &guest->layout;
	uint64_t head = field_address(folder, &l->dentry_children);
	uint64_t most = field_most(guest, l->dentry_bytes);
	struct list_walk list;

	if (l->dentry_children.size == HLIST_HEAD_BYTES)
		list_begin_hlist(&list, guest, head, most, doubts);
	else
		list_begin(&list, guest, head, most, doubts);
	return walk(&list, &l->dentry_sibling, take, data);
}

int guest_dentries_of(const struct guest *guest, uint64_t inode,
		      int (*take)(const struct guest_dentry *dentry, void *data), void *data,
		      struct guest_doubts *doubts)
{
	const struct guest_layout *l = &guest->layout;
	struct list_walk list;

	list_begin_hlist(&list, guest, field_address(inode, &l->inode_dentries),
			 field_most(guest, l->dentry_bytes), doubts);
	return walk(&list, &l->dentry_alias, take, data);
}
