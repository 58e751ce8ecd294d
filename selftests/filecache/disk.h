/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Disks in memory that tests put file systems and swap on, so that no test
 * depends on another file system than it wants.
 */
#ifndef FILECACHE_TEST_DISK_H
#define FILECACHE_TEST_DISK_H

#include <stdbool.h>

/**
 * disk_mount() - Make a file system on the RAM disk and mount it.
 * @type: ext4, xfs or btrfs
 * @dir: where, made if it is not there
 *
 * Only one test has it at a time.
 *
 * Return: NULL, or why it cannot be done, as SKIP() wants it.
 */
const char *disk_mount(const char *type, const char *dir);

/** disk_umount() - Unmount it. Return: whether that worked. */
bool disk_umount(const char *dir);

/** swap_start() - Swap to compressed memory. Return: NULL or why it cannot be done. */
const char *swap_start(void);

/** swap_stop() - Stop that; what is swapped comes back. Return: whether that worked. */
bool swap_stop(void);

#endif
