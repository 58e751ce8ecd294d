// SPDX-License-Identifier: GPL-2.0-or-later
/* What files have in them, and where symbolic links lead. */
#include <errno.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>

#include "base/u64.h"
#include "fs.h"

/**
 * struct run - blocks that follow each other, in a file and on the disk
 * @block: first of them on the disk
 * @count: of them
 * @hole: they are on no disk, and zeros
 */
struct run {
	uint64_t block;
	uint64_t count;
	bool hole;
};

/**
 * struct reading - while a file is read
 * @ext4: the file system
 * @number: of the inode
 * @inode: itself
 * @extents: its tree, NULL for one of block numbers
 */
struct reading {
	struct ext4 *ext4;
	uint32_t number;
	struct ext2_inode_large *inode;
	ext2_extent_handle_t extents;
};

static int extent_run(struct reading *reading, uint64_t block, struct run *ret)
{
	struct ext2fs_extent extent;
	errcode_t code = ext2fs_extent_goto(reading->extents, block);

	if (code == EXT2_ET_EXTENT_NOT_FOUND) {
		*ret = (struct run){ .count = 1, .hole = true };
		return 0;
	}
	if (!code)
		code = ext2fs_extent_get(reading->extents, EXT2_EXTENT_CURRENT, &extent);
	if (code)
		return ext4_errno(code);
	if (block < extent.e_lblk || block - extent.e_lblk >= extent.e_len)
		return -EUCLEAN;
	ret->block = extent.e_pblk + (block - extent.e_lblk);
	ret->count = extent.e_len - (block - extent.e_lblk);
	/* Set aside, and not written. */
	ret->hole = extent.e_flags & EXT2_EXTENT_FLAGS_UNINIT;
	return 0;
}

static int number_of(struct reading *reading, uint64_t block, uint64_t *ret)
{
	blk64_t found = 0;
	errcode_t code = ext2fs_bmap2(reading->ext4->fs, reading->number,
				      ext4_of(reading->inode), NULL, 0, block, NULL, &found);

	*ret = found;
	return ext4_errno(code);
}

static int numbers_run(struct reading *reading, uint64_t block, uint64_t most, struct run *ret)
{
	uint64_t next;
	int r = number_of(reading, block, &ret->block);

	ret->hole = ret->block == 0;
	for (ret->count = 1; r == 0 && ret->count < most; ret->count++) {
		r = number_of(reading, block + ret->count, &next);
		if (r == 0 && next != (ret->hole ? 0 : ret->block + ret->count))
			break;
	}
	return r;
}

static int read_run(struct reading *reading, const struct run *run, uint64_t skip, void *buf,
		    size_t len)
{
	ext2_filsys fs = reading->ext4->fs;
	uint64_t blocks = ext2fs_blocks_count(fs->super), start;

	if (run->hole) {
		memset(buf, 0, len);
		return 0;
	}
	if (run->block >= blocks || run->count > blocks - run->block)
		return -EUCLEAN;
	start = run->block * fs->blocksize + skip;
	if (len > reading->ext4->io->left)
		return -EFBIG;
	reading->ext4->io->left -= len;
	return disk_read(reading->ext4->disk, start, buf, len);
}

static int read_blocks(struct reading *reading, uint64_t offset, char *buf, size_t len)
{
	unsigned int size = reading->ext4->fs->blocksize;
	int r = 0;

	while (len > 0 && r == 0) {
		uint64_t block = offset / size, skip = offset % size;
		uint64_t most = (skip + len + size - 1) / size;
		struct run run = { 0 };
		size_t n;

		r = reading->extents ? extent_run(reading, block, &run) :
				       numbers_run(reading, block, most, &run);
		if (r < 0)
			return r;
		run.count = u64_min(run.count, most);
		n = (size_t)u64_min(len, run.count * size - skip);
		r = read_run(reading, &run, skip, buf, n);
		offset += n;
		buf += n;
		len -= n;
	}
	return r;
}

