// SPDX-License-Identifier: GPL-2.0-or-later
/* A tree that is made up, served to the kernel; and what the kernel knows of. */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <sys/mount.h>
#include <sys/xattr.h>
#include <sys/wait.h>

#include "fusefs/fusefs.h"
#include "fusefs/nodes.h"
#include "ktap.h"
#include "random.h"

#define ROOT		77u
#define FILE_NODE	1000u
#define LINK_NODE	1001u
#define FILES		3000u
#define TEXT		"what is in it\n"

static char folder[40];

static void folder_remove(void)
{
	umount2(folder, MNT_DETACH);
	rmdir(folder);
}

static int tree_stat(void *tree, uint64_t node, struct stat *ret)
{
	memset(ret, 0, sizeof(*ret));
	ret->st_ino = node;
	ret->st_nlink = 1;
	ret->st_mode = node == ROOT ? S_IFDIR | 0755 : node == LINK_NODE ? S_IFLNK | 0777 :
									    S_IFREG | 0444;
	if (node != ROOT)
		ret->st_size = node == LINK_NODE ? 5 : (off_t)strlen(TEXT);
	return node > FILE_NODE + FILES ? -ESTALE : 0;
}

static int tree_lookup(void *tree, uint64_t dir, const char *name, uint64_t *ret,
		       struct stat *ret_stat)
{
	unsigned int i;

	if (strcmp(name, "root") == 0)
		*ret = ROOT;
	else if (sscanf(name, "file-%u", &i) == 1 && i < FILES)
		*ret = FILE_NODE + i;
	else
		return strcmp(name, "bad") == 0 ? -EUCLEAN : -ENOENT;
	return tree_stat(tree, *ret, ret_stat);
}

/* All but the last word of it went well. */
static int tree_list(void *tree, uint64_t dir, struct fusefs_names *names)
{
	unsigned int i;
	int r = 0;

	for (i = 0; r == 0 && i < FILES; i++) {
		char name[40];

		snprintf(name, sizeof(name), "file-%u", i);
		r = fusefs_name(names, name, FILE_NODE + i, S_IFREG);
	}
	return r < 0 ? r : -EUCLEAN;
}

static int tree_read(void *tree, uint64_t node, uint64_t offset, void *buf, size_t len,
		     size_t *ret_len)
{
	size_t there = strlen(TEXT);

	if (node == FILE_NODE + 2)
		return -EIO;
	*ret_len = offset >= there ? 0 : there - offset < len ? there - offset : len;
	memcpy(buf, TEXT + (offset < there ? offset : there), *ret_len);
	return 0;
}

static int tree_readlink(void *tree, uint64_t node, char **ret)
{
	*ret = strdup("/else");
	return 0;
}

static int tree_getxattr(void *tree, uint64_t node, const char *name, void **ret,
			 size_t *ret_len)
{
	if (strcmp(name, "user.one") != 0)
		return -ENODATA;
	*ret = strdup("1");
	*ret_len = 1;
	return 0;
}

/* How many files it has been told that the kernel has forgotten, in a pipe. */
static void tree_forget(void *tree, uint64_t node)
{
	char byte = 'f';

	if (write(*(int *)tree, &byte, 1) != 1)
		abort();
}

static const struct fusefs_ops ops = {
	.root = ROOT, .lookup = tree_lookup, .stat = tree_stat, .list = tree_list,
	.read = tree_read, .readlink = tree_readlink, .getxattr = tree_getxattr,
	.forget = tree_forget,
};

static int do_mount(void)
{
	struct error err = { 0 };
	int fd;

	if (access("/dev/fuse", R_OK | W_OK) < 0)
		SKIP("no /dev/fuse");
	strcpy(folder, "/tmp/test-fusefs.XXXXXX");
	ASSERT(mkdtemp(folder));
	atexit(folder_remove);
	fd = fusefs_mount(folder, "test", "somewhere", &err);
	if (fd == -EPERM)
		SKIP("no right to mount");
	if (fd < 0)
		printf("# %s\n", err.text);
	ASSERT(fd >= 0);
	return fd;
}

/* In a process of its own. Return: its number; @ret: end of the pipe for what is forgotten. */
static pid_t serve(int fd, int *ret)
{
	struct fusefs *fusefs;
	int pipefd[2], r;
	pid_t pid;

	ASSERT(pipe(pipefd) == 0);
	fflush(stdout);
	pid = fork();
	ASSERT(pid >= 0);
	if (pid == 0) {
		r = fusefs_create(&fusefs, &ops, fd, 0, NULL);
		if (r == 0)
			r = fusefs_signals(fusefs, NULL);
		if (r == 0)
			r = fusefs_serve(fusefs, &pipefd[1], NULL);
		fusefs_destroy(fusefs);
		_exit(r < 0);
	}
	close(fd);
	close(pipefd[1]);
	*ret = pipefd[0];
	return pid;
}

static void ended(pid_t pid)
{
	int status;

	ASSERT(waitpid(pid, &status, 0) == pid);
	EXPECT_INT(status, 0);
}

static int open_in(const char *name)
{
	char path[100];

	snprintf(path, sizeof(path), "%s/%s", folder, name);
	return open(path, O_RDONLY);
}

