// SPDX-License-Identifier: GPL-2.0-or-later
/* Partition tables: of nothing, of an MBR with logical partitions, and of a GPT. */
#include <zlib.h>

#include "base/macros.h"
#include "disk/content.h"
#include "disk/partition.h"
#include "disk/volume.h"
#include "fuzz.h"

#define SIZE		(256u << 10)
#define READS_MAX	100000u
/* Where tables are: at the beginning, and of a GPT at the end as well. */
#define FIRST		(16u << 10)
#define LAST		(12u << 10)
#define GPT_ENTRIES	8u
#define GPT_ENTRY	128u

enum { KIND_NOTHING, KIND_MBR, KIND_GPT, KIND_BACKUP, KINDS };

static uint8_t bytes[SIZE];
static unsigned int reads;

static int read_disk(void *arg, uint64_t offset, void *buf, size_t len)
{
	FUZZ_ASSERT(offset <= SIZE && len <= SIZE - offset && ++reads < READS_MAX);
	memcpy(buf, bytes + offset, len);
	return 0;
}

static void put(uint64_t at, uint64_t value, size_t len)
{
	memcpy(bytes + at, &value, len);
}

static void put_mbr_entry(uint64_t sector, unsigned int n, uint8_t type, uint32_t start,
			  uint32_t count)
{
	uint64_t at = sector + 446 + 16ull * n;

	bytes[at + 4] = type;
	put(at + 8, start, 4);
	put(at + 12, count, 4);
	put(sector + 510, 0xaa55, 2);
}

/* Two primary partitions, and an extended one with three in it, one after the other. */
static void make_mbr(void)
{
	unsigned int n;

	put_mbr_entry(0, 0, 0x83, 64, 32);
	put_mbr_entry(0, 1, 0x82, 96, 32);
	put_mbr_entry(0, 3, 0x05, 8, 24);
	for (n = 0; n < 3; n++) {
		put_mbr_entry((8 + 8ull * n) * 512, 0, 0x83, 1, 7);
		if (n < 2)
			put_mbr_entry((8 + 8ull * n) * 512, 1, 0x05, 8 * (n + 1), 8);
	}
}

static void make_header(uint64_t block, uint64_t at, uint64_t other, uint64_t entries)
{
	memcpy(bytes + at * block, "EFI PART", 8);
	put(at * block + 8, 0x10000, 4);
	put(at * block + 12, 92, 4);
	put(at * block + 24, at, 8);
	put(at * block + 32, other, 8);
	put(at * block + 40, 4, 8);
	put(at * block + 48, SIZE / block - 4, 8);
	put(at * block + 72, entries, 8);
	put(at * block + 80, GPT_ENTRIES, 4);
	put(at * block + 84, GPT_ENTRY, 4);
}

static void make_gpt(uint64_t block)
{
	uint64_t last = SIZE / block - 1, spare = last - (block == 512 ? 2 : 1);
	unsigned int n;

	put_mbr_entry(0, 0, 0xee, 1, UINT32_MAX);
	make_header(block, 1, last, 2);
	make_header(block, last, 1, spare);
	for (n = 0; n < 3; n++) {
		uint64_t at = 2 * block + n * GPT_ENTRY;

		memset(bytes + at, 0x11 * ((int)n + 1), 32);
		put(at + 32, 5 + 8ull * n, 8);
		put(at + 40, 12 + 8ull * n, 8);
		put(at + 56, 0x0061004e, 4);
	}
	memcpy(bytes + spare * block, bytes + 2 * block, GPT_ENTRIES * GPT_ENTRY);
}

/* As whoever writes a table on purpose does. */
static void mend_sums(uint64_t block, uint64_t at)
{
	uint8_t *header = bytes + at * block;
	uint64_t entries;
	uint32_t count, each, len;

	memcpy(&len, header + 12, 4);
	memcpy(&entries, header + 72, 8);
	memcpy(&count, header + 80, 4);
	memcpy(&each, header + 84, 4);
	if (entries < SIZE / block && (uint64_t)count * each <= SIZE - entries * block)
		put(at * block + 88, crc32(0, bytes + entries * block, count * each), 4);
	put(at * block + 16, 0, 4);
	if (len <= block)
		put(at * block + 16, crc32(0, header, len), 4);
}

static void check_one(const struct partition *p)
{
	char words[160];

	FUZZ_ASSERT(p->number > 0);
	FUZZ_ASSERT((p->doubts & PARTITION_BEYOND) ||
		    (p->start <= SIZE && p->size <= SIZE - p->start));
	FUZZ_ASSERT(memchr(p->type, '\0', sizeof(p->type)));
	FUZZ_ASSERT(memchr(p->uuid, '\0', sizeof(p->uuid)));
	FUZZ_ASSERT(memchr(p->name, '\0', sizeof(p->name)));
	partition_doubts(p->doubts, words, sizeof(words));
	FUZZ_ASSERT(!p->doubts == !words[0]);
}

static void look(const struct disk *disk)
{
	static struct partitions all;
	const struct content *content;
	struct error err = { 0 };
	struct disk *volume;
	size_t i;

	FUZZ_ASSERT(partitions_read(disk, &all, &err) == 0);
	FUZZ_ASSERT(all.count <= PARTITIONS_MAX && partition_table_name(all.table));
	FUZZ_ASSERT(all.table != PARTITION_TABLE_NONE || all.count == 0);
	for (i = 0; i < all.count; i++)
		check_one(&all.list[i]);
	FUZZ_ASSERT(content_find(disk, &content, &err) == 0 && content->name);
	for (i = 0; i < 2; i++) {
		if (volume_open(&volume, disk, (unsigned int)i, &err) == 0)
			disk_destroy(volume);
		else
			FUZZ_ASSERT(err.code < 0 && err.text[0]);
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const struct disk_ops ops = { .read = read_disk };
	static const struct fuzz_region regions[] = {
		{ bytes, FIRST }, { bytes + SIZE - LAST, LAST },
	};
	struct fuzz_input in = { data, size };
	const uint8_t mode = fuzz_u8(&in);
	const unsigned int kind = mode % KINDS;
	struct disk disk = {
		.size = SIZE, .block_size = mode & 0x40 ? 4096 : DISK_SECTOR, .ops = &ops,
	};
	const uint64_t last = SIZE / disk.block_size - 1;

	memset(bytes, 0, sizeof(bytes));
	reads = 0;
	if (kind == KIND_MBR)
		make_mbr();
	else if (kind != KIND_NOTHING)
		make_gpt(disk.block_size);
	fuzz_change(&in, regions, ARRAY_SIZE(regions));
	if (mode & 0x80) {
		mend_sums(disk.block_size, 1);
		mend_sums(disk.block_size, last);
	}
	if (kind == KIND_BACKUP)
		bytes[disk.block_size] = 0;
	look(&disk);
	return 0;
}
