/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A disk, or a part of it, as a tree for FUSE that has one file with all its bytes. */
#ifndef KVMONITOR_DISK_IMAGE_H
#define KVMONITOR_DISK_IMAGE_H

#include "fusefs/fusefs.h"

/* What that file is called. */
#define DISK_IMAGE_NAME		"image"

/** disk_image_ops() - For fusefs_create(); the tree is a struct disk. */
const struct fusefs_ops *disk_image_ops(void);

#endif
