// SPDX-License-Identifier: GPL-2.0-or-later
/* File systems of mke2fs's and of the kernel's, compared with the tree that was put there. */
#include <errno.h>

#include "../disk/image.h"
#include "ktap.h"
#include "tree.h"

#define MIB	1048576ull

static char folder[40];

static void folder_remove(void)
{
	if (folder[0])
		image_run("umount -l %s 2>/dev/null; rm -rf %s", folder, folder);
}

static void folder_make(void)
{
	strcpy(folder, "/tmp/test-ext4.XXXXXX");
	ASSERT(mkdtemp(folder));
	atexit(folder_remove);
}

static struct ext4 *open_ext4(const struct disk *disk)
{
	struct error err = { 0 };
	struct ext4 *ext4 = NULL;

	if (ext4_open(&ext4, disk, &err) < 0)
		printf("# %s\n", err.text);
	ASSERT(ext4);
	return ext4;
}

static void compare_image(const char *path, unsigned int but)
{
	struct disk *disk = image_open(path);
	struct ext4 *ext4 = open_ext4(disk);

	EXPECT(tree_compare(ext4, folder, but) > 4020);
	ext4_close(ext4);
	disk_destroy(disk);
}

static void made_by_mke2fs(const char *options)
{
	char *path = image_create(64 * MIB);

	image_needs("mke2fs");
	image_needs("setfattr");
	image_needs("setfacl");
	folder_make();
	tree_make(folder);
	image_run("mke2fs -q %s -d %s %s 2>/dev/null", options, folder, path);
	/* It takes seconds only, and makes folders of its own. */
	compare_image(path, TREE_NO_NANOSECONDS | TREE_NO_CHANGE_TIME | TREE_NO_BLOCKS |
		      TREE_NO_NUMBERS);
	free(path);
}

TEST(ext4) { made_by_mke2fs("-t ext4"); }
TEST(blocks_of_1k) { made_by_mke2fs("-t ext4 -b 1024"); }
TEST(blocks_of_2k) { made_by_mke2fs("-t ext4 -b 2048 -O ^64bit"); }
TEST(ext3) { made_by_mke2fs("-t ext3 -b 1024"); }
TEST(ext2_small_inodes) { made_by_mke2fs("-t ext2 -I 128 -O ^dir_index,^filetype"); }
TEST(inline_data) { made_by_mke2fs("-t ext4 -O inline_data -I 256"); }
TEST(no_sums) { made_by_mke2fs("-t ext4 -O ^metadata_csum,uninit_bg,bigalloc"); }

/* What only a kernel makes: trees of extents and of hashes, what is set aside. */
static void made_by_the_kernel(const char *options)
{
	char *path = image_create(512 * MIB);
	struct stat st;

	image_needs("mke2fs");
	image_needs("setfattr");
	image_needs("setfacl");
	folder_make();
	image_run("mke2fs -q %s %s", options, path);
	if (geteuid() != 0)
		SKIP("not root");
	image_run("mount -o loop %s %s 2>/dev/null || true", path, folder);
	if (stat(folder, &st) < 0 || st.st_ino != EXT4_ROOT)
		SKIP("this kernel does not mount it here");
	tree_make(folder);
	/* Files that grow in turns have extents of a block each. */
	image_run("cd %s && for i in $(seq 200); do for f in one two; do "
		  "head -c 4096 /dev/urandom >>$f; sync $f; done; done; "
		  "fallocate -l 3M aside && printf z | dd of=aside bs=1 seek=1500000 "
		  "conv=notrunc status=none; "
		  "seq -f 'one of so many, with the number %%07g' 20000 | (cd empty; xargs -d '\\n' touch); "
		  "cd empty && seq -f 'one of so many, with the number %%07g' 3 3 20000 | "
		  "xargs -d '\\n' rm", folder);
	image_run("umount %s && mount -o loop,ro %s %s", folder, path, folder);
	compare_image(path, 0);
	free(path);
}

TEST(ext4_of_the_kernel) { made_by_the_kernel("-t ext4"); }
TEST(ext4_of_the_kernel_1k) { made_by_the_kernel("-t ext4 -b 1024 -O ea_inode"); }
TEST(ext4_of_the_kernel_inline) { made_by_the_kernel("-t ext4 -O inline_data"); }
TEST(ext3_of_the_kernel) { made_by_the_kernel("-t ext3"); }

