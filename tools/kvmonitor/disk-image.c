// SPDX-License-Identifier: GPL-2.0-or-later
#include <errno.h>
#include <string.h>

#include "base/u64.h"
#include "disk-image.h"
#include "disk/disk.h"

#define ROOT	1u
#define IMAGE	2u
/* st_blocks has this unit. */
#define BLOCK	512u

static int image_stat(void *tree, uint64_t node, struct stat *ret)
{
	const struct disk *disk = tree;

	*ret = (struct stat){
		.st_ino = node, .st_mode = S_IFDIR | 0500, .st_nlink = 2,
	};
	if (node == IMAGE) {
		ret->st_mode = S_IFREG | 0400;
		ret->st_nlink = 1;
		ret->st_size = (off_t)disk->size;
		ret->st_blocks = (blkcnt_t)((disk->size + BLOCK - 1) / BLOCK);
	}
	return node == ROOT || node == IMAGE ? 0 : -ESTALE;
}

static int image_lookup(void *tree, uint64_t dir, const char *name, uint64_t *ret,
			struct stat *ret_stat)
{
	if (dir != ROOT)
		return -ENOTDIR;
	if (strcmp(name, DISK_IMAGE_NAME) != 0)
		return -ENOENT;
	*ret = IMAGE;
	return image_stat(tree, IMAGE, ret_stat);
}

static int image_list(void *tree, uint64_t dir, struct fusefs_names *names)
{
	return dir == ROOT ? fusefs_name(names, DISK_IMAGE_NAME, IMAGE, S_IFREG) : -ENOTDIR;
}

static int image_read(void *tree, uint64_t node, uint64_t offset, void *buf, size_t len,
		      size_t *ret_len)
{
	const struct disk *disk = tree;

	if (node != IMAGE)
		return -EISDIR;
	*ret_len = offset < disk->size ? u64_min(len, disk->size - offset) : 0;
	return *ret_len ? disk_read(disk, offset, buf, *ret_len) : 0;
}

static int image_readlink(void *tree, uint64_t node, char **ret)
{
	return -EINVAL;
}

const struct fusefs_ops *disk_image_ops(void)
{
	static const struct fusefs_ops ops = {
		.root = ROOT,
		.lookup = image_lookup,
		.stat = image_stat,
		.list = image_list,
		.read = image_read,
		.readlink = image_readlink,
	};

	return &ops;
}
