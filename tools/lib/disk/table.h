/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Readers of the kinds of partition tables, for partition.c. */
#ifndef DISK_TABLE_H
#define DISK_TABLE_H

#include "partition.h"

/**
 * gpt_read() - Read a GUID partition table, if there is one.
 * @disk: the disk
 * @all: gets its partitions; left as it is where there is none
 * @err: why it failed
 *
 * Return: 0; negative errno when the disk cannot be read.
 */
int gpt_read(const struct disk *disk, struct partitions *all, struct error *err);

/** mbr_read() - Likewise, the table of a disk's first sector. */
int mbr_read(const struct disk *disk, struct partitions *all, struct error *err);

/**
 * partition_add() - Add a partition, cut at the end of its disk.
 * @all: gets it
 * @disk: that it is of
 * @partition: copied
 *
 * Return: it, in @all; NULL when there are too many.
 */
struct partition *partition_add(struct partitions *all, const struct disk *disk,
				const struct partition *partition);

/** get_le16() - Two bytes, the lower one first; likewise those below. */
static inline uint16_t get_le16(const unsigned char *p)
{
	return (uint16_t)(p[0] | p[1] << 8);
}

static inline uint32_t get_le32(const unsigned char *p)
{
	return get_le16(p) | (uint32_t)get_le16(p + 2) << 16;
}

static inline uint64_t get_le64(const unsigned char *p)
{
	return get_le32(p) | (uint64_t)get_le32(p + 4) << 32;
}

#endif
