/* SPDX-License-Identifier: GPL-2.0-only */
/* /proc/<pid>/filecache. */
#ifndef FILECACHE_PROCFS_H
#define FILECACHE_PROCFS_H

void filecache_procfs_init(void);
void filecache_procfs_exit(void);

#endif
