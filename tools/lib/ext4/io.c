// SPDX-License-Identifier: GPL-2.0-or-later
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "io.h"

void ext4_io_call(struct ext4_io *io, uint64_t bytes)
{
	memset(io->slots, 0, sizeof(io->slots));
	io->left = bytes;
}

int ext4_io_read(struct ext4_io *io, uint64_t block, void *buf, size_t len)
{
	if (len > io->left)
		return -EFBIG;
	io->left -= len;
	if (block > UINT64_MAX / io->block_size)
		return -ENXIO;
	return disk_read(io->disk, block * io->block_size, buf, len);
}

/* One block, perhaps again. */
static int read_block(struct ext4_io *io, uint64_t block, void *buf)
{
	uint64_t *slot = &io->slots[block % EXT4_IO_SLOTS];
	unsigned char *bytes = io->blocks + block % EXT4_IO_SLOTS * io->block_size;
	int r = 0;

	/* Who goes in circles comes to an end as well. */
	if (io->left < io->block_size)
		return -EFBIG;
	if (*slot == block + 1) {
		io->left -= io->block_size;
	} else {
		*slot = 0;
		r = ext4_io_read(io, block, bytes, io->block_size);
	}
	if (r < 0)
		return r;
	*slot = block + 1;
	memcpy(buf, bytes, io->block_size);
	return 0;
}

static errcode_t io_open(const char *name, int flags, io_channel *ret)
{
	io_channel channel = calloc(1, sizeof(*channel));
	void *io;

	if (!channel || sscanf(name, "%p", &io) != 1) {
		free(channel);
		return EXT2_ET_NO_MEMORY;
	}
	channel->magic = EXT2_ET_MAGIC_IO_CHANNEL;
	channel->manager = ext4_io_manager();
	channel->refcount = 1;
	channel->private_data = io;
	channel->name = strdup(name);
	if (!channel->name) {
		free(channel);
		return EXT2_ET_NO_MEMORY;
	}
	*ret = channel;
	return 0;
}

static errcode_t io_close(io_channel channel)
{
	struct ext4_io *io = channel->private_data;

	if (--channel->refcount > 0)
		return 0;
	free(io->blocks);
	io->blocks = NULL;
	free(channel->name);
	free(channel);
	return 0;
}

static errcode_t io_set_blksize(io_channel channel, int size)
{
	struct ext4_io *io = channel->private_data;
	unsigned char *blocks = malloc((size_t)size * EXT4_IO_SLOTS);

	if (!blocks)
		return EXT2_ET_NO_MEMORY;
	free(io->blocks);
	io->blocks = blocks;
	io->block_size = (unsigned int)size;
	memset(io->slots, 0, sizeof(io->slots));
	channel->block_size = size;
	return 0;
}

/* A @count below 0 is one of bytes. */
static errcode_t io_read_blk64(io_channel channel, unsigned long long block, int count,
			       void *data)
{
	struct ext4_io *io = channel->private_data;
	int r;

	if (count == 1)
		r = read_block(io, block, data);
	else
		r = ext4_io_read(io, block, data, count < 0 ? (size_t)-(int64_t)count :
				 (size_t)count * io->block_size);
	return r < 0 ? -r : 0;
}

static errcode_t io_read_blk(io_channel channel, unsigned long block, int count, void *data)
{
	return io_read_blk64(channel, block, count, data);
}

static errcode_t io_write_blk64(io_channel channel, unsigned long long block, int count,
				const void *data)
{
	return EXT2_ET_RO_FILSYS;
}

static errcode_t io_write_blk(io_channel channel, unsigned long block, int count,
			      const void *data)
{
	return EXT2_ET_RO_FILSYS;
}

static errcode_t io_flush(io_channel channel)
{
	return 0;
}

static struct struct_io_manager manager = {
	.magic = EXT2_ET_MAGIC_IO_MANAGER,
	.name = "a disk that is read",
	.open = io_open,
	.close = io_close,
	.set_blksize = io_set_blksize,
	.read_blk = io_read_blk,
	.read_blk64 = io_read_blk64,
	.write_blk = io_write_blk,
	.write_blk64 = io_write_blk64,
	.flush = io_flush,
};

io_manager ext4_io_manager(void)
{
	return &manager;
}

/* open() gets nothing else that could stand for a disk. */
void ext4_io_name(const struct ext4_io *io, char ret[EXT4_IO_NAME_MAX])
{
	snprintf(ret, EXT4_IO_NAME_MAX, "%p", (const void *)io);
}
