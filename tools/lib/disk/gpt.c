// SPDX-License-Identifier: GPL-2.0-or-later
/* GUID partition tables (UEFI specification, chapter 5). */
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <zlib.h>

#include "base/cleanup.h"
#include "base/macros.h"
#include "table.h"

#define HEADER_MIN	92u
#define ENTRY_MIN	128u
#define ENTRY_MAX	4096u
#define ENTRIES_BYTES	1048576u
#define BLOCK_MAX	4096u
#define GUID_SIZE	16u
#define NAME_UNITS	36u

/**
 * struct header - what a header says
 * @block: bytes of the disk's blocks, by where the header was
 * @entries: block of the first entry
 * @count: of entries
 * @size: of each, in bytes
 * @crc: of all of them
 */
struct header {
	uint32_t block;
	uint64_t entries;
	uint32_t count;
	uint32_t size;
	uint32_t crc;
};

static uint32_t crc_of(const unsigned char *data, size_t len)
{
	return (uint32_t)crc32(crc32(0, NULL, 0), data, (unsigned int)len);
}

/* Return: whether it is one, and is at block @at as it says. */
static bool parse_header(unsigned char *sector, uint32_t block, uint64_t at,
			 struct header *ret)
{
	uint32_t size = get_le32(sector + 12), crc = get_le32(sector + 16);

	if (memcmp(sector, "EFI PART", 8) != 0 || size < HEADER_MIN || size > block)
		return false;
	memset(sector + 16, 0, 4);
	if (crc_of(sector, size) != crc || get_le64(sector + 24) != at)
		return false;
	*ret = (struct header){
		.block = block,
		.entries = get_le64(sector + 72),
		.count = get_le32(sector + 80),
		.size = get_le32(sector + 84),
		.crc = get_le32(sector + 88),
	};
	return ret->size >= ENTRY_MIN && ret->size <= ENTRY_MAX &&
	       ret->count <= ENTRIES_BYTES / ret->size;
}

/* All entries. Return: 1; 0 when they are not what the header says; negative errno. */
static int read_entries(const struct disk *disk, const struct header *header,
			unsigned char **ret)
{
	__free_mem unsigned char *entries = NULL;
	size_t len = (size_t)header->count * header->size;
	int r;

	entries = malloc(len + 1);
	if (!entries)
		return -ENOMEM;
	if (header->entries > disk->size / header->block)
		return 0;
	r = disk_read(disk, header->entries * header->block, entries, len);
	if (r == -ENXIO || (r == 0 && crc_of(entries, len) != header->crc))
		return 0;
	if (r < 0)
		return r;
	*ret = no_free_ptr(entries);
	return 1;
}

/* Return: 1; 0 when there is no good table at that block; negative errno. */
static int read_table(const struct disk *disk, uint32_t block, uint64_t at,
		      struct header *header, unsigned char **ret)
{
	unsigned char sector[BLOCK_MAX];
	int r = disk_read(disk, at * block, sector, block);

	if (r < 0)
		return r;
	return parse_header(sector, block, at, header) ? read_entries(disk, header, ret) : 0;
}

static void guid_text(const unsigned char *guid, char *ret, size_t room)
{
	snprintf(ret, room, "%08" PRIX32 "-%04X-%04X-%02X%02X-%02X%02X%02X%02X%02X%02X",
		 get_le32(guid), get_le16(guid + 4), get_le16(guid + 6), guid[8], guid[9],
		 guid[10], guid[11], guid[12], guid[13], guid[14], guid[15]);
}

/* A character in UTF-8. Return: how many bytes. */
static size_t put_utf8(uint32_t c, char *to)
{
	if (c < 0x80) {
		to[0] = (char)c;
		return 1;
	}
	if (c < 0x800) {
		to[0] = (char)(0xc0 | c >> 6);
		to[1] = (char)(0x80 | (c & 0x3f));
		return 2;
	}
	if (c < 0x10000) {
		to[0] = (char)(0xe0 | c >> 12);
		to[1] = (char)(0x80 | (c >> 6 & 0x3f));
		to[2] = (char)(0x80 | (c & 0x3f));
		return 3;
	}
	to[0] = (char)(0xf0 | c >> 18);
	to[1] = (char)(0x80 | (c >> 12 & 0x3f));
	to[2] = (char)(0x80 | (c >> 6 & 0x3f));
	to[3] = (char)(0x80 | (c & 0x3f));
	return 4;
}

