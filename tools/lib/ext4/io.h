/* SPDX-License-Identifier: GPL-2.0-or-later */
/* How libext2fs reads a disk of ours. */
#ifndef EXT4_IO_H
#define EXT4_IO_H

#include <ext2fs/ext2fs.h>

#include "disk/disk.h"

/* Blocks that are kept for the rest of a call. */
#define EXT4_IO_SLOTS	64u

/**
 * struct ext4_io - a disk that libext2fs reads
 * @disk: the disk
 * @left: bytes that this call may still read
 * @slots: each block may be kept in one of them; its number and 1, 0 for none
 * @blocks: their bytes, of @block_size each
 * @block_size: of the file system
 */
struct ext4_io {
	const struct disk *disk;
	uint64_t left;
	uint64_t slots[EXT4_IO_SLOTS];
	unsigned char *blocks;
	unsigned int block_size;
};

/* ext2fs_open()'s name of a disk. */
#define EXT4_IO_NAME_MAX	32

/** ext4_io_manager() - To be given to ext2fs_open(). */
io_manager ext4_io_manager(void);

/** ext4_io_name() - Likewise: it stands for @io, which must outlive the file system. */
void ext4_io_name(const struct ext4_io *io, char ret[EXT4_IO_NAME_MAX]);

/** ext4_io_call() - Forget what was read, and let it read so many bytes. */
void ext4_io_call(struct ext4_io *io, uint64_t bytes);

/** ext4_io_read() - Read bytes from block @block on, as of this call. Return: 0, -errno. */
int ext4_io_read(struct ext4_io *io, uint64_t block, void *buf, size_t len);

#endif
