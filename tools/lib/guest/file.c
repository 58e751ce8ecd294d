// SPDX-License-Identifier: GPL-2.0-or-later
/* Open files, by the process' table of them. */
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/macros.h"
#include "base/u64.h"
#include "field.h"
#include "file.h"
#include "path.h"

/* Descriptors that are read at once. */
#define CHUNK		512

/**
 * struct table - while a process' files are told
 * @guest: whose process
 * @take: is given each
 * @data: for @take
 * @doubts: counted
 * @file: that is told
 */
struct table {
	struct guest *guest;
	int (*take)(const struct guest_file *file, void *data);
	void *data;
	struct guest_doubts *doubts;
	struct guest_file file;
};

/* What has no place in any tree is called by what it is. */
static const struct {
	const char *type;
	const char *name;
} placeless[] = {
	{ "pipefs", "pipe" },
	{ "sockfs", "socket" },
};

static int find_type(const struct guest *guest, uint64_t dentry, char *ret, size_t room)
{
	const struct guest_layout *l = &guest->layout;
	uint64_t at;
	int r = field_read(guest, dentry, &l->dentry_sb, &at);

	if (r == 0)
		r = field_read(guest, at, &l->sb_type, &at);
	if (r == 0)
		r = field_read(guest, at, &l->fs_type_name, &at);
	return r < 0 ? r : path_text(guest, at, ret, room);
}

/* d_unlinked(): not among its folder's entries any more, and not the top of a file system. */
static int is_deleted(const struct guest *guest, uint64_t dentry)
{
	uint64_t parent, hashed;
	int r = field_read(guest, dentry, &guest->layout.dentry_parent, &parent);

	if (r == 0)
		r = field_read(guest, dentry, &guest->layout.dentry_pprev, &hashed);
	return r < 0 ? r : !hashed && parent != dentry;
}

static int read_path(const struct guest *guest, uint64_t mnt, uint64_t dentry,
		     struct guest_file *f)
{
	char type[32], path[PATH_ROOM];
	size_t i;
	int r = find_type(guest, dentry, type, sizeof(type));

	if (r < 0)
		return r;
	for (i = 0; i < ARRAY_SIZE(placeless); i++) {
		if (strcmp(type, placeless[i].type) == 0) {
			snprintf(f->path, sizeof(f->path), "%s:[%" PRIu64 "]",
				 placeless[i].name, f->number);
			return 0;
		}
	}
	if (strcmp(type, "anon_inodefs") == 0) {
		r = path_name(guest, dentry, path);
		if (r == 0)
			snprintf(f->path, sizeof(f->path), "anon_inode:%s", path);
		return r;
	}
	r = path_full(guest, mnt, dentry, path);
	if (r == 0)
		r = is_deleted(guest, dentry);
	if (r >= 0)
		snprintf(f->path, sizeof(f->path), "%s%s", path, r ? " (deleted)" : "");
	return r < 0 ? r : 0;
}

static int read_file(const struct guest *guest, uint64_t address, struct guest_file *f)
{
	const struct guest_layout *l = &guest->layout;
	uint64_t mnt, dentry, mode, flags;
	int r = field_read(guest, address, &l->file_mnt, &mnt);

	f->address = address;
	if (r == 0)
		r = field_read(guest, address, &l->file_dentry, &dentry);
	if (r == 0)
		r = field_read(guest, address, &l->file_inode, &f->inode);
	if (r == 0)
		r = field_read(guest, address, &l->file_flags, &flags);
	if (r == 0)
		r = field_read(guest, address, &l->file_pos, &f->position);
	if (r == 0)
		r = field_read(guest, f->inode, &l->inode_number, &f->number);
	if (r == 0)
		r = field_read(guest, f->inode, &l->inode_mode, &mode);
	if (r < 0)
		return r;
	f->mode = (uint32_t)mode;
	f->flags = (uint32_t)flags;
	return read_path(guest, mnt, dentry, f);
}

static int walk_chunk(struct table *t, uint64_t array, uint32_t first, uint32_t count)
{
	uint64_t files[CHUNK];
	uint32_t i;
	int r = space_read(t->guest->kernel.space, array + 8ull * first, files, 8ull * count);

	if (r < 0) {
		t->doubts->bad++;
		return 0;
	}
	for (i = 0; r == 0 && i < count; i++) {
		if (!files[i])
			continue;
		t->file.fd = first + i;
		if (read_file(t->guest, files[i], &t->file) < 0)
			t->doubts->bad++;
		else
			r = t->take(&t->file, t->data);
	}
	return r;
}

static int walk(struct table *t, uint64_t fdt)
{
	const struct guest_layout *l = &t->guest->layout;
	uint64_t array, count;
	uint32_t first;
	int r = field_read(t->guest, fdt, &l->fdtable_fd, &array);

	if (r == 0)
		r = field_read(t->guest, fdt, &l->fdtable_max_fds, &count);
	if (r < 0) {
		t->doubts->bad++;
		return 0;
	}
	if (count > GUEST_FILES_MAX) {
		t->doubts->cut++;
		count = GUEST_FILES_MAX;
	}
	for (first = 0; r == 0 && first < count; first += CHUNK)
		r = walk_chunk(t, array, first, (uint32_t)u64_min(CHUNK, count - first));
	return r;
}

int guest_files(struct guest *guest, const struct guest_task *task,
		int (*take)(const struct guest_file *file, void *data), void *data,
		struct guest_doubts *doubts)
{
	const struct guest_layout *l = &guest->layout;
	struct table *t;
	uint64_t at;
	int r = field_read(guest, task->address, &l->task_files, &at);

	/* It has ended, or never had any. */
	if (r == 0 && at == 0)
		return 0;
	if (r == 0)
		r = field_read(guest, at, &l->files_fdt, &at);
	if (r < 0) {
		doubts->bad++;
		return 0;
	}
	t = malloc(sizeof(*t));
	if (!t)
		return -ENOMEM;
	t->guest = guest;
	t->take = take;
	t->data = data;
	t->doubts = doubts;
	r = walk(t, at);
	free(t);
	return r;
}
