// SPDX-License-Identifier: GPL-2.0-or-later
#include <errno.h>

#include "disk-tree.h"
#include "ext4/ext4.h"

/* An inode that was freed and is another file's now is told by its generation. */
static uint64_t node_of(uint32_t number, uint32_t generation)
{
	return number == EXT4_ROOT ? EXT4_ROOT : (uint64_t)generation << 32 | number;
}

static int tree_stat(void *tree, uint64_t node, struct stat *ret)
{
	uint32_t generation;
	int r = ext4_stat(tree, (uint32_t)node, ret, &generation);

	if (r < 0)
		return r;
	return node_of((uint32_t)node, generation) == node ? 0 : -ESTALE;
}

static int tree_lookup(void *tree, uint64_t dir, const char *name, uint64_t *ret,
		       struct stat *ret_stat)
{
	uint32_t number, generation;
	int r = ext4_lookup(tree, (uint32_t)dir, name, &number);

	if (r == 0)
		r = ext4_stat(tree, number, ret_stat, &generation);
	if (r < 0)
		return r;
	*ret = node_of(number, generation);
	return 0;
}

static int tree_list(void *tree, uint64_t dir, struct fusefs_names *names)
{
	const struct ext4_entry *entry;
	struct ext4_listing *listing;
	int r = ext4_list(tree, (uint32_t)dir, &listing);
	size_t i;

	if (r < 0)
		return r;
	for (i = 0; r == 0 && (entry = ext4_listing_at(listing, i)); i++)
		r = fusefs_name(names, entry->name, entry->number, entry->type);
	if (r == 0)
		r = ext4_listing_error(listing);
	ext4_listing_put(listing);
	return r;
}

static int tree_read(void *tree, uint64_t node, uint64_t offset, void *buf, size_t len,
		     size_t *ret_len)
{
	return ext4_read(tree, (uint32_t)node, offset, buf, len, ret_len);
}

static int tree_readlink(void *tree, uint64_t node, char **ret)
{
	return ext4_readlink(tree, (uint32_t)node, ret);
}

static int tree_getxattr(void *tree, uint64_t node, const char *name, void **ret,
			 size_t *ret_len)
{
	return ext4_getxattr(tree, (uint32_t)node, name, ret, ret_len);
}

static int tree_listxattr(void *tree, uint64_t node, char **ret, size_t *ret_len)
{
	return ext4_listxattr(tree, (uint32_t)node, ret, ret_len);
}

static int tree_statvfs(void *tree, struct statvfs *ret)
{
	return ext4_statvfs(tree, ret);
}

const struct fusefs_ops *disk_tree_ops(void)
{
	static const struct fusefs_ops ops = {
		.root = EXT4_ROOT,
		.lookup = tree_lookup,
		.stat = tree_stat,
		.list = tree_list,
		.read = tree_read,
		.readlink = tree_readlink,
		.getxattr = tree_getxattr,
		.listxattr = tree_listxattr,
		.statvfs = tree_statvfs,
	};

	return &ops;
}
