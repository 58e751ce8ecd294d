/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A tree of every kind of file, and what an image of it is compared with. */
#ifndef SELFTESTS_EXT4_TREE_H
#define SELFTESTS_EXT4_TREE_H

#include <stdint.h>

#include "ext4/ext4.h"

/** tree_make() - Fill a folder with files of every kind that this user may make. */
void tree_make(const char *folder);

/* What of a file the maker of an image does not take over. */
enum {
	TREE_NO_NANOSECONDS = 1,
	TREE_NO_CHANGE_TIME = 2,
	TREE_NO_BLOCKS = 4,
	TREE_NO_NUMBERS = 8,
};

/**
 * tree_compare() - Compare a file system with a folder, whole.
 * @ext4: the file system
 * @folder: the folder
 * @but: TREE_NO_... bits
 *
 * Its own folder "lost+found" may be there besides.
 *
 * Return: how many files were compared.
 */
unsigned int tree_compare(struct ext4 *ext4, const char *folder, unsigned int but);

#endif
