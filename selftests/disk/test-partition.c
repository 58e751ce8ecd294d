// SPDX-License-Identifier: GPL-2.0-or-later
/* Partition tables: made by the system's tools and compared with what sfdisk says; broken ones. */
#include <jansson.h>

#include "base/macros.h"
#include "disk/partition.h"
#include "image.h"
#include "ktap.h"
#include "random.h"

#define MIB		1048576ull
#define LAYOUTS		60
#define BREAKS		20000

static struct partitions all;

static void read_all(const struct disk *disk)
{
	struct error err = { 0 };

	if (partitions_read(disk, &all, &err) < 0) {
		printf("# %s\n", err.text);
		ASSERT(!"read");
	}
}

static const struct partition *by_number(unsigned int number)
{
	size_t i;

	for (i = 0; i < all.count; i++)
		if (all.list[i].number == number)
			return &all.list[i];
	return NULL;
}

static uint64_t number_of(const json_t *object, const char *key)
{
	return (uint64_t)json_integer_value(json_object_get(object, key));
}

static const char *text_of(const json_t *object, const char *key)
{
	const char *text = json_string_value(json_object_get(object, key));

	return text ? text : "";
}

static void compare_one(const json_t *want, const char *path, uint64_t sector, bool gpt)
{
	const char *end = text_of(want, "node") + strlen(path);
	const struct partition *got = by_number((unsigned int)atoi(*end == 'p' ? end + 1 : end));

	ASSERT(got);
	EXPECT_U64(got->start, number_of(want, "start") * sector);
	EXPECT_U64(got->size, number_of(want, "size") * sector);
	EXPECT_U64(got->doubts, 0);
	if (gpt) {
		EXPECT_STR(got->type, text_of(want, "type"));
		EXPECT_STR(got->uuid, text_of(want, "uuid"));
		EXPECT_STR(got->name, text_of(want, "name"));
	} else {
		EXPECT_U64(strtoul(got->type, NULL, 16), strtoul(text_of(want, "type"), NULL, 16));
	}
}

/* With what sfdisk says of it. Return: how many partitions there are. */
static size_t compare(const char *path)
{
	char *text = image_output("sfdisk --json %s", path);
	json_t *json = json_loads(text, 0, NULL);
	const json_t *table = json_object_get(json, "partitiontable");
	const json_t *list = json_object_get(table, "partitions");
	struct disk *disk = image_open(path);
	size_t i, count = json_array_size(list);
	bool gpt = strcmp(text_of(table, "label"), "gpt") == 0;

	ASSERT(table);
	read_all(disk);
	EXPECT_STR(partition_table_name(all.table), gpt ? "gpt" : count ? "mbr" : "none");
	EXPECT_U64(all.count, count);
	EXPECT_U64(all.doubts, 0);
	for (i = 0; i < count; i++)
		compare_one(json_array_get(list, i), path, number_of(table, "sectorsize"), gpt);
	disk_destroy(disk);
	json_decref(json);
	free(text);
	return count;
}

/* Lines for sfdisk: partitions one after the other, with gaps. */
static void random_gpt(struct random *rnd, FILE *script)
{
	static const char *const names[] = {
		"root", "h\xc3\xa9lice", "\xe2\x82\xac and more", "\xf0\x9f\x90\xa7",
		"a name of thirty-six characters, yes",
	};
	unsigned int i, count = (unsigned int)random_below(rnd, 40);
	uint64_t at = 2048;

	fprintf(script, "label: gpt\n");
	if (random_below(rnd, 3) == 0)
		fprintf(script, "table-length: %u\n", 64 + 8 * (unsigned int)random_below(rnd, 60));
	for (i = 0; i < count; i++) {
		uint64_t size = 1 + random_below(rnd, 6000);

		at += random_below(rnd, 3) ? 0 : random_below(rnd, 500);
		fprintf(script, "%u: start=%llu, size=%llu, name=\"%s\"\n",
			i + 1, (unsigned long long)at, (unsigned long long)size,
			names[random_below(rnd, ARRAY_SIZE(names))]);
		at += size;
	}
}

static void random_mbr(struct random *rnd, FILE *script)
{
	unsigned int i, primaries = (unsigned int)random_below(rnd, 4);
	unsigned int logicals = (unsigned int)random_below(rnd, 20);
	uint64_t at = 2048;

	fprintf(script, "label: dos\n");
	for (i = 0; i < primaries; i++) {
		uint64_t size = 1 + random_below(rnd, 9000);

		fprintf(script, "%u: start=%llu, size=%llu, type=%x\n", i + 1,
			(unsigned long long)at, (unsigned long long)size,
			random_below(rnd, 2) ? 0x83 : 0x8e);
		at += size + random_below(rnd, 100);
	}
	if (!logicals)
		return;
	fprintf(script, "4: start=%llu, size=%llu, type=5\n", (unsigned long long)at,
		(unsigned long long)(logicals * 10000));
	for (i = 0; i < logicals; i++) {
		uint64_t size = 1 + random_below(rnd, 7000);

		at += 1 + random_below(rnd, 2000);
		fprintf(script, "%u: start=%llu, size=%llu, type=83\n", 5 + i,
			(unsigned long long)at, (unsigned long long)size);
		at += size;
	}
}

