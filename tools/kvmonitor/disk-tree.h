/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A guest's file system as a tree that FUSE can serve. */
#ifndef KVMONITOR_DISK_TREE_H
#define KVMONITOR_DISK_TREE_H

#include "fusefs/fusefs.h"

/** disk_tree_ops() - For fusefs_create(), whose tree is a struct ext4 *. */
const struct fusefs_ops *disk_tree_ops(void);

#endif