/* UTF-16 up to a NUL; half of a pair becomes U+FFFD. */
static void name_text(const unsigned char *name, char *ret)
{
	size_t i, used = 0;

	for (i = 0; i < NAME_UNITS; i++) {
		uint32_t c = get_le16(name + 2 * i), low;

		if (!c)
			break;
		if (c >= 0xd800 && c < 0xe000) {
			low = i + 1 < NAME_UNITS ? get_le16(name + 2 * i + 2) : 0;
			if (c < 0xdc00 && low >= 0xdc00 && low < 0xe000) {
				c = 0x10000 + ((c - 0xd800) << 10) + (low - 0xdc00);
				i++;
			} else {
				c = 0xfffd;
			}
		}
		used += put_utf8(c, ret + used);
	}
	ret[used] = '\0';
}

static void add_entry(const struct disk *disk, const struct header *header, unsigned int number,
		      const unsigned char *entry, struct partitions *all)
{
	uint64_t first = get_le64(entry + 32), last = get_le64(entry + 40);
	uint64_t blocks = disk->size / header->block;
	struct partition partition = { .number = number };

	/* Beyond the disk is beyond it, by however much; nothing is to wrap. */
	if (first > blocks)
		first = blocks;
	if (last < first) {
		last = first;
		partition.doubts |= PARTITION_BROKEN;
	}
	if (last > blocks)
		last = blocks;
	partition.start = first * header->block;
	partition.size = (last - first + 1) * header->block;
	guid_text(entry, partition.type, sizeof(partition.type));
	guid_text(entry + GUID_SIZE, partition.uuid, sizeof(partition.uuid));
	name_text(entry + 56, partition.name);
	partition_add(all, disk, &partition);
}

static void add_entries(const struct disk *disk, const struct header *header,
			const unsigned char *entries, struct partitions *all)
{
	static const unsigned char unused[GUID_SIZE];
	uint32_t i;

	for (i = 0; i < header->count; i++) {
		const unsigned char *entry = entries + (size_t)i * header->size;

		if (memcmp(entry, unused, GUID_SIZE) != 0)
			add_entry(disk, header, i + 1, entry, all);
	}
}

/* An MBR that says that there is a GPT, so that a stale one at the end is not believed. */
static bool is_protective(const unsigned char *mbr)
{
	unsigned int i;

	if (mbr[510] != 0x55 || mbr[511] != 0xaa)
		return false;
	for (i = 0; i < 4; i++)
		if (mbr[446 + 16 * i + 4] == 0xee)
			return true;
	return false;
}

/* Return: 1 with a table, 0 without; negative errno. */
static int read_either(const struct disk *disk, uint32_t block, struct header *header,
		       unsigned char **entries, struct partitions *all)
{
	uint64_t blocks = disk->size / block;
	int r;

	if (blocks < 3)
		return 0;
	r = read_table(disk, block, 1, header, entries);
	if (r != 0)
		return r;
	r = read_table(disk, block, blocks - 1, header, entries);
	if (r == 1)
		all->doubts |= PARTITION_BACKUP;
	return r;
}

int gpt_read(const struct disk *disk, struct partitions *all, struct error *err)
{
	static const uint32_t blocks[] = { DISK_SECTOR, BLOCK_MAX };
	__free_mem unsigned char *entries = NULL;
	unsigned char mbr[DISK_SECTOR];
	struct header header;
	size_t i;
	int r = disk->size < sizeof(mbr) ? 0 : disk_read(disk, 0, mbr, sizeof(mbr));

	if (r < 0)
		return error_errno(err, r, "the disk's first sector");
	if (disk->size < sizeof(mbr) || !is_protective(mbr))
		return 0;
	/* A guest may have been shown larger blocks than we are. */
	for (i = 0; r == 0 && i < ARRAY_SIZE(blocks); i++)
		r = read_either(disk, blocks[i], &header, &entries, all);
	if (r < 0)
		return error_errno(err, r, "the disk's GPT");
	if (r == 0) {
		all->doubts |= PARTITION_NO_GPT;
		return 0;
	}
	all->table = PARTITION_TABLE_GPT;
	add_entries(disk, &header, entries, all);
	return 0;
}