static void random_layouts(void (*make)(struct random *rnd, FILE *script))
{
	char *path = image_create(256 * MIB), *script = image_create(0);
	size_t partitions = 0;
	struct random rnd;
	unsigned int i;

	image_needs("sfdisk");
	for (i = 0; i < LAYOUTS && !ktap_failed; i++) {
		FILE *file = fopen(script, "w");

		random_init(&rnd, i);
		make(&rnd, file);
		fclose(file);
		image_run("truncate -s 0 %s && truncate -s 256M %s", path, path);
		image_run("sfdisk -q --no-reread --no-tell-kernel %s <%s", path, script);
		partitions += compare(path);
	}
	printf("# %u layouts, %zu partitions\n", i, partitions);
	EXPECT(partitions > LAYOUTS);
	free(path);
	free(script);
}

TEST(gpt_is_as_sfdisk_says)
{
	random_layouts(random_gpt);
}

TEST(mbr_is_as_sfdisk_says)
{
	random_layouts(random_mbr);
}

TEST(what_parted_makes)
{
	char *path = image_create(64 * MIB);

	image_needs("parted");
	image_needs("sfdisk");
	image_run("parted -s %s mklabel gpt mkpart esp fat32 1MiB 10MiB set 1 esp on "
		  "mkpart root ext4 10MiB 63MiB 2>/dev/null", path);
	EXPECT_U64(compare(path), 2);
	image_run("parted -s %s mklabel msdos mkpart primary ext4 1MiB 10MiB "
		  "mkpart extended 10MiB 60MiB mkpart logical 11MiB 20MiB "
		  "mkpart logical 21MiB 50MiB rm 5 mkpart logical 11MiB 19MiB 2>/dev/null", path);
	EXPECT_U64(compare(path), 4);
	free(path);
}

TEST(what_sgdisk_makes)
{
	char *path = image_create(64 * MIB);

	image_needs("sgdisk");
	image_needs("sfdisk");
	image_run("sgdisk -o --resize-table=200 -n 1:0:+1M -n 150:0:+1M -c 150:far %s >/dev/null",
		  path);
	EXPECT_U64(compare(path), 2);
	EXPECT_STR(by_number(150)->name, "far");
	free(path);
}

/* A guest that was shown such blocks has a table that we find without being told. */
TEST(blocks_of_4096_bytes)
{
	char *path = image_create(64 * MIB), *device;
	struct disk *disk;

	image_needs("sfdisk");
	device = image_loop(path, "--sector-size 4096");
	image_run("printf 'label: gpt\\nsize=1000\\nsize=2000, name=\"b\"\\n' | "
		  "sfdisk -q --no-reread --no-tell-kernel %s", device);
	EXPECT_U64(compare(device), 2);
	image_run("losetup -d %s", device);
	disk = image_open(path);
	EXPECT_U64(disk->block_size, 512);
	read_all(disk);
	EXPECT_U64(all.count, 2);
	EXPECT_U64(by_number(1)->size, 1000 * 4096);
	EXPECT_STR(by_number(2)->name, "b");
	disk_destroy(disk);
	free(device);
	free(path);
}

/* A GPT of two partitions, in memory. */
static unsigned char *small_gpt(uint64_t *ret_size)
{
	char *path = image_create(4 * MIB);
	unsigned char *bytes;

	image_needs("sfdisk");
	image_run("printf 'label: gpt\\nstart=64,size=100\\nstart=200,size=50\\n' | "
		  "sfdisk -q --no-reread --no-tell-kernel %s", path);
	bytes = image_load(path, ret_size);
	free(path);
	return bytes;
}

static void read_bytes(const void *bytes, uint64_t size)
{
	struct disk *disk = image_memory(bytes, size);

	read_all(disk);
	disk_destroy(disk);
}

TEST(the_backup_is_used)
{
	uint64_t size;
	unsigned char *bytes = small_gpt(&size);

	bytes[512 + 40] ^= 1;
	read_bytes(bytes, size);
	EXPECT_U64(all.table, PARTITION_TABLE_GPT);
	EXPECT_U64(all.count, 2);
	EXPECT_U64(all.doubts, PARTITION_BACKUP);
	/* Likewise when it is the entries that are not what the header says. */
	bytes[512 + 40] ^= 1;
	bytes[1024 + 33] ^= 1;
	read_bytes(bytes, size);
	EXPECT_U64(all.doubts, PARTITION_BACKUP);
	EXPECT_U64(by_number(1)->start, 64 * 512);
	bytes[size - 512 + 40] ^= 1;
	read_bytes(bytes, size);
	EXPECT_U64(all.table, PARTITION_TABLE_MBR);
	EXPECT_U64(all.doubts, PARTITION_NO_GPT);
	free(bytes);
}

/* Without an MBR that says so, what is left of an old GPT is none. */
TEST(a_gpt_needs_its_mbr)
{
	uint64_t size;
	unsigned char *bytes = small_gpt(&size);

	bytes[510] = 0;
	read_bytes(bytes, size);
	EXPECT_U64(all.table, PARTITION_TABLE_NONE);
	free(bytes);
}

