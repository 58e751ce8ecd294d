/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Where file systems are mounted, to make whole paths of what is in them. */
#ifndef FILECACHE_MOUNTS_H
#define FILECACHE_MOUNTS_H

#include <stddef.h>
#include <stdint.h>

#include "base/error.h"

/**
 * struct mount - one mount of a file system
 * @dev_major: device of the file system
 * @dev_minor: likewise
 * @root: which folder of it is mounted
 * @point: where
 */
struct mount {
	uint32_t dev_major;
	uint32_t dev_minor;
	char *root;
	char *point;
};

/**
 * struct mounts - all mounts that this process sees
 * @list: in the order in which they were made
 * @count: of @list
 * @text: what the strings are parts of
 */
struct mounts {
	struct mount *list;
	size_t count;
	char *text;
};

/**
 * mounts_parse() - Read mounts from text.
 * @mounts: filled in
 * @text: of the form of /proc/self/mountinfo, of malloc(); taken over, also
 *	  on failure
 *
 * Lines that make no sense are skipped.
 *
 * Return: 0 or -ENOMEM.
 */
int mounts_parse(struct mounts *mounts, char *text);

/** mounts_read() - Read the mounts of this process. Return: 0, negative errno. */
int mounts_read(struct mounts *mounts, struct error *err);

/** mounts_exit() - Free them. */
void mounts_exit(struct mounts *mounts);

/**
 * mounts_path() - The path of a file for this process.
 * @mounts: all mounts
 * @dev_major: device of its file system
 * @dev_minor: likewise
 * @path: from the root of its file system
 *
 * A mount that is hidden under a later one does not count.
 *
 * Return: a new string to be freed; NULL when there is no such path, or no
 * memory.
 */
char *mounts_path(const struct mounts *mounts, uint32_t dev_major,
		  uint32_t dev_minor, const char *path);

#endif
