// SPDX-License-Identifier: GPL-2.0-or-later
/* Disks: images, parts of them, and what is refused. */
#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>

#include "disk/image.h"
#include "image.h"
#include "ktap.h"

TEST(an_image_is_its_bytes)
{
	char *path = image_create(0), text[6] = "";
	struct disk *disk;

	image_run("printf 'one two three' >%s", path);
	disk = image_open(path);
	EXPECT_U64(disk->size, 13);
	EXPECT_U64(disk->block_size, 512);
	EXPECT_INT(disk_read(disk, 8, text, 5), 0);
	EXPECT_STR(text, "three");
	EXPECT_INT(disk_read(disk, 9, text, 5), -ENXIO);
	EXPECT_INT(disk_read(disk, UINT64_MAX, text, 5), -ENXIO);
	EXPECT_INT(disk_read(disk, 13, text, 0), 0);
	disk_destroy(disk);
	free(path);
}

TEST(one_that_becomes_shorter_fails)
{
	char *path = image_create(4096), byte;
	struct disk *disk = image_open(path);

	EXPECT_INT(truncate(path, 10), 0);
	EXPECT_INT(disk_read(disk, 4000, &byte, 1), -ENXIO);
	disk_destroy(disk);
	free(path);
}

TEST(a_part_ends_where_it_ends)
{
	struct disk *whole = image_memory("0123456789", 10), *part, *smaller;
	struct error err;
	char text[4] = "";

	ASSERT(disk_slice(&part, whole, 2, 5, &err) == 0);
	EXPECT_U64(part->size, 5);
	EXPECT_INT(disk_read(part, 2, text, 3), 0);
	EXPECT_STR(text, "456");
	EXPECT_INT(disk_read(part, 3, text, 3), -ENXIO);
	ASSERT(disk_slice(&smaller, part, 4, 1, &err) == 0);
	EXPECT_INT(disk_read(smaller, 0, text, 1), 0);
	EXPECT_INT(text[0], '6');
	EXPECT_INT(disk_slice(&smaller, whole, 5, 6, &err), -ENXIO);
	EXPECT_INT(disk_slice(&smaller, whole, UINT64_MAX, 2, &err), -ENXIO);
	disk_destroy(smaller);
	disk_destroy(part);
	disk_destroy(whole);
}

static void refused(const char *path, int code, const char *why)
{
	struct error err = { 0 };
	struct disk *disk;

	EXPECT_INT(disk_open_image(&disk, path, &err), code);
	EXPECT_HAS(err.text, why);
}

TEST(what_is_no_disk)
{
	char *path = image_create(0);

	refused("/nowhere/disk", -ENOENT, "/nowhere/disk");
	refused("/dev/null", -EINVAL, "neither");
	refused("/proc", -EINVAL, "neither");
	image_run("printf '\\177ELF' >%s; truncate -s 1M %s", path, path);
	refused(path, -EINVAL, "dump of memory");
	image_needs("qemu-img");
	image_run("qemu-img create -q -f qcow2 %s 1M", path);
	refused(path, -EINVAL, "qcow");
	image_run("qemu-img create -q -f vmdk %s 1M", path);
	refused(path, -EINVAL, "VMDK");
	image_run("qemu-img create -q -f vhdx %s 1M", path);
	refused(path, -EINVAL, "VHDX");
	free(path);
}

TEST(a_block_device_tells_its_size)
{
	char *path = image_create(1 << 20), *device;
	struct disk *disk;

	device = image_loop(path, "--sector-size 4096");
	disk = image_open(device);
	image_run("losetup -d %s", device);
	EXPECT_U64(disk->size, 1 << 20);
	EXPECT_U64(disk->block_size, 4096);
	disk_destroy(disk);
	free(device);
	free(path);
}

/* From and to anywhere, and more than is read at a time. */
static void read_pieces(const char *path, const char *options)
{
	char *device = image_loop(path, options), *got;
	struct disk *disk = image_open(device);
	uint64_t size, offset, len;
	unsigned char *bytes = image_load(path, &size);
	int i;

	image_run("losetup -d %s", device);
	got = malloc(size);
	ASSERT(got);
	EXPECT_U64(disk->size, size);
	EXPECT_INT(disk_read(disk, 1, got, size - 1), 0);
	EXPECT(memcmp(got, bytes + 1, size - 1) == 0);
	for (i = 0; i < 200; i++) {
		offset = (uint64_t)random() % size;
		len = (uint64_t)random() % (i % 2 ? 9000 : size);
		len = len < size - offset ? len : size - offset;
		EXPECT_INT(disk_read(disk, offset, got, len), 0);
		EXPECT(memcmp(got, bytes + offset, len) == 0);
	}
	EXPECT_INT(disk_read(disk, size - 1, got, 2), -ENXIO);
	disk_destroy(disk);
	free(got);
	free(bytes);
	free(device);
}

TEST(a_block_device_is_read_in_any_piece)
{
	char *path = image_create(0);

	image_run("head -c 2560000 /dev/urandom >%s", path);
	read_pieces(path, "");
	image_run("truncate -s 2506752 %s", path);
	read_pieces(path, "--sector-size 4096");
	free(path);
}

/* As long as somebody has the device open, the host's cache of it stays as it is. */
TEST(a_block_device_is_read_past_the_hosts_cache)
{
	char *path = image_create(1 << 20), *device = image_loop(path, ""), text[4] = "";
	struct disk *disk = image_open(device);
	int fd = open(device, O_RDONLY);

	image_run("losetup -d %s", device);
	ASSERT(fd >= 0);
	EXPECT_INT(pread(fd, text, 3, 5000), 3);
	image_run("printf new | dd of=%s bs=1 seek=5000 conv=notrunc status=none", path);
	EXPECT_INT(pread(fd, text, 3, 5000), 3);
	EXPECT_INT(text[0], '\0');
	EXPECT_INT(disk_read(disk, 5000, text, 3), 0);
	EXPECT_STR(text, "new");
	close(fd);
	disk_destroy(disk);
	free(device);
	free(path);
}

KTAP_MAIN()
