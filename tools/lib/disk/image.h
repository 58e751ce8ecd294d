/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A disk that is a raw file, or a block device of the host's. */
#ifndef DISK_IMAGE_H
#define DISK_IMAGE_H

#include "disk.h"

/**
 * disk_open_image() - Open a disk image, to read it.
 * @ret: the disk, to be given to disk_destroy()
 * @path: of an ordinary file that holds the disk's bytes as they are, or of a block device
 * @err: why it failed
 *
 * Formats that QEMU has of its own are refused, as are dumps of memory: read as if they
 * were raw they would be a disk that nobody has.  A block device is read past the host's
 * cache, in which there may be what it held a while ago.
 *
 * Return: 0; -EINVAL for something else; other negative errno.
 */
int disk_open_image(struct disk **ret, const char *path, struct error *err);

/**
 * disk_image_fd() - Descriptor that such a disk is read by.
 *
 * For who gives up all others; the disk goes on to own it.
 */
int disk_image_fd(const struct disk *disk);

#endif