TEST(what_it_says_of_itself)
{
	char *path = image_create(16 * MIB);
	struct ext4_about about;
	struct statvfs sizes;
	struct disk *disk;
	struct ext4 *ext4;

	image_needs("mke2fs");
	image_run("mke2fs -q -t ext4 -L here -M /srv -U 01234567-89ab-cdef-0123-456789abcdef "
		  "-N 1000 %s", path);
	disk = image_open(path);
	ext4 = open_ext4(disk);
	ext4_about(ext4, &about);
	EXPECT_STR(about.label, "here");
	EXPECT_STR(about.mounted_at, "/srv");
	EXPECT_STR(about.uuid, "01234567-89ab-cdef-0123-456789abcdef");
	EXPECT(!about.recover && !about.errors);
	EXPECT_INT(ext4_statvfs(ext4, &sizes), 0);
	EXPECT_U64(sizes.f_blocks * sizes.f_frsize, 16 * MIB);
	EXPECT(sizes.f_files >= 900 && sizes.f_ffree == sizes.f_files - 11);
	EXPECT(sizes.f_bfree > 0 && sizes.f_bavail < sizes.f_bfree);
	ext4_close(ext4);
	disk_destroy(disk);
	free(path);
}

static void refused(const struct disk *disk, int code, const char *why)
{
	struct error err = { 0 };
	struct ext4 *ext4;

	EXPECT_INT(ext4_open(&ext4, disk, &err), code);
	EXPECT_HAS(err.text, why);
}

TEST(what_cannot_be_opened)
{
	char *path = image_create(16 * MIB);
	struct disk *disk, *part;
	unsigned char *bytes;
	uint64_t size;

	image_needs("mke2fs");
	disk = image_memory("", 0);
	refused(disk, -EINVAL, "no ext2");
	disk_destroy(disk);
	disk = image_open(path);
	refused(disk, -EINVAL, "no ext2");
	disk_destroy(disk);
	image_run("mke2fs -q -t ext4 %s", path);
	bytes = image_load(path, &size);
	disk = image_memory(bytes, size);
	ASSERT(disk_slice(&part, disk, 0, size / 2, NULL) == 0);
	refused(part, -EUCLEAN, "larger than");
	/* A feature that is yet to be invented. */
	bytes[1024 + 96 + 3] |= 0x40;
	refused(disk, -EOPNOTSUPP, "features");
	/* The size of blocks. */
	bytes[1024 + 24] = 50;
	refused(disk, -EUCLEAN, "impossible");
	disk_destroy(part);
	disk_destroy(disk);
	free(bytes);
	free(path);
}

/* A change is seen by the next call, also one in a folder that was listed before. */
TEST(nothing_is_kept)
{
	char *path = image_create(16 * MIB), *text = image_create(0), buf[4] = "";
	uint32_t number = 0, again = 0;
	struct ext4 *ext4;
	struct disk *disk;
	struct stat st;
	size_t n;

	image_needs("debugfs");
	image_run("mke2fs -q -t ext4 %s && printf one >%s && debugfs -w -R 'write %s f' %s "
		  "2>/dev/null", path, text, text, path);
	disk = image_open(path);
	ext4 = open_ext4(disk);
	ASSERT(ext4_lookup(ext4, EXT4_ROOT, "f", &number) == 0);
	EXPECT_INT(ext4_read(ext4, number, 0, buf, 3, &n), 0);
	EXPECT_STR(buf, "one");
	image_run("printf two >%s && debugfs -w -R 'rm f' %s 2>/dev/null && "
		  "debugfs -w -R 'symlink in_between x' %s 2>/dev/null && "
		  "debugfs -w -R 'write %s f' %s 2>/dev/null && "
		  "debugfs -w -R 'set_inode_field <2> ctime 1' %s 2>/dev/null",
		  text, path, path, text, path, path);
	ASSERT(ext4_lookup(ext4, EXT4_ROOT, "f", &again) == 0);
	EXPECT(again != number);
	EXPECT_INT(ext4_read(ext4, again, 0, buf, 3, &n), 0);
	EXPECT_STR(buf, "two");
	image_run("debugfs -w -R 'rm f' %s 2>/dev/null", path);
	EXPECT_INT(ext4_stat(ext4, again, &st, NULL), -ESTALE);
	EXPECT_INT(ext4_read(ext4, again, 0, buf, 3, &n), -ESTALE);
	ext4_close(ext4);
	disk_destroy(disk);
	free(text);
	free(path);
}

/* A journal with something in it is no reason to refuse, and is told. */
TEST(one_that_was_not_unmounted)
{
	char *path = image_create(16 * MIB);
	struct ext4_about about;
	struct disk *disk;
	struct ext4 *ext4;
	uint32_t number;

	image_needs("debugfs");
	image_run("mke2fs -q -t ext4 %s && debugfs -w -R 'feature needs_recovery' %s "
		  ">/dev/null 2>&1", path, path);
	disk = image_open(path);
	ext4 = open_ext4(disk);
	ext4_about(ext4, &about);
	EXPECT(about.recover);
	EXPECT_INT(ext4_lookup(ext4, EXT4_ROOT, "lost+found", &number), 0);
	ext4_close(ext4);
	disk_destroy(disk);
	free(path);
}

KTAP_MAIN()
