// SPDX-License-Identifier: GPL-2.0-or-later
#include <errno.h>
#include <string.h>

#include "base/u64.h"
#include "field.h"
#include "path.h"

/* As deep as a path of that many bytes can be. */
#define DEPTH_MAX	(PATH_ROOM / 2)
#define NAME_BYTES	(PATH_NAME_ROOM - 1)
/* One mount on another. */
#define MOUNTS_MAX	64

int path_text(const struct guest *guest, uint64_t address, char *ret, size_t room)
{
	size_t done = 0;

	/* By pages, since what follows its NUL need not be mapped. */
	while (done < room - 1) {
		size_t part = u64_min(room - 1 - done, MEM_PAGE - (address + done) % MEM_PAGE);
		int r = space_read(guest->kernel.space, address + done, ret + done, part);

		if (r < 0)
			return r;
		if (memchr(ret + done, '\0', part))
			return 0;
		done += part;
	}
	ret[done] = '\0';
	return 0;
}

void path_clean(char *name, size_t len)
{
	size_t i;

	for (i = 0; i < len; i++)
		if (name[i] == '\0' || name[i] == '/')
			name[i] = '?';
}

int path_prepend(char path[PATH_ROOM], size_t *at, const char *name, size_t len)
{
	if (len + 1 > *at)
		return -ENAMETOOLONG;
	*at -= len;
	memcpy(path + *at, name, len);
	path[--*at] = '/';
	return 0;
}

static int read_name(const struct guest *guest, uint64_t dentry, char name[NAME_BYTES + 1],
		     size_t *ret_len)
{
	uint64_t address, len;
	int r = field_read(guest, dentry, &guest->layout.dentry_name, &address);

	if (r == 0)
		r = field_read(guest, dentry, &guest->layout.dentry_name_len, &len);
	if (r < 0)
		return r;
	if (len == 0 || len > NAME_BYTES)
		return -ENAMETOOLONG;
	r = space_read(guest->kernel.space, address, name, len);
	if (r == 0)
		path_clean(name, len);
	*ret_len = len;
	return r;
}

int path_name(const struct guest *guest, uint64_t dentry, char ret[PATH_NAME_ROOM])
{
	size_t len;
	int r = read_name(guest, dentry, ret, &len);

	if (r == 0)
		ret[len] = '\0';
	return r;
}

int path_of_dentry(const struct guest *guest, uint64_t dentry, uint64_t root,
		   char ret[PATH_ROOM])
{
	char path[PATH_ROOM], name[NAME_BYTES + 1];
	size_t at = sizeof(path) - 1;
	int depth;

	/* From its end on. */
	path[at] = '\0';
	for (depth = 0; dentry != root; depth++) {
		uint64_t parent;
		size_t len;
		int r = field_read(guest, dentry, &guest->layout.dentry_parent, &parent);

		if (r < 0)
			return r;
		if (parent == dentry)
			break;
		if (depth == DEPTH_MAX)
			return -ELOOP;
		r = read_name(guest, dentry, name, &len);
		if (r == 0)
			r = path_prepend(path, &at, name, len);
		if (r < 0)
			return r;
		dentry = parent;
	}
	if (path[at] == '\0')
		path[--at] = '/';
	memcpy(ret, path + at, sizeof(path) - at);
	return 0;
}

/* What is mounted, below where it is. */
static int put_before(const char *above, char path[PATH_ROOM])
{
	size_t len = strcmp(above, "/") == 0 ? 0 : strlen(above);
	size_t more = len && strcmp(path, "/") == 0 ? 0 : strlen(path);

	if (len + more >= PATH_ROOM)
		return -ENAMETOOLONG;
	memmove(path + len, path, more);
	memcpy(path, above, len);
	path[len + more] = '\0';
	return 0;
}

int path_full(const struct guest *guest, uint64_t mnt, uint64_t dentry, char ret[PATH_ROOM])
{
	const struct guest_layout *l = &guest->layout;
	/* The structure that the kernel keeps to itself is around the one it shows. */
	uint64_t mount = mnt - l->mount_mnt.offset, parent, root;
	char path[PATH_ROOM] = "/", above[PATH_ROOM];
	int depth;

	for (depth = 0; ; depth++) {
		int r = field_read(guest, mount, &l->mount_root, &root);

		if (r == 0)
			r = path_of_dentry(guest, dentry, root, above);
		if (r == 0)
			r = put_before(above, path);
		if (r == 0)
			r = field_read(guest, mount, &l->mount_parent, &parent);
		if (r < 0)
			return r;
		if (parent == mount)
			break;
		if (depth == MOUNTS_MAX)
			return -ELOOP;
		r = field_read(guest, mount, &l->mount_mountpoint, &dentry);
		if (r < 0)
			return r;
		mount = parent;
	}
	memcpy(ret, path, sizeof(path));
	return 0;
}