TEST(files_are_what_the_tree_says)
{
	char path[100], buf[100] = "";
	int forgotten, fd = do_mount();
	pid_t pid = serve(fd, &forgotten);
	struct stat st;

	fd = open_in("file-7");
	ASSERT(fd >= 0);
	EXPECT_INT(read(fd, buf, sizeof(buf)), strlen(TEXT));
	EXPECT_STR(buf, TEXT);
	EXPECT_INT(fstat(fd, &st), 0);
	EXPECT_U64(st.st_ino, FILE_NODE + 7);
	close(fd);
	fd = open_in("file-2");
	EXPECT_INT(read(fd, buf, sizeof(buf)) < 0 ? -errno : 0, -EIO);
	close(fd);
	EXPECT_INT(open_in("none") < 0 ? -errno : 0, -ENOENT);
	EXPECT_INT(open_in("bad") < 0 ? -errno : 0, -EUCLEAN);
	/* A tree in which its own root is found again. */
	EXPECT_INT(open_in("root") < 0 ? -errno : 0, -ELOOP);
	snprintf(path, sizeof(path), "%s/file-1", folder);
	EXPECT_INT(readlink(path, buf, sizeof(buf)), 5);
	EXPECT_INT(lgetxattr(folder, "user.one", buf, sizeof(buf)), 1);
	EXPECT_INT(lgetxattr(folder, "user.one", NULL, 0), 1);
	EXPECT_INT(lgetxattr(folder, "user.two", buf, sizeof(buf)) < 0 ? -errno : 0, -ENODATA);
	EXPECT_INT(llistxattr(folder, buf, sizeof(buf)) < 0 ? -errno : 0, -EOPNOTSUPP);
	EXPECT_INT(fusefs_unmount(folder, "test"), 0);
	ended(pid);
}

/* All that could be read comes before the error. */
TEST(a_folder_that_is_broken_at_its_end)
{
	static bool seen[FILES];
	int forgotten, fd = do_mount();
	pid_t pid = serve(fd, &forgotten);
	const struct dirent *entry;
	unsigned int i, count = 0;
	DIR *dir = opendir(folder);

	ASSERT(dir);
	for (errno = 0; (entry = readdir(dir)); errno = 0)
		if (sscanf(entry->d_name, "file-%u", &i) == 1 && i < FILES && !seen[i]) {
			seen[i] = true;
			count++;
		}
	EXPECT_INT(errno, EUCLEAN);
	EXPECT_U64(count, FILES);
	closedir(dir);
	EXPECT_INT(kill(pid, SIGTERM), 0);
	ended(pid);
	EXPECT_INT(open_in("file-7") < 0 ? -errno : 0, -ENOTCONN);
}

/* What a server that was killed has left is mounted over. */
TEST(what_was_left_over)
{
	int forgotten, status, fd = do_mount();
	pid_t pid = serve(fd, &forgotten);
	struct error err = { 0 };

	kill(pid, SIGKILL);
	waitpid(pid, &status, 0);
	EXPECT_INT(open_in("file-7") < 0 ? -errno : 0, -ENOTCONN);
	EXPECT_INT(fusefs_mount(folder, "another", "somewhere", &err), -ENOTCONN);
	EXPECT_HAS(err.text, "unmount it");
	fd = fusefs_mount(folder, "test", "somewhere", &err);
	if (fd < 0)
		printf("# %s\n", err.text);
	ASSERT(fd >= 0);
	pid = serve(fd, &forgotten);
	fd = open_in("file-7");
	EXPECT_INT(fd < 0 ? -errno : 0, 0);
	close(fd);
	EXPECT_INT(fusefs_unmount(folder, "test"), 0);
	ended(pid);
	/* There is nothing below it. */
	EXPECT_INT(fusefs_unmount(folder, "test"), -EINVAL);
}

TEST(where_nothing_can_be_mounted)
{
	struct error err = { 0 };

	EXPECT_INT(fusefs_mount("/nowhere/at/all", "test", "x", &err), -ENOENT);
	EXPECT_INT(fusefs_mount("/dev/null", "test", "x", &err), -ENOTDIR);
}

/* Compared with a plain list, in random order. */
TEST(what_the_kernel_knows_of)
{
	static uint64_t counts[500];
	struct nodes nodes = { 0 };
	size_t i, known = 0;
	struct random rnd;
	unsigned int round;

	random_init(&rnd, 3);
	EXPECT(!nodes_put(&nodes, 5, 1));
	for (round = 0; round < 200000; round++) {
		/* Numbers that are near each other, and those that are not. */
		uint64_t k = random_below(&rnd, 500);
		uint64_t number = k % 2 ? k + 1 : (k + 1) << 40 | 12;

		if (random_below(&rnd, 2)) {
			ASSERT(nodes_get(&nodes, number) == 0);
			known += counts[k]++ == 0;
		} else {
			uint64_t n = 1 + random_below(&rnd, 3);
			bool all = counts[k] && n >= counts[k];

			ASSERT(nodes_put(&nodes, number, n) == all);
			known -= all;
			counts[k] -= n < counts[k] ? n : counts[k];
		}
		ASSERT(nodes.count == known);
	}
	for (i = 0; i < 500; i++)
		if (counts[i])
			EXPECT(nodes_put(&nodes, i % 2 ? i + 1 : (i + 1) << 40 | 12, counts[i]));
	EXPECT_U64(nodes.count, 0);
	nodes_clear(&nodes);
}

KTAP_MAIN()
