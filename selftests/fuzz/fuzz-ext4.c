// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The reader of ext4, on small file systems of which any byte of metadata may be another, and
 * become another while it is read.
 */
#include "../ext4/visit.h"
#include "base/file.h"
#include "base/macros.h"
#include "fuzz.h"

#define BLOCK		1024u
#define BLOCKS_MAX	4096u
/* Of 400 files, each looked at in several ways; a call may read 256 MiB of a damaged one. */
#define READS_MAX	100000000u

static const char *const paths[] = { IMAGES "/ext4", IMAGES "/ext3" };

/**
 * struct image - a file system
 * @bytes: as it was made
 * @size: of them
 * @regions: what of a guest's disk may be changed
 * @count: of these
 */
static struct image {
	char *bytes;
	size_t size;
	struct fuzz_region regions[BLOCKS_MAX];
	size_t count;
} images[ARRAY_SIZE(paths)];

static uint8_t disk_bytes[BLOCK * BLOCKS_MAX];

/**
 * struct guest - a guest that writes
 * @image: what its disk was
 * @reads: how often it was read
 * @when: after so many reads it writes
 * @then: this
 */
static struct guest {
	const struct image *image;
	uint64_t reads;
	uint64_t when;
	struct fuzz_input then;
} guest;

static int read_disk(void *arg, uint64_t offset, void *buf, size_t len)
{
	FUZZ_ASSERT(offset <= guest.image->size && len <= guest.image->size - offset &&
		    ++guest.reads < READS_MAX);
	if (guest.reads == guest.when)
		fuzz_change(&guest.then, guest.image->regions, guest.image->count);
	memcpy(buf, disk_bytes + offset, len);
	return 0;
}

/* Files have one letter only, so that all else is metadata. */
static void add_regions(struct image *image)
{
	size_t at;

	for (at = 0; at < image->size; at += BLOCK)
		if (memcmp(image->bytes + at, image->bytes + at + 1, BLOCK - 1) != 0)
			image->regions[image->count++] =
				(struct fuzz_region){ disk_bytes + at, BLOCK };
}

int LLVMFuzzerInitialize(int *argc, char ***argv)
{
	size_t i;

	for (i = 0; i < ARRAY_SIZE(paths); i++) {
		FUZZ_ASSERT(file_read(paths[i], sizeof(disk_bytes), &images[i].bytes,
				      &images[i].size, NULL) == 0);
		FUZZ_ASSERT(images[i].size % BLOCK == 0);
		add_regions(&images[i]);
		FUZZ_ASSERT(images[i].count > 20);
	}
	return 0;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	static const struct disk_ops ops = { .read = read_disk };
	struct fuzz_input in = { data, len };
	const struct image *image = &images[fuzz_u8(&in) % ARRAY_SIZE(images)];
	const struct disk disk = {
		.size = image->size, .block_size = DISK_SECTOR, .ops = &ops,
	};
	struct visit all = { 0 };

	memcpy(disk_bytes, image->bytes, image->size);
	guest = (struct guest){ .image = image, .when = fuzz_u16(&in) };
	guest.then = in;
	if (guest.when) {
		in.left /= 2;
		guest.then.at += in.left;
		guest.then.left -= in.left;
	}
	fuzz_change(&in, image->regions, image->count);
	visit_all(&disk, !guest.when, &all);
	if (all.wrong)
		fprintf(stderr, "%s\n", all.wrong);
	FUZZ_ASSERT(!all.wrong);
	return 0;
}