/* Of a file that is in its inode. */
static int read_inline(struct reading *reading, uint64_t offset, char *buf, size_t len)
{
	const size_t first = sizeof(reading->inode->i_block);
	struct ext2_xattr_handle *handle;
	void *rest = NULL;
	size_t len_of_rest = 0, i;
	errcode_t code = ext2fs_xattrs_open(reading->ext4->fs, reading->number, &handle);

	if (code)
		return ext4_errno(code);
	/* Once: whoever asks for its size first is told another one by the guest later. */
	code = ext2fs_xattrs_read(handle);
	if (!code)
		code = ext2fs_xattr_get(handle, "system.data", &rest, &len_of_rest);
	ext2fs_xattrs_close(&handle);
	memset(buf, 0, len);
	if (!code || code == EXT2_ET_EA_KEY_NOT_FOUND) {
		for (i = 0; i < len && offset + i < first; i++)
			buf[i] = ((char *)reading->inode->i_block)[offset + i];
		if (i < len && offset + i - first < len_of_rest)
			memcpy(buf + i, (char *)rest + (offset + i - first),
			       (size_t)u64_min(len - i, len_of_rest - (offset + i - first)));
		code = 0;
	}
	free(rest);
	return ext4_errno(code);
}

int ext4_read_inode(struct ext4 *ext4, uint32_t number, struct ext2_inode_large *inode,
		    uint64_t offset, void *buf, size_t len, size_t *ret_len)
{
	struct reading reading = { .ext4 = ext4, .number = number, .inode = inode };
	uint64_t size = EXT2_I_SIZE(inode);
	int r = 0;

	if (inode->i_flags & EXT4_ENCRYPT_FL)
		return -ENOKEY;
	if (inode->i_flags & EXT2_COMPRBLK_FL)
		return -EOPNOTSUPP;
	len = offset < size ? (size_t)u64_min(len, size - offset) : 0;
	if (inode->i_flags & EXT4_INLINE_DATA_FL) {
		r = read_inline(&reading, offset, buf, len);
	} else {
		if (inode->i_flags & EXT4_EXTENTS_FL)
			r = ext4_errno(ext2fs_extent_open2(ext4->fs, number, ext4_of(inode),
							   &reading.extents));
		if (r == 0)
			r = read_blocks(&reading, offset, buf, len);
		if (reading.extents)
			ext2fs_extent_free(reading.extents);
	}
	if (r == 0)
		*ret_len = len;
	return r;
}

int ext4_read(struct ext4 *ext4, uint32_t number, uint64_t offset, void *buf, size_t len,
	      size_t *ret_len)
{
	struct ext2_inode_large inode;
	int r;

	ext4_call(ext4);
	r = ext4_inode(ext4, number, &inode);
	if (r == 0 && !S_ISREG(inode.i_mode))
		r = -EINVAL;
	return r < 0 ? r : ext4_read_inode(ext4, number, &inode, offset, buf, len, ret_len);
}

/* Short ones are where a file has its blocks. */
static int read_link(struct ext4 *ext4, uint32_t number, struct ext2_inode_large *inode,
		     char *buf, size_t len)
{
	size_t n = len;
	int r = 0;

	if (len < sizeof(inode->i_block) && !(inode->i_flags & EXT4_INLINE_DATA_FL)) {
		if (inode->i_flags & EXT4_ENCRYPT_FL)
			return -ENOKEY;
		memcpy(buf, inode->i_block, len);
	} else {
		r = ext4_read_inode(ext4, number, inode, 0, buf, len, &n);
	}
	buf[n] = '\0';
	return r;
}

int ext4_readlink(struct ext4 *ext4, uint32_t number, char **ret)
{
	struct ext2_inode_large inode;
	uint64_t len;
	char *buf;
	int r;

	ext4_call(ext4);
	r = ext4_inode(ext4, number, &inode);
	if (r < 0)
		return r;
	if (!S_ISLNK(inode.i_mode))
		return -EINVAL;
	len = EXT2_I_SIZE(&inode);
	if (len == 0 || len >= PATH_MAX)
		return -EUCLEAN;
	buf = malloc(len + 1);
	if (!buf)
		return -ENOMEM;
	r = read_link(ext4, number, &inode, buf, len);
	if (r < 0)
		free(buf);
	else
		*ret = buf;
	return r;
}
