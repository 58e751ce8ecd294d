/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What of a disk has files that can be read: a partition, or the whole. */
#ifndef DISK_VOLUME_H
#define DISK_VOLUME_H

#include "disk.h"

/**
 * volume_open() - Find the part of a disk that has a file system.
 * @ret: it, to be given to disk_destroy(), before @disk is
 * @disk: stays the caller's
 * @number: of the partition; 0 for the only one that can be read, or the whole disk when
 *	    it has no partitions
 * @err: why it failed, with the name of what is there instead
 *
 * Return: 0; -ENOENT when there is no such partition, or none that can be read; -EINVAL
 * when there are several; -EOPNOTSUPP when it holds something else; other negative errno.
 */
int volume_open(struct disk **ret, const struct disk *disk, unsigned int number,
		struct error *err);

/**
 * volume_slice() - A partition of a disk, whatever is in it.
 * @ret: it, to be given to disk_destroy() before @disk is
 * @disk: that it is on
 * @number: of it; 0 for the whole disk, partitions and all
 * @err: why it failed
 *
 * Return: 0; -ENOENT when there is none; -ENXIO when it is beyond the disk's end; others.
 */
int volume_slice(struct disk **ret, const struct disk *disk, unsigned int number,
		 struct error *err);

#endif
