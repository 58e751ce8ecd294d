/* SPDX-License-Identifier: GPL-2.0-or-later */
/* An open file system, for the files of this library alone. */
#ifndef EXT4_FS_H
#define EXT4_FS_H

#include <ext2fs/ext2fs.h>

#include "ext4.h"
#include "io.h"
#include "listing.h"

/**
 * struct ext4 - an open file system
 * @fs: it, as libext2fs has it; its inodes and blocks are of the present call
 * @io: what libext2fs reads by
 * @disk: it is on
 * @listings: of directories that were looked into
 */
struct ext4 {
	ext2_filsys fs;
	struct ext4_io *io;
	const struct disk *disk;
	struct ext4_listings listings;
};

/** ext4_errno() - What an error of libext2fs comes to. Return: 0 or negative errno. */
int ext4_errno(errcode_t code);

/** ext4_call() - Each call begins with it: forget what the call before has read. */
void ext4_call(struct ext4 *ext4);

/** ext4_inode() - Read an inode that a file may have. Return: as of ext4_stat(). */
int ext4_inode(struct ext4 *ext4, uint32_t number, struct ext2_inode_large *ret);

/** ext4_of() - The part of an inode that libext2fs's functions take. */
static inline struct ext2_inode *ext4_of(struct ext2_inode_large *inode)
{
	return (struct ext2_inode *)inode;
}

/**
 * ext4_read_inode() - Bytes of whatever an inode that was read has, up to its size.
 * @ext4: the file system
 * @number: of the inode
 * @inode: as it was read in this call
 * @offset: of the first byte
 * @buf: gets them
 * @len: how many
 * @ret_len: how many there were
 *
 * Return: 0 or negative errno.
 */
int ext4_read_inode(struct ext4 *ext4, uint32_t number, struct ext2_inode_large *inode,
		    uint64_t offset, void *buf, size_t len, size_t *ret_len);

#endif