TEST(a_disk_that_is_shorter_than_its_table)
{
	uint64_t size;
	unsigned char *bytes = small_gpt(&size);

	read_bytes(bytes, 100 * 512);
	EXPECT_U64(all.count, 2);
	EXPECT_U64(by_number(1)->doubts, PARTITION_CUT);
	EXPECT_U64(by_number(1)->size, 36 * 512);
	EXPECT_U64(by_number(2)->doubts, PARTITION_BEYOND);
	EXPECT_U64(by_number(2)->size, 0);
	free(bytes);
}

static void put_entry(unsigned char *sector, unsigned int i, unsigned int type, uint32_t start,
		      uint32_t count)
{
	unsigned char *entry = sector + 446 + 16 * i;
	uint32_t words[2] = { htole32(start), htole32(count) };

	entry[4] = (unsigned char)type;
	memcpy(entry + 8, words, 8);
	sector[510] = 0x55;
	sector[511] = 0xaa;
}

TEST(overlaps_and_ends_are_told)
{
	static unsigned char bytes[100 * 512];

	put_entry(bytes, 0, 0x83, 10, 50);
	put_entry(bytes, 1, 0x83, 40, 30);
	put_entry(bytes, 2, 0x83, 90, 0xffffffff);
	put_entry(bytes, 3, 0x83, 0xffffffff, 0xffffffff);
	read_bytes(bytes, sizeof(bytes));
	EXPECT_U64(by_number(1)->doubts, PARTITION_OVERLAP);
	EXPECT_U64(by_number(2)->doubts, PARTITION_OVERLAP);
	EXPECT_U64(by_number(3)->doubts, PARTITION_CUT);
	EXPECT_U64(by_number(3)->size, 10 * 512);
	EXPECT_U64(by_number(4)->doubts, PARTITION_BEYOND);
}

TEST(a_chain_without_end)
{
	static unsigned char bytes[1000 * 512];

	put_entry(bytes, 0, 0x05, 10, 900);
	put_entry(bytes + 10 * 512, 0, 0x83, 1, 5);
	put_entry(bytes + 10 * 512, 1, 0x05, 20, 10);
	put_entry(bytes + 30 * 512, 0, 0x83, 1, 5);
	put_entry(bytes + 30 * 512, 1, 0x05, 20, 10);
	read_bytes(bytes, sizeof(bytes));
	EXPECT(all.doubts & PARTITION_MORE);
	EXPECT_U64(all.count, PARTITIONS_MAX);
	/* One that leads to what is no table ends there. */
	put_entry(bytes + 30 * 512, 1, 0x05, 50, 10);
	read_bytes(bytes, sizeof(bytes));
	EXPECT_U64(all.doubts, PARTITION_BROKEN);
	EXPECT_U64(all.count, 3);
}

TEST(no_table)
{
	static unsigned char bytes[64 * 512];

	read_bytes(bytes, sizeof(bytes));
	EXPECT_U64(all.table, PARTITION_TABLE_NONE);
	read_bytes(bytes, 0);
	read_bytes(bytes, 511);
	EXPECT_U64(all.table, PARTITION_TABLE_NONE);
	/* The boot sector of a file system. */
	memset(bytes + 446, 0x77, 64);
	bytes[510] = 0x55;
	bytes[511] = 0xaa;
	read_bytes(bytes, sizeof(bytes));
	EXPECT_U64(all.table, PARTITION_TABLE_NONE);
}

/* Whatever is listed is on the disk. */
static void all_within(uint64_t size)
{
	size_t i;

	EXPECT(all.count <= PARTITIONS_MAX);
	for (i = 0; i < all.count; i++) {
		const struct partition *partition = &all.list[i];

		EXPECT(partition->size == 0 || partition->start + partition->size <= size);
	}
}

TEST(broken_tables_do_no_harm)
{
	uint64_t size, found = 0;
	unsigned char *bytes = small_gpt(&size), *broken = malloc(size);
	struct random rnd;
	unsigned int i, j;

	random_init(&rnd, 5);
	for (i = 0; i < BREAKS && !ktap_failed; i++) {
		uint64_t end = random_below(&rnd, 4) ? size : random_below(&rnd, (uint32_t)size);

		memcpy(broken, bytes, size);
		/* A sector of the MBR's, or of extended ones', as often as one of the GPT's. */
		if (i % 2)
			for (j = 0; j < 4; j++)
				put_entry(broken, j, random_below(&rnd, 2) ? 0x05 : 0x83,
					  (uint32_t)random_below(&rnd, 8),
					  (uint32_t)random_next(&rnd));
		for (j = 0; j < 1 + random_below(&rnd, 8); j++)
			broken[random_below(&rnd, random_below(&rnd, 40) ? 20 * 512 : size)] =
				(unsigned char)random_next(&rnd);
		read_bytes(broken, end);
		all_within(end);
		found += all.count;
	}
	EXPECT(found > BREAKS);
	free(bytes);
	free(broken);
}

KTAP_MAIN()
