/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A disk's files, mounted as long as this process runs. */
#ifndef KVMONITOR_DISK_SERVE_H
#define KVMONITOR_DISK_SERVE_H

#include "disk-source.h"
#include "mem/pause.h"

/* What a confined process may have at most: listings of large directories are the most. */
#define DISK_MEMORY_BYTES	1073741824u

/**
 * struct disk_part - what of a disk
 * @number: of a partition; 0 for the only one that can be read, or all of the disk
 * @image: its bytes as one file, rather than the files that are in it
 */
struct disk_part {
	unsigned int number;
	bool image;
};

/**
 * disk_serve() - Mount a disk's files until a signal comes or somebody unmounts them.
 * @handle: of the disk
 * @name: of the disk, for lists of mounts
 * @part: what of it
 * @mountpoint: a folder
 * @pause: of the guest, begun; it goes on when the time is over, or at the end, and how long
 *	   it stood still is printed.  NULL for none.
 * @err: why it failed
 *
 * Return: 0; negative errno.
 */
int disk_serve(struct disk_handle *handle, const char *name, const struct disk_part *part,
	       const char *mountpoint, struct pause *pause, struct error *err);

#endif
