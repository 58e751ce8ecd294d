/* SPDX-License-Identifier: GPL-2.0-or-later */
/* File systems that a guest's kernel knows, mounted for somebody or for itself. */
#ifndef GUEST_SUPERBLOCK_H
#define GUEST_SUPERBLOCK_H

#include <stdbool.h>
#include <stdint.h>

#include "guest.h"

#define GUEST_SUPER_BLOCKS_MAX	65536u
#define GUEST_TYPE_MAX		64
#define GUEST_UUID_BYTES	16

/**
 * struct guest_super_block - a file system as it was
 * @address: virtual, of its struct super_block
 * @root: virtual address of its first directory entry; 0 for none yet
 * @major: of the device
 * @minor: of the device
 * @flags: as by mount(2), MS_RDONLY and so on
 * @magic: as by statfs(2)
 * @block_size: in bytes
 * @uuid: of the file system, zeros where it has none
 * @type: such as "ext4"
 * @name: what its kernel calls it in messages, such as "vda1"
 */
struct guest_super_block {
	uint64_t address;
	uint64_t root;
	uint32_t major;
	uint32_t minor;
	uint64_t flags;
	uint64_t magic;
	uint64_t block_size;
	uint8_t uuid[GUEST_UUID_BYTES];
	char type[GUEST_TYPE_MAX];
	char name[32];
};

/**
 * guest_super_block_read() - The file system at an address.
 * @guest: seen into
 * @address: virtual, of a struct super_block
 * @ret: is filled in
 *
 * Return: 0; -EFAULT and others when it cannot be read.
 */
int guest_super_block_read(const struct guest *guest, uint64_t address,
			   struct guest_super_block *ret);

/**
 * guest_super_blocks() - All of them, also those that nobody can mount, as "bdev".
 * @guest: seen into
 * @take: is given each; returns 0 to go on, another value to end the walk
 * @data: for @take
 * @doubts: what was not as it should be is added there
 *
 * Return: 0; what @take returned; -ENOENT without the list.
 */
int guest_super_blocks(struct guest *guest,
		       int (*take)(const struct guest_super_block *sb, void *data), void *data,
		       struct guest_doubts *doubts);

#endif
