/* SPDX-License-Identifier: GPL-2.0-only */
/* /sys/kernel/filecache: the totals, one value per file. */
#ifndef FILECACHE_SYSFS_H
#define FILECACHE_SYSFS_H

int filecache_sysfs_init(void);
void filecache_sysfs_exit(void);

#endif
