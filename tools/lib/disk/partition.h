/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Partitions of a disk, numbered as Linux numbers them.
 *
 * Tables come from the guest: nothing in them makes us read beyond the disk, keep more
 * than PARTITIONS_MAX of them or go on for ever.
 */
#ifndef DISK_PARTITION_H
#define DISK_PARTITION_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "disk.h"

/* Linux has no more of a disk. */
#define PARTITIONS_MAX		256u
#define PARTITION_TEXT_MAX	40u
/* 36 units of UTF-16, at most 3 bytes of UTF-8 each. */
#define PARTITION_NAME_MAX	112u

/**
 * enum partition_table - what says where partitions are
 * @PARTITION_TABLE_NONE: nothing does
 * @PARTITION_TABLE_MBR: the first sector, and those of extended partitions
 * @PARTITION_TABLE_GPT: a GUID partition table
 */
enum partition_table {
	PARTITION_TABLE_NONE,
	PARTITION_TABLE_MBR,
	PARTITION_TABLE_GPT,
};

/* What is not as it should be with a table or a partition: bits. */
enum {
	/* The first header of a GPT is broken; the one at the end is used. */
	PARTITION_BACKUP = 1 << 0,
	/* There are more than are listed, or a chain of extended ones has no end. */
	PARTITION_MORE = 1 << 1,
	/* It ends beyond the disk, and has been cut there. */
	PARTITION_CUT = 1 << 2,
	/* It begins beyond the disk, and is not to be had. */
	PARTITION_BEYOND = 1 << 3,
	/* It shares bytes with another. */
	PARTITION_OVERLAP = 1 << 4,
	/* A logical partition is outside of the extended one. */
	PARTITION_OUTSIDE = 1 << 5,
	/* A sector that belongs to the table cannot be read, or is no table. */
	PARTITION_BROKEN = 1 << 6,
	/* Both headers of a GPT are broken. */
	PARTITION_NO_GPT = 1 << 7,
};

/**
 * struct partition - a partition
 * @number: from 1 on
 * @start: in bytes from the disk's
 * @size: in bytes, as much of it as there is
 * @type: GUID in capital letters, or two hexadecimal digits
 * @uuid: GUID of its own; empty with an MBR
 * @name: in UTF-8, of any characters but NUL; empty with an MBR
 * @extended: only holds others
 * @doubts: PARTITION_... bits
 */
struct partition {
	unsigned int number;
	uint64_t start;
	uint64_t size;
	char type[PARTITION_TEXT_MAX];
	char uuid[PARTITION_TEXT_MAX];
	char name[PARTITION_NAME_MAX];
	bool extended;
	unsigned int doubts;
};

/**
 * struct partitions - those of a disk
 * @table: what says where they are
 * @doubts: PARTITION_... bits about the table itself
 * @list: by number
 * @count: of them
 */
struct partitions {
	enum partition_table table;
	unsigned int doubts;
	struct partition list[PARTITIONS_MAX];
	size_t count;
};

/**
 * partitions_read() - Read a disk's partition table.
 * @disk: the disk
 * @ret: what was found; of nothing, when there is no table
 * @err: why it failed
 *
 * Return: 0; negative errno when the disk cannot be read.
 */
int partitions_read(const struct disk *disk, struct partitions *ret, struct error *err);

/** partition_table_name() - "gpt", "mbr" or "none". */
const char *partition_table_name(enum partition_table table);

/**
 * partition_doubts() - Doubts in words, for people.
 * @doubts: PARTITION_... bits
 * @ret: the words, ", " between them
 * @room: of @ret; 160 bytes are enough for all
 */
void partition_doubts(unsigned int doubts, char *ret, size_t room);

#endif
