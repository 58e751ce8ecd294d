// SPDX-License-Identifier: GPL-2.0-or-later
/* File systems that were damaged: whatever is in them, nothing crashes, hangs or is too long. */
#include "../disk/image.h"
#include "ktap.h"
#include "random.h"
#include "tree.h"
#include "visit.h"

#define IMAGE		25165824u
#define HITS_MAX	400

/* As many rounds of each kind; DAMAGE_ROUNDS=N for more. */
static unsigned int rounds(void)
{
	const char *wanted = getenv("DAMAGE_ROUNDS");

	return wanted ? (unsigned int)atoi(wanted) : 200;
}

/** struct watched - a disk in memory of which it is noted what is read */
struct watched {
	const unsigned char *bytes;
	bool read[IMAGE / 1024];
};

static int watched_read(void *arg, uint64_t offset, void *buf, size_t len)
{
	struct watched *watched = arg;
	uint64_t block;

	for (block = offset / 1024; block * 1024 < offset + len; block++)
		watched->read[block] = true;
	memcpy(buf, watched->bytes + offset, len);
	return 0;
}

/* Blocks that a visit reads, and that are not what is in a file: damage there is felt. */
static size_t find_metadata(const unsigned char *bytes, uint32_t *blocks)
{
	static const struct disk_ops ops = { .read = watched_read };
	static struct watched watched;
	const struct disk disk = {
		.size = IMAGE, .block_size = DISK_SECTOR, .ops = &ops, .arg = &watched,
	};
	struct visit nothing = { 0 };
	size_t block, count = 0;

	watched.bytes = bytes;
	visit_all(&disk, true, &nothing);
	for (block = 0; block < IMAGE / 1024; block++) {
		const unsigned char *p = bytes + block * 1024;
		size_t i, zeros = 0;

		for (i = 0; i < 1024; i++)
			zeros += !p[i];
		/* Random contents of files have few zeros. */
		if (watched.read[block] && zeros > 100)
			blocks[count++] = (uint32_t)block;
	}
	return count;
}

static void damage(struct random *rnd, unsigned char *p)
{
	static const uint32_t odd[] = { 0, 1, 2, 0x7fffffff, 0x80000000, 0xffffffff, 0xffff };
	size_t at = random_below(rnd, 1024) & ~3u;

	switch (random_below(rnd, 4)) {
	case 0:
		p[at] ^= (unsigned char)(1 << random_below(rnd, 8));
		break;
	case 1:
		p[at + random_below(rnd, 4)] = (unsigned char)random_next(rnd);
		break;
	case 2:
		memcpy(p + at, &odd[random_below(rnd, 7)], 4);
		break;
	default:
		memcpy(p + at, p + (random_below(rnd, 1024) & ~3u), 4);
	}
}

static void damage_all(const char *options)
{
	char folder[] = "/tmp/test-ext4.XXXXXX", *path = image_create(IMAGE);
	struct visit all = { 0 };
	static uint32_t blocks[IMAGE / 1024];
	unsigned char *bytes, *broken;
	struct disk *disk;
	struct random rnd;
	unsigned int i, j;
	uint64_t size;
	size_t count;

	image_needs("mke2fs");
	image_needs("setfattr");
	image_needs("setfacl");
	ASSERT(mkdtemp(folder));
	tree_make(folder);
	image_run("mke2fs -q %s -d %s %s 2>/dev/null; rm -rf %s", options, folder, path, folder);
	bytes = image_load(path, &size);
	broken = malloc(size);
	ASSERT(broken);
	memcpy(broken, bytes, size);
	count = find_metadata(bytes, blocks);
	ASSERT(count > 20);
	random_init(&rnd, 11);
	disk = image_memory(broken, size);
	for (i = 0; i < rounds() && !ktap_failed; i++) {
		uint32_t hit[HITS_MAX];
		unsigned int hits = 1 + (unsigned int)random_below(&rnd, HITS_MAX);

		for (j = 0; j < hits; j++) {
			hit[j] = blocks[random_below(&rnd, (uint32_t)count)];
			damage(&rnd, broken + (uint64_t)hit[j] * 1024);
		}
		visit_all(disk, true, &all);
		EXPECT(!all.wrong);
		for (j = 0; j < hits; j++)
			memcpy(broken + (uint64_t)hit[j] * 1024, bytes + (uint64_t)hit[j] * 1024,
			       1024);
	}
	printf("# %u rounds: %" PRIu64 " calls went well, %" PRIu64 " failed\n", i, all.fine,
	       all.errors);
	if (all.wrong)
		printf("# %s\n", all.wrong);
	EXPECT(all.fine > i && all.errors > i / 2);
	disk_destroy(disk);
	free(broken);
	free(bytes);
	free(path);
}

TEST(extents) { damage_all("-t ext4"); }
TEST(extents_1k) { damage_all("-t ext4 -b 1024 -N 5000"); }
TEST(block_numbers) { damage_all("-t ext3 -b 1024 -N 5000"); }
TEST(inline_data) { damage_all("-t ext4 -O inline_data,^metadata_csum -I 256"); }

KTAP_MAIN()
