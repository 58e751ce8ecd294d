/* SPDX-License-Identifier: GPL-2.0-or-later */
/* All files of a guest of which anything is in its page cache, or in its swap. */
#ifndef KVMONITOR_CACHED_H
#define KVMONITOR_CACHED_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/error.h"
#include "guest/cache.h"
#include "guest/mount.h"
#include "guest/superblock.h"

/* A path in a file system, and where that is mounted. */
#define CACHED_PATH_MAX	(2 * GUEST_PATH_MAX)

/**
 * struct cached_system - a file system
 * @sb: of it
 * @mounted: where it is, NULL for nowhere in the first process' namespace
 */
struct cached_system {
	struct guest_super_block sb;
	char *mounted;
};

/**
 * struct cached_file - a file, and how many pages of it are where
 * @inode: of it
 * @system: number of its file system
 * @present: pages in memory
 * @dirty: of them that are not on a disk
 * @writeback: of them that are being written there
 * @swapped: pages in swap
 */
struct cached_file {
	struct guest_inode inode;
	size_t system;
	uint64_t present;
	uint64_t dirty;
	uint64_t writeback;
	uint64_t swapped;
};

/**
 * struct cached - all of them
 * @systems: file systems
 * @system_count: of them
 * @system_room: in @systems
 * @files: with anything in memory or in swap
 * @count: of them
 * @room: in @files
 */
struct cached {
	struct cached_system *systems;
	size_t system_count;
	size_t system_room;
	struct cached_file *files;
	size_t count;
	size_t room;
};

/**
 * cached_read() - Look through all file systems but hugetlbfs.
 * @cached: is filled in; to be given to cached_free()
 * @guest: seen into
 * @doubts: what was not as it should be is added there
 * @err: why it failed
 *
 * Return: 0; -ENOMEM; -ENOENT when its kernel lacks what that takes.
 */
int cached_read(struct cached *cached, struct guest *guest, struct guest_doubts *doubts,
		struct error *err);

/** cached_free() - Free what it has. */
void cached_free(struct cached *cached);

/**
 * cached_path() - What a file is called.
 * @guest: seen into
 * @cached: has it
 * @file: one of its files
 * @ret: a path of the guest; where there is none, words in parentheses
 *
 * Return: whether it has been deleted.
 */
bool cached_path(const struct guest *guest, const struct cached *cached,
		 const struct cached_file *file, char ret[CACHED_PATH_MAX]);

#endif
