// SPDX-License-Identifier: GPL-2.0-or-later
#include <errno.h>
#include <string.h>

#include "base/macros.h"
#include "fs.h"

/** struct walk - while a directory is read */
struct walk {
	struct ext4_listing *listing;
	bool types;
};

static mode_t type_of(int type)
{
	static const mode_t types[] = {
		[EXT2_FT_REG_FILE] = S_IFREG, [EXT2_FT_DIR] = S_IFDIR,
		[EXT2_FT_CHRDEV] = S_IFCHR, [EXT2_FT_BLKDEV] = S_IFBLK,
		[EXT2_FT_FIFO] = S_IFIFO, [EXT2_FT_SOCK] = S_IFSOCK,
		[EXT2_FT_SYMLINK] = S_IFLNK,
	};

	return type >= 0 && (size_t)type < ARRAY_SIZE(types) ? types[type] : 0;
}

static int add(ext2_ino_t dir, int kind, struct ext2_dir_entry *entry, int offset,
	       int block_size, char *buf, void *data)
{
	struct walk *walk = data;
	int r, len = ext2fs_dirent_name_len(entry);

	if (entry->name[0] == '.' && (len == 1 || (len == 2 && entry->name[1] == '.')))
		return 0;
	/* No file of the guest's can be had by such a name, so that its system is broken. */
	if (len == 0 || memchr(entry->name, '/', (size_t)len) ||
	    memchr(entry->name, '\0', (size_t)len)) {
		walk->listing->error = -EUCLEAN;
		return 0;
	}
	r = ext4_listing_add(walk->listing, entry->inode,
			     walk->types ? type_of(ext2fs_dirent_file_type(entry)) : 0,
			     entry->name, (size_t)len);
	if (r == 0)
		return 0;
	walk->listing->error = r;
	return DIRENT_ABORT;
}

static int read_all(struct ext4 *ext4, struct ext4_listing *listing)
{
	struct walk walk = {
		.listing = listing, .types = ext2fs_has_feature_filetype(ext4->fs->super),
	};
	errcode_t code = ext2fs_dir_iterate2(ext4->fs, listing->number, 0, NULL, add, &walk);

	if (code)
		listing->error = ext4_errno(code);
	return listing->error == -ENOMEM ? -ENOMEM : ext4_listing_seal(listing);
}

static int list(struct ext4 *ext4, uint32_t number, struct ext4_listing **ret)
{
	struct ext2_inode_large inode;
	struct ext4_listing *listing;
	struct ext4_stamp stamp;
	int r = ext4_inode(ext4, number, &inode);

	if (r < 0)
		return r;
	if (!S_ISDIR(inode.i_mode))
		return -ENOTDIR;
	if (inode.i_flags & EXT4_ENCRYPT_FL)
		return -ENOKEY;
	ext4_stamp_of(&inode, &stamp);
	*ret = ext4_listings_find(&ext4->listings, number, &stamp);
	if (*ret)
		return 0;
	listing = ext4_listing_create(number, &stamp);
	if (!listing)
		return -ENOMEM;
	r = read_all(ext4, listing);
	if (r < 0) {
		ext4_listing_put(listing);
		return r;
	}
	ext4_listings_keep(&ext4->listings, listing);
	*ret = listing;
	return 0;
}

int ext4_list(struct ext4 *ext4, uint32_t number, struct ext4_listing **ret)
{
	ext4_call(ext4);
	return list(ext4, number, ret);
}

int ext4_lookup(struct ext4 *ext4, uint32_t number, const char *name, uint32_t *ret)
{
	const struct ext4_entry *entry;
	struct ext4_listing *listing;
	int r;

	ext4_call(ext4);
	r = list(ext4, number, &listing);
	if (r < 0)
		return r;
	entry = ext4_listing_find(listing, name);
	if (entry)
		*ret = entry->number;
	else
		r = listing->error ? listing->error : -ENOENT;
	ext4_listing_put(listing);
	return r;
}
