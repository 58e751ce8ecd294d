/* SPDX-License-Identifier: GPL-2.0-only */
/* The generic netlink family. */
#ifndef FILECACHE_NETLINK_H
#define FILECACHE_NETLINK_H

int filecache_netlink_init(void);
void filecache_netlink_exit(void);

#endif
