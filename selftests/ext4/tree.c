// SPDX-License-Identifier: GPL-2.0-or-later
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <sys/xattr.h>

#include "../disk/image.h"
#include "ktap.h"
#include "random.h"
#include "tree.h"

#define CHUNK	70001

/**
 * struct comparing - while a tree is compared
 * @ext4: the file system
 * @but: TREE_NO_... bits
 * @count: of files that were compared
 */
struct comparing {
	struct ext4 *ext4;
	unsigned int but;
	unsigned int count;
};

void tree_make(const char *folder)
{
	image_run("cd %s && umask 022 && mkdir -p a/b/c many empty && "
		  "printf hello >a/hello && : >a/nothing && head -c 60 /dev/urandom >a/tiny && "
		  "head -c 130 /dev/urandom >a/small && "
		  "head -c 3000000 /dev/urandom >a/b/big && head -c 4096 /dev/zero >a/b/zeros && "
		  "truncate -s 5G a/sparse && printf x | dd of=a/sparse bs=1 seek=4000000000 "
		  "conv=notrunc status=none && printf y | dd of=a/sparse bs=1 seek=123456 "
		  "conv=notrunc status=none && echo end >>a/sparse && "
		  "printf %%300s x >a/b/almost && truncate -s 100000 a/b/almost && echo end >>a/b/almost && "
		  "ln a/hello a/b/c/hard && ln a/hello hard2 && "
		  "ln -s hello a/short && ln -s $(printf %%01000d 7) a/long && "
		  "ln -s $(printf %%059d 7) a/l59 && ln -s $(printf %%060d 7) a/l60 && "
		  "ln -s / root && ln -s $(printf %%0100d 7) a/l100 && "
		  ": >$(printf %%0255d 9) && : >\"$(printf 'odd \\\\ name\\n\\033[2J\\377')\" && "
		  "chmod 04755 a/hello && chmod 01777 empty && chmod 0 a/nothing && "
		  "touch -d '1970-01-01 UTC' a/tiny && touch -d '2037-05-05 05:05:05' a/small && "
		  "cd many && seq -f 'a file of many, number %%g' 4000 | xargs -d '\\n' touch",
		  folder);
	image_run("cd %s && setfattr -n user.comment -v some a/small && "
		  "setfattr -n user.binary -v 0x00ff00 a/small && "
		  "setfattr -n user.long -v $(printf %%0500d 3) a/b && "
		  "setfattr -n user.empty a/b/big && "
		  "setfacl -m u:77:r,g:88:rw a/small && setfacl -d -m u:99:rwx a/b", folder);
	if (geteuid() != 0)
		return;
	image_run("cd %s && mknod char c 4 65 && mknod block b 259 300000 && mkfifo fifo && "
		  "mknod low c 1 3 && chown 70000:123456789 a/small && chown -h 5:6 a/short && "
		  "setcap cap_net_raw+ep a/b/big", folder);
}

static void compare_contents(struct comparing *c, const char *path, uint32_t number,
			     uint64_t size)
{
	static char got[CHUNK], want[CHUNK];
	int fd = open(path, O_RDONLY);
	uint64_t offset = 0;
	size_t n = 0;

	ASSERT(fd >= 0);
	/* Of one that is mostly holes, what is around them. */
	while (offset < size && !ktap_failed) {
		ssize_t m = pread(fd, want, CHUNK, (off_t)offset);

		memset(got, 0x55, CHUNK);
		EXPECT_INT(ext4_read(c->ext4, number, offset, got, CHUNK, &n), 0);
		EXPECT_INT(n, m);
		EXPECT(m > 0 && memcmp(got, want, (size_t)m) == 0);
		offset += CHUNK;
		if (size > 1ull << 30) {
			off_t data = lseek(fd, (off_t)offset, SEEK_DATA);

			offset = data < 0 ? size - 10 < offset ? size : size - 10 :
				 (uint64_t)data > offset + CHUNK ? (uint64_t)data - CHUNK / 2 :
								   offset;
		}
	}
	EXPECT_INT(ext4_read(c->ext4, number, size, got, CHUNK, &n), 0);
	EXPECT_INT(n, 0);
	close(fd);
}

static void compare_time(struct comparing *c, struct timespec got, struct timespec want)
{
	EXPECT_INT(got.tv_sec, want.tv_sec);
	if (!(c->but & TREE_NO_NANOSECONDS))
		EXPECT_INT(got.tv_nsec, want.tv_nsec);
}

