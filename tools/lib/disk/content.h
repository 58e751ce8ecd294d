/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What a partition holds, by the signature that it begins with. */
#ifndef DISK_CONTENT_H
#define DISK_CONTENT_H

#include <stdbool.h>

#include "disk.h"

/**
 * struct content - a kind of contents
 * @name: such as "ext4", "lvm2", "empty", "unknown"
 * @what: in words, "an LVM2 physical volume"
 * @readable: files in it can be read
 */
struct content {
	const char *name;
	const char *what;
	bool readable;
};

/**
 * content_find() - What a disk or partition holds.
 * @disk: the whole of it
 * @ret: one of a fixed number; "unknown" for what has no signature that is known
 * @err: why it failed
 *
 * A signature is no proof: what follows it may be anything.
 *
 * Return: 0; negative errno when the disk cannot be read.
 */
int content_find(const struct disk *disk, const struct content **ret, struct error *err);

#endif
