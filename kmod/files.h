/* SPDX-License-Identifier: GPL-2.0-only */
/* Of which files owners have pages. */
#ifndef FILECACHE_FILES_H
#define FILECACHE_FILES_H

#include <linux/list.h>
#include <linux/types.h>

/**
 * struct filecache_file - an inode
 * @list: among all that were found
 * @hash: among those with the same hash, while they are being found
 * @inode: not held once its path is known: by it, @ino, @sb_dev and @generation
 *	   it is told that it is the same one
 * @pages: pages of it that are the owners'
 * @inode_pages: all that it has cached
 * @path: from the root of its file system; NULL when it is not known
 * @ino: its number
 * @sb_dev: its file system
 * @dev: the same; the device itself if it is one
 * @generation: its generation
 * @kind: enum filecache_kind
 * @flags: enum filecache_file_flags
 */
struct filecache_file {
	struct list_head list;
	struct hlist_node hash;
	struct inode *inode;
	u64 pages;
	u64 inode_pages;
	char *path;
	u64 ino;
	dev_t sb_dev;
	dev_t dev;
	u32 generation;
	u32 kind;
	u32 flags;
};

/**
 * struct filecache_files - what was found
 * @list: of files
 * @nr: how many there are
 * @path_bytes: memory of their paths
 * @truncated: there are more, or pages that were locked all the time
 */
struct filecache_files {
	struct list_head list;
	unsigned int nr;
	size_t path_bytes;
	bool truncated;
};

int filecache_files_find(const u32 *idx, unsigned int nr, struct filecache_files *ret);
void filecache_files_free(struct filecache_files *files);

#endif