static void compare_stat(struct comparing *c, const struct stat *got, const struct stat *want)
{
	EXPECT_INT(got->st_mode, want->st_mode);
	EXPECT_INT(got->st_uid, want->st_uid);
	EXPECT_INT(got->st_gid, want->st_gid);
	EXPECT_U64(got->st_nlink, want->st_nlink);
	EXPECT_U64(got->st_rdev, want->st_rdev);
	if (!S_ISDIR(want->st_mode) || !(c->but & TREE_NO_NUMBERS))
		EXPECT_U64(got->st_size, want->st_size);
	compare_time(c, got->st_mtim, want->st_mtim);
	if (!(c->but & TREE_NO_CHANGE_TIME)) {
		compare_time(c, got->st_ctim, want->st_ctim);
		compare_time(c, got->st_atim, want->st_atim);
	}
	if (!(c->but & TREE_NO_BLOCKS))
		EXPECT_U64(got->st_blocks, want->st_blocks);
	if (!(c->but & TREE_NO_NUMBERS))
		EXPECT_U64(got->st_ino, want->st_ino);
}

static size_t count_names(const char *names, size_t len)
{
	size_t i, count = 0;

	for (i = 0; i < len; i++)
		count += !names[i];
	return count;
}

static void compare_attributes(struct comparing *c, const char *path, uint32_t number)
{
	static char names[65536], value[65536];
	ssize_t want = llistxattr(path, names, sizeof(names)), n, i;
	char *list = NULL;
	size_t got = 0;

	ASSERT(want >= 0);
	EXPECT_INT(ext4_listxattr(c->ext4, number, &list, &got), 0);
	EXPECT_U64(count_names(list, got), count_names(names, (size_t)want));
	for (i = 0; i < want; i += (ssize_t)strlen(names + i) + 1) {
		void *mine = NULL;
		size_t len = 0;

		n = lgetxattr(path, names + i, value, sizeof(value));
		EXPECT_INT(ext4_getxattr(c->ext4, number, names + i, &mine, &len), 0);
		EXPECT_INT(len, n);
		EXPECT(len == (size_t)n && (len == 0 || memcmp(mine, value, len) == 0));
		if (ktap_failed)
			printf("# attribute %s\n", names + i);
		free(mine);
	}
	EXPECT_INT(ext4_getxattr(c->ext4, number, "user.none", (void **)&list, &got), -ENODATA);
	free(list);
}

static void compare_link(struct comparing *c, const char *path, uint32_t number)
{
	char want[PATH_MAX], *got = NULL;
	ssize_t n = readlink(path, want, sizeof(want) - 1);

	ASSERT(n > 0);
	want[n] = '\0';
	EXPECT_INT(ext4_readlink(c->ext4, number, &got), 0);
	EXPECT_STR(got, want);
	free(got);
}

static void compare_folder(struct comparing *c, const char *path, uint32_t number);

static void compare_file(struct comparing *c, const char *path, uint32_t number)
{
	struct stat got = { 0 }, want;

	ASSERT(lstat(path, &want) == 0);
	EXPECT_INT(ext4_stat(c->ext4, number, &got, NULL), 0);
	compare_stat(c, &got, &want);
	compare_attributes(c, path, number);
	if (S_ISREG(want.st_mode))
		compare_contents(c, path, number, (uint64_t)want.st_size);
	else if (S_ISLNK(want.st_mode))
		compare_link(c, path, number);
	else if (S_ISDIR(want.st_mode))
		compare_folder(c, path, number);
	c->count++;
	if (ktap_failed)
		printf("# it was %s\n", path);
	ASSERT(!ktap_failed);
}

static size_t count_entries(struct comparing *c, uint32_t number)
{
	struct ext4_listing *listing = NULL;
	const struct ext4_entry *entry;
	size_t i, count = 0;

	EXPECT_INT(ext4_list(c->ext4, number, &listing), 0);
	EXPECT_INT(ext4_listing_error(listing), 0);
	for (i = 0; (entry = ext4_listing_at(listing, i)); i++)
		count += number != EXT4_ROOT || strcmp(entry->name, "lost+found") != 0;
	ext4_listing_put(listing);
	return count;
}

static void compare_folder(struct comparing *c, const char *path, uint32_t number)
{
	DIR *dir = opendir(path);
	const struct dirent *entry;
	size_t count = 0;
	uint32_t found;

	ASSERT(dir);
	while ((entry = readdir(dir))) {
		char below[PATH_MAX];

		if (strcmp(entry->d_name, ".") == 0 || strcmp(entry->d_name, "..") == 0 ||
		    strcmp(entry->d_name, "lost+found") == 0)
			continue;
		count++;
		snprintf(below, sizeof(below), "%s/%s", path, entry->d_name);
		found = 0;
		EXPECT_INT(ext4_lookup(c->ext4, number, entry->d_name, &found), 0);
		compare_file(c, below, found);
	}
	closedir(dir);
	EXPECT_U64(count_entries(c, number), count);
	EXPECT_INT(ext4_lookup(c->ext4, number, "not there", &found), -ENOENT);
}

unsigned int tree_compare(struct ext4 *ext4, const char *folder, unsigned int but)
{
	struct comparing c = { .ext4 = ext4, .but = but };

	compare_folder(&c, folder, EXT4_ROOT);
	return c.count;
}
