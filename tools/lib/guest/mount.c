// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Mounts, as a tree from the namespace's root down: each has a list of those that are mounted
 * on it.  The namespace's own list became a tree in 6.8, a super block's another kind of list in
 * 6.18; this has stayed.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "field.h"
#include "list.h"
#include "mount.h"
#include "path.h"
#include "task.h"

/* include/linux/mount.h and fs.h: macros, which BTF does not have. */
#define MNT_READONLY	0x40u
#define SB_RDONLY	1u
/* Mounts on mounts; nobody has more. */
#define DEPTH_MAX	64

/**
 * struct walk - of all mounts
 * @guest: whose
 * @take: is given each
 * @data: for @take
 * @doubts: counted
 * @left: mounts that may still come
 * @mounts: for each depth one that is being told
 */
struct walk {
	struct guest *guest;
	int (*take)(const struct guest_mount *mount, void *data);
	void *data;
	struct guest_doubts *doubts;
	uint32_t left;
	struct guest_mount mounts[DEPTH_MAX];
};

/* A text that is not there is empty. */
static int read_text(const struct guest *guest, uint64_t object,
		     const struct types_member *member, char *ret, size_t room)
{
	uint64_t text;
	int r = field_read(guest, object, member, &text);

	ret[0] = '\0';
	return r < 0 || !text ? r : path_text(guest, text, ret, room);
}

static int read_super_block(const struct guest *guest, struct guest_mount *m)
{
	const struct guest_layout *l = &guest->layout;
	uint64_t dev, flags, type;
	int r = field_read(guest, m->super_block, &l->sb_dev, &dev);

	if (r == 0)
		r = field_read(guest, m->super_block, &l->sb_flags, &flags);
	if (r == 0)
		r = field_read(guest, m->super_block, &l->sb_type, &type);
	if (r == 0)
		r = read_text(guest, type, &l->fs_type_name, m->type, sizeof(m->type));
	if (r < 0)
		return r;
	m->major = field_major(dev);
	m->minor = field_minor(dev);
	m->read_only |= flags & SB_RDONLY;
	return 0;
}

static int read_path(const struct guest *guest, const struct guest_mount *parent,
		     struct guest_mount *m)
{
	const struct guest_layout *l = &guest->layout;
	uint64_t point;
	int r;

	if (!parent) {
		strcpy(m->path, "/");
		return 0;
	}
	r = field_read(guest, m->address, &l->mount_mountpoint, &point);
	return r < 0 ? r : path_full(guest, field_address(parent->address, &l->mount_mnt), point,
				     m->path);
}

static int read_mount(const struct guest *guest, uint64_t address,
		      const struct guest_mount *parent, struct guest_mount *m)
{
	const struct guest_layout *l = &guest->layout;
	uint64_t id, flags, root;
	int r = field_read(guest, address, &l->mount_id, &id);

	memset(m, 0, sizeof(*m));
	m->address = address;
	if (r == 0)
		r = field_read(guest, address, &l->mount_flags, &flags);
	if (r == 0)
		r = field_read(guest, address, &l->mount_root, &root);
	if (r == 0)
		r = field_read(guest, address, &l->mount_sb, &m->super_block);
	if (r < 0)
		return r;
	m->id = (uint32_t)id;
	m->parent_id = parent ? parent->id : m->id;
	m->read_only = flags & MNT_READONLY;
	r = read_text(guest, address, &l->mount_devname, m->source, sizeof(m->source));
	if (r == 0)
		r = path_of_dentry(guest, root, 0, m->root);
	if (r == 0)
		r = read_super_block(guest, m);
	return r < 0 ? r : read_path(guest, parent, m);
}

static int walk_mount(struct walk *w, uint64_t address, int depth)
{
	const struct guest_layout *l = &w->guest->layout;
	struct guest_mount *m = &w->mounts[depth];
	struct list_walk list;
	uint64_t link;
	int r;

	if (depth == DEPTH_MAX - 1 || w->left == 0) {
		w->doubts->cut++;
		return 0;
	}
	w->left--;
	if (read_mount(w->guest, address, depth ? &w->mounts[depth - 1] : NULL, m) < 0) {
		w->doubts->bad++;
		return 0;
	}
	r = w->take(m, w->data);
	list_begin(&list, w->guest, field_address(address, &l->mount_mounts), GUEST_MOUNTS_MAX,
		   w->doubts);
	while (r == 0 && list_next(&list, &link))
		r = walk_mount(w, link - l->mount_child.offset, depth + 1);
	return r;
}

static int find_init(const struct guest_task *task, void *data)
{
	if (task->pid != 1)
		return 0;
	*(struct guest_task *)data = *task;
	return 1;
}

int guest_mounts(struct guest *guest,
		 int (*take)(const struct guest_mount *mount, void *data), void *data,
		 struct guest_doubts *doubts)
{
	const struct guest_layout *l = &guest->layout;
	struct guest_task init;
	uint64_t at;
	struct walk *w;
	int r = guest_processes(guest, find_init, &init, doubts);

	if (r != 1)
		return r < 0 ? r : -ENOENT;
	r = field_read(guest, init.address, &l->task_nsproxy, &at);
	if (r == 0)
		r = field_read(guest, at, &l->nsproxy_mnt_ns, &at);
	if (r == 0)
		r = field_read(guest, at, &l->mnt_ns_root, &at);
	if (r < 0)
		return r;
	w = malloc(sizeof(*w));
	if (!w)
		return -ENOMEM;
	w->guest = guest;
	w->take = take;
	w->data = data;
	w->doubts = doubts;
	w->left = GUEST_MOUNTS_MAX;
	r = walk_mount(w, at, 0);
	free(w);
	return r;
}
