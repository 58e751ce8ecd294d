// SPDX-License-Identifier: GPL-2.0-or-later
/* Tables of a disk's first sector, and chains of extended partitions, as Linux reads them. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "table.h"

#define ENTRIES		4u
#define ENTRIES_AT	446u
#define ENTRY_SIZE	16u
#define SIGNATURE_AT	510u
/* Logical partitions are from here on. */
#define LOGICAL_FIRST	5u

/**
 * struct entry - one of a table's four
 * @boot: flag of it
 * @type: 0 for none
 * @start: in sectors
 * @count: of sectors, 0 for none
 */
struct entry {
	uint8_t boot;
	uint8_t type;
	uint64_t start;
	uint64_t count;
};

static bool is_extended(const struct entry *entry)
{
	return entry->type == 0x05 || entry->type == 0x0f || entry->type == 0x85;
}

/* Return: 1; 0 when it is no table; negative errno. */
static int read_sector(const struct disk *disk, uint64_t offset, struct entry entries[ENTRIES])
{
	unsigned char sector[DISK_SECTOR];
	unsigned int i;
	int r = disk_read(disk, offset, sector, sizeof(sector));

	if (r < 0)
		return r;
	if (sector[SIGNATURE_AT] != 0x55 || sector[SIGNATURE_AT + 1] != 0xaa)
		return 0;
	for (i = 0; i < ENTRIES; i++) {
		const unsigned char *p = sector + ENTRIES_AT + i * ENTRY_SIZE;

		entries[i] = (struct entry){
			.boot = p[0], .type = p[4],
			.start = get_le32(p + 8), .count = get_le32(p + 12),
		};
	}
	return 1;
}

static struct partition *add(struct partitions *all, const struct disk *disk,
			     unsigned int number, const struct entry *entry)
{
	struct partition partition = {
		.number = number,
		.start = entry->start * disk->block_size,
		.size = entry->count * disk->block_size,
		.extended = is_extended(entry),
	};

	snprintf(partition.type, sizeof(partition.type), "%02x", entry->type);
	return partition_add(all, disk, &partition);
}

/* Those that one link of the chain has. Return: sector of the next link, 0 for none. */
static uint64_t take_link(const struct disk *disk, const struct entry *extended, uint64_t at,
			  const struct entry entries[ENTRIES], unsigned int *number,
			  struct partitions *all)
{
	uint64_t end = extended->start + extended->count;
	unsigned int i;

	for (i = 0; i < ENTRIES; i++) {
		struct entry entry = entries[i];
		struct partition *added;

		if (!entry.count || is_extended(&entry))
			continue;
		entry.start += at;
		/* The third and fourth may be left-overs, and are if they do not fit. */
		if (i >= 2 && (entry.start < extended->start || entry.start + entry.count > end))
			continue;
		added = add(all, disk, (*number)++, &entry);
		if (added && (entry.start < extended->start || entry.start + entry.count > end))
			added->doubts |= PARTITION_OUTSIDE;
	}
	for (i = 0; i < ENTRIES; i++)
		if (entries[i].count && is_extended(&entries[i]))
			return extended->start + entries[i].start;
	return 0;
}

static void read_extended(const struct disk *disk, const struct entry *extended,
			  unsigned int *number, struct partitions *all)
{
	struct entry entries[ENTRIES];
	uint64_t at = extended->start;
	unsigned int links;

	/* A chain that leads back to itself has as many links as one likes. */
	for (links = 0; at && links < PARTITIONS_MAX; links++) {
		if (read_sector(disk, at * disk->block_size, entries) <= 0) {
			all->doubts |= PARTITION_BROKEN;
			return;
		}
		at = take_link(disk, extended, at, entries, number, all);
	}
	if (at)
		all->doubts |= PARTITION_MORE;
}

/* Boot sectors of file systems have the signature as well, and code where a table would be. */
static bool is_table(const struct entry entries[ENTRIES])
{
	unsigned int i, used = 0;

	for (i = 0; i < ENTRIES; i++) {
		if (entries[i].boot & 0x7f)
			return false;
		used += entries[i].count > 0;
	}
	return used > 0;
}

int mbr_read(const struct disk *disk, struct partitions *all, struct error *err)
{
	struct entry entries[ENTRIES];
	unsigned int i, number = LOGICAL_FIRST;
	int r;

	if (disk->size < DISK_SECTOR)
		return 0;
	r = read_sector(disk, 0, entries);
	if (r < 0)
		return error_errno(err, r, "the disk's first sector");
	if (r == 0 || !is_table(entries))
		return 0;
	all->table = PARTITION_TABLE_MBR;
	for (i = 0; i < ENTRIES; i++)
		if (entries[i].count)
			add(all, disk, i + 1, &entries[i]);
	for (i = 0; i < ENTRIES; i++)
		if (entries[i].count && is_extended(&entries[i]))
			read_extended(disk, &entries[i], &number, all);
	return 0;
}
