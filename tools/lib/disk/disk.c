// SPDX-License-Identifier: GPL-2.0-or-later
#include <errno.h>
#include <stdlib.h>

#include "disk.h"

int disk_create(struct disk **ret, const struct disk *like, struct error *err)
{
	struct disk *disk = malloc(sizeof(*disk));

	if (!disk) {
		if (like->ops->destroy)
			like->ops->destroy(like->arg);
		return error_errno(err, -ENOMEM, "disk");
	}
	*disk = *like;
	*ret = disk;
	return 0;
}

void disk_destroy(struct disk *disk)
{
	if (!disk)
		return;
	if (disk->ops->destroy)
		disk->ops->destroy(disk->arg);
	free(disk);
}

int disk_read(const struct disk *disk, uint64_t offset, void *buf, size_t len)
{
	if (offset > disk->size || len > disk->size - offset)
		return -ENXIO;
	return len ? disk->ops->read(disk->arg, offset, buf, len) : 0;
}

/**
 * struct slice - a part of a disk
 * @whole: the disk
 * @start: of the part in it
 */
struct slice {
	const struct disk *whole;
	uint64_t start;
};

static int slice_read(void *arg, uint64_t offset, void *buf, size_t len)
{
	const struct slice *slice = arg;

	return disk_read(slice->whole, slice->start + offset, buf, len);
}

static const struct disk_ops slice_ops = { .read = slice_read, .destroy = free };

int disk_slice(struct disk **ret, const struct disk *whole, uint64_t start, uint64_t size,
	       struct error *err)
{
	struct slice *slice;

	if (start > whole->size || size > whole->size - start)
		return error_set(err, -ENXIO, "a part of the disk ends beyond the disk");
	slice = malloc(sizeof(*slice));
	if (!slice)
		return error_errno(err, -ENOMEM, "disk");
	slice->whole = whole;
	slice->start = start;
	return disk_create(ret, &(struct disk){ .size = size, .block_size = whole->block_size,
						.ops = &slice_ops, .arg = slice }, err);
}
