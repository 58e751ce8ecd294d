// SPDX-License-Identifier: GPL-2.0-or-later
/* What is in a partition, made by each one's own tool. */
#include "disk/content.h"
#include "image.h"
#include "ktap.h"

#define SIZE	(400ull << 20)

static void holds(const char *path, const char *name, bool readable)
{
	struct disk *disk = image_open(path);
	const struct content *content = NULL;

	EXPECT_INT(content_find(disk, &content, NULL), 0);
	EXPECT_STR(content->name, name);
	EXPECT_INT(content->readable, readable);
	disk_destroy(disk);
}

/* Made by a command, of which the image's path is the last argument. */
static void made_by(const char *program, const char *options, const char *name, bool readable)
{
	char *path = image_create(SIZE);

	image_needs(program);
	image_run("%s %s %s >/dev/null 2>&1", program, options, path);
	holds(path, name, readable);
	free(path);
}

TEST(ext2) { made_by("mke2fs", "-q -t ext2", "ext2", true); }
TEST(ext3) { made_by("mke2fs", "-q -t ext3", "ext3", true); }
TEST(ext4) { made_by("mke2fs", "-q -t ext4", "ext4", true); }
TEST(ext4_of_1k_blocks) { made_by("mke2fs", "-q -t ext4 -b 1024", "ext4", true); }
TEST(journal) { made_by("mke2fs", "-q -O journal_dev", "ext-journal", false); }
TEST(swap) { made_by("mkswap", "", "swap", false); }
TEST(xfs) { made_by("mkfs.xfs", "-q", "xfs", false); }
TEST(btrfs) { made_by("mkfs.btrfs", "-q", "btrfs", false); }

TEST(luks)
{
	made_by("cryptsetup",
		"luksFormat --batch-mode --pbkdf-force-iterations 4 --pbkdf-memory 32 "
		"--pbkdf argon2id --pbkdf-parallel 1 --key-file /etc/hostname", "luks", false);
}

TEST(lvm2)
{
	char *path = image_create(SIZE), *device, *lines;

	image_needs("pvcreate");
	device = image_loop(path, "");
	/* In a container without udev it complains, and does it. */
	lines = image_output("pvcreate -q --config 'devices { use_devicesfile=0 }' %s 2>&1 "
			     "| tail -n 1; losetup -d %s; head -c 1024 %s | grep -ac LABELONE || true",
			     device, device, path);
	if (!strstr(lines, "\n1\n"))
		SKIP(lines);
	holds(path, "lvm2", false);
	free(lines);
	free(device);
	free(path);
}

TEST(nothing)
{
	char *path = image_create(SIZE);

	holds(path, "empty", false);
	image_run("echo something >%s", path);
	holds(path, "unknown", false);
	free(path);
}

/* A file system that took the place of another: the newer one's signature counts. */
TEST(what_is_left_over)
{
	char *path = image_create(SIZE);

	image_needs("mke2fs");
	image_needs("mkswap");
	image_run("mkswap %s >/dev/null 2>&1; mke2fs -q -t ext4 %s", path, path);
	holds(path, "ext4", true);
	free(path);
}

KTAP_MAIN()
