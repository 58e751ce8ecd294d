/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Inodes of a guest that its kernel has in memory. */
#ifndef GUEST_INODE_H
#define GUEST_INODE_H

#include <stdbool.h>
#include <stdint.h>

#include "guest.h"
#include "mount.h"
#include "superblock.h"

/**
 * struct guest_time - since 1970
 * @seconds: may be before that
 * @ns: of the second
 */
struct guest_time {
	int64_t seconds;
	uint32_t ns;
};

/**
 * struct guest_inode - an inode as it was
 * @address: virtual, of its struct inode
 * @super_block: virtual address of the file system's
 * @number: in its file system
 * @mode: kind and permissions as by stat(2)
 * @uid: owner
 * @gid: group
 * @links: how many names it has; 0 when it is to be deleted
 * @major: of the device that it is, for S_IFCHR and S_IFBLK, and of those of "bdev"
 * @minor: likewise
 * @generation: of its number
 * @size: in bytes, as the guest's processes see it; a disk may not know it yet
 * @accessed: last read
 * @modified: last written
 * @changed: last change of the inode itself
 * @dirty: what of the inode itself (times, size, owner, ...) is not on its disk
 * @dirty_pages: some of its pages may not be on its disk
 * @pages: in the page cache, of 4 KiB
 */
struct guest_inode {
	uint64_t address;
	uint64_t super_block;
	uint64_t number;
	uint32_t mode;
	uint32_t uid;
	uint32_t gid;
	uint32_t links;
	uint32_t major;
	uint32_t minor;
	uint32_t generation;
	uint64_t size;
	struct guest_time accessed;
	struct guest_time modified;
	struct guest_time changed;
	bool dirty;
	bool dirty_pages;
	uint64_t pages;
};

/**
 * guest_inode_read() - The inode at an address, such as that of an open file.
 * @guest: seen into
 * @address: virtual, of a struct inode
 * @ret: is filled in
 *
 * Return: 0; -EFAULT and others when it cannot be read.
 */
int guest_inode_read(const struct guest *guest, uint64_t address, struct guest_inode *ret);

/**
 * guest_inodes() - All inodes of a file system that are in memory.
 * @guest: seen into
 * @sb: of the file system
 * @take: is given each; returns 0 to go on, another value to end the walk
 * @data: for @take
 * @doubts: what was not as it should be is added there
 *
 * Return: 0; what @take returned.
 */
int guest_inodes(struct guest *guest, const struct guest_super_block *sb,
		 int (*take)(const struct guest_inode *inode, void *data), void *data,
		 struct guest_doubts *doubts);

/**
 * guest_inode_path() - A path by which it is reached from the top of its file system.
 * @guest: seen into
 * @inode: address of its struct inode
 * @ret: gets it; of several one that is not deleted, if there is one
 *
 * Return: 1; 0 when it has been deleted, and this was its path; -ENOENT when the kernel has
 * forgotten its names; see path_of_dentry().
 */
int guest_inode_path(const struct guest *guest, uint64_t inode, char ret[GUEST_PATH_MAX]);

#endif
