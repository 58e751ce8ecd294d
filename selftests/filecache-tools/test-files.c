// SPDX-License-Identifier: GPL-2.0-or-later
/* Paths of files through mounts, hidden and odd ones; files put in order. */
#include "base/macros.h"
#include "filecache/file-list.h"
#include "filecache/mounts.h"
#include "ktap.h"

static struct mounts mounts;

static void parse(const char *text)
{
	char *copy = strdup(text);

	ASSERT(copy && mounts_parse(&mounts, copy) == 0);
}

static void expect(uint32_t minor, const char *path, const char *want)
{
	char *got = mounts_path(&mounts, 8, minor, path);

	if (want)
		EXPECT_STR(got, want);
	else
		EXPECT(!got);
	free(got);
}

#define ROOT "20 1 8:1 / / rw shared:1 - ext4 /dev/sda1 rw\n"

TEST(a_path_is_joined_with_its_mount)
{
	parse(ROOT "21 20 8:2 / /home rw - ext4 /dev/sda2 rw\n");
	EXPECT_U64(mounts.count, 2);
	expect(1, "/etc/passwd", "/etc/passwd");
	expect(2, "/anna/x", "/home/anna/x");
	expect(3, "/x", NULL);
	expect(1, "/", "/");
	expect(2, "/", "/home");
	mounts_exit(&mounts);
}

TEST(the_whole_file_system_comes_before_a_part_of_it)
{
	parse("19 20 8:2 /anna /srv/anna rw - ext4 /dev/sda2 rw\n" ROOT
	      "21 20 8:2 / /home rw - ext4 /dev/sda2 rw\n");
	expect(2, "/anna/x", "/home/anna/x");
	mounts_exit(&mounts);
}

TEST(where_only_a_part_is_mounted)
{
	parse(ROOT "21 20 8:2 /@home /home rw - btrfs /dev/sda2 rw\n");
	expect(2, "/@home/anna/x", "/home/anna/x");
	expect(2, "/@home", "/home");
	expect(2, "/@homeless/x", NULL);
	expect(2, "/@root/x", NULL);
	mounts_exit(&mounts);
}

TEST(a_mount_that_is_hidden_leads_nowhere)
{
	parse(ROOT "21 20 8:2 / /mnt rw - ext4 /dev/sda2 rw\n"
	      "22 21 8:3 / /mnt rw - ext4 /dev/sda3 rw\n"
	      "23 22 8:4 / /mnt/deep rw - ext4 /dev/sda4 rw\n");
	expect(2, "/x", NULL);
	expect(3, "/x", "/mnt/x");
	expect(3, "/deep/x", NULL);
	expect(4, "/x", "/mnt/deep/x");
	expect(1, "/mnt/x", NULL);
	mounts_exit(&mounts);
}

TEST(escapes_of_the_kernel_are_undone)
{
	parse(ROOT "21 20 8:2 / /a\\040b\\134c\\012 rw - ext4 /dev/sda2 rw\n");
	expect(2, "/x", "/a b\\c\n/x");
	mounts_exit(&mounts);
}

TEST(lines_that_make_no_sense_are_skipped)
{
	parse("\n21\n21 20 82 / /x rw\n21 20 8:2 /\n21 20 8:2 x /x rw\n"
	      ROOT "21 20 8:9 / /y");
	EXPECT_U64(mounts.count, 2);
	expect(1, "/x", "/x");
	expect(9, "/x", "/y/x");
	mounts_exit(&mounts);
	parse("");
	EXPECT_U64(mounts.count, 0);
	mounts_exit(&mounts);
}

static struct file_row row(uint64_t ino, uint64_t pages, uint64_t all,
			   char *path)
{
	return (struct file_row){
		.file = { .ino = ino, .pages = pages, .inode_pages = all },
		.path = path,
	};
}

TEST(files_are_put_in_order)
{
	static const struct {
		const char *name;
		uint64_t first, second, third;
	} orders[] = {
		{ "cache", 3, 1, 2 }, { "file", 1, 3, 2 }, { "share", 3, 2, 1 },
		{ "inode", 1, 2, 3 }, { "path", 2, 3, 1 },
	};
	size_t i;

	for (i = 0; i < ARRAY_SIZE(orders); i++) {
		struct file_row rows[] = {
			row(1, 20, 1000, NULL), row(2, 5, 10, "/a"),
			row(3, 100, 100, "/b"),
		};
		struct file_list list = { .rows = rows, .count = 3 };

		ASSERT(file_order_find(orders[i].name));
		file_list_sort(&list, file_order_find(orders[i].name));
		EXPECT_U64(rows[0].file.ino, orders[i].first);
		EXPECT_U64(rows[1].file.ino, orders[i].second);
		EXPECT_U64(rows[2].file.ino, orders[i].third);
	}
	EXPECT(!file_order_find("nosuch"));
}

KTAP_MAIN()
