// SPDX-License-Identifier: GPL-2.0-or-later
/* Of which files an owner has pages: inode by inode, against what was done. */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <sys/wait.h>

#include "box.h"
#include "disk.h"
#include "fuse.h"
#include "ktap.h"
#include "reader.h"

#define FILE_A "/var/tmp/filecache-a"
#define FILE_B "/var/tmp/filecache-b"
#define DIR "/mnt/filecache-files"
#define SERVED DIR "/" FUSE_FILE
#define NOBODY 65534

static struct client client;

/**
 * struct list - a list of files, and one that is looked for in it
 * @ino: of the file that is looked for
 * @dev: and its file system
 * @found: it
 * @files: how many there are in the list
 * @pages: all of them together
 * @blockdev: those of block devices
 * @found_times: how many times it is there
 * @truncated: not all is in the list
 */
struct list {
	uint64_t ino;
	dev_t dev;
	struct attrs found;
	unsigned int files;
	uint64_t pages;
	uint64_t blockdev;
	unsigned int found_times;
	bool truncated;
};

static void take_file(const struct attrs *a, void *data)
{
	struct list *l = data;

	l->truncated |= a->has[FILECACHE_A_FILE_TRUNCATED];
	if (!a->v[FILECACHE_A_FILE_PAGES])
		return;
	l->files++;
	l->pages += a->v[FILECACHE_A_FILE_PAGES];
	if (a->v[FILECACHE_A_FILE_KIND] == FILECACHE_KIND_BLOCKDEV)
		l->blockdev += a->v[FILECACHE_A_FILE_PAGES];
	if (a->v[FILECACHE_A_FILE_INO] != l->ino ||
	    makedev(a->v[FILECACHE_A_FILE_DEV_MAJOR],
		    a->v[FILECACHE_A_FILE_DEV_MINOR]) != l->dev)
		return;
	l->found = *a;
	l->found_times++;
}

/* A device that is looked for by its own number. */
static void take_device(const struct attrs *a, void *data)
{
	struct list *l = data;

	if (a->v[FILECACHE_A_FILE_KIND] != FILECACHE_KIND_BLOCKDEV ||
	    makedev(a->v[FILECACHE_A_FILE_DEV_MAJOR],
		    a->v[FILECACHE_A_FILE_DEV_MINOR]) != l->dev)
		return;
	l->found = *a;
	l->found_times++;
}

static struct list list_for(const char *path)
{
	struct stat st;

	ASSERT(stat(path, &st) == 0);
	return (struct list){ .ino = st.st_ino, .dev = st.st_dev };
}

TEST(files_of_a_process)
{
	struct list a, b;
	struct attrs sum;
	pid_t pid;

	need_module(&client);
	make_file(FILE_A, 4 * MB);
	make_file(FILE_B, 2 * MB);
	a = list_for(FILE_A);
	b = list_for(FILE_B);
	pid = reader_start(0, FILE_A, FILE_B);
	ASSERT(client_files(&client, FILECACHE_A_FILE_PID, pid, take_file, &a) == 0);
	ASSERT(client_files(&client, FILECACHE_A_FILE_PID, pid, take_file, &b) == 0);
	ASSERT(client_pid(&client, pid, &sum) == 0);
	EXPECT_INT(a.found_times, 1);
	EXPECT_INT(b.found_times, 1);
	EXPECT_U64(a.found.v[FILECACHE_A_FILE_PAGES], 4 * MB / PAGE);
	EXPECT_U64(a.found.v[FILECACHE_A_FILE_INODE_PAGES], 4 * MB / PAGE);
	EXPECT_U64(b.found.v[FILECACHE_A_FILE_PAGES], 2 * MB / PAGE);
	EXPECT_U64(a.found.v[FILECACHE_A_FILE_KIND], FILECACHE_KIND_FILE);
	EXPECT_U64(a.found.v[FILECACHE_A_FILE_FLAGS], 0);
	EXPECT_STR(a.found.path, FILE_A);
	EXPECT_STR(b.found.path, FILE_B);
	EXPECT(!a.found.has[FILECACHE_A_FILE_TRUNCATED]);
	/* Nothing is left out: the list is the sum. */
	EXPECT_U64(a.pages, attrs_pages(&sum));
	EXPECT_U64(a.blockdev, sum.v[FILECACHE_A_OWNER_BLOCKDEV_PAGES]);
	/* The same by the owner's id. */
	a = list_for(FILE_A);
	ASSERT(client_files(&client, FILECACHE_A_FILE_OWNER_ID,
			    sum.v[FILECACHE_A_OWNER_ID], take_file, &a) == 0);
	EXPECT_U64(a.pages, attrs_pages(&sum));
	EXPECT_U64(a.found.v[FILECACHE_A_FILE_PAGES], 4 * MB / PAGE);
	reader_end(pid);
	/* And by the number that it had. */
	a = list_for(FILE_A);
	ASSERT(client_files(&client, FILECACHE_A_FILE_PID, pid, take_file, &a) == 0);
	EXPECT_U64(a.found.v[FILECACHE_A_FILE_PAGES], 4 * MB / PAGE);
	unlink(FILE_A);
	unlink(FILE_B);
}

/* A file that two have read: each has the pages that he brought in. */
TEST(a_file_of_two_owners)
{
	static char page[PAGE];
	struct list first, second;
	pid_t a, b;
	int i, fd;

	need_module(&client);
	make_file(FILE_A, 4 * MB);
	fd = open(FILE_A, O_RDONLY | O_CLOEXEC);
	ASSERT(fd >= 0);
	posix_fadvise(fd, 0, 0, POSIX_FADV_RANDOM);
	fflush(stdout);
	a = fork();
	if (a == 0) {
		for (i = 0; i < 100; i++)
			if (pread(fd, page, PAGE, i * PAGE) != PAGE)
				_exit(1);
		for (;;)
			pause();
	}
	EXPECT(until((first = list_for(FILE_A),
		      client_files(&client, FILECACHE_A_FILE_PID, a, take_file, &first) == 0 &&
		      first.found.v[FILECACHE_A_FILE_PAGES] == 100)));
	b = reader_start(0, FILE_A, NULL);
	first = list_for(FILE_A);
	second = list_for(FILE_A);
	ASSERT(client_files(&client, FILECACHE_A_FILE_PID, a, take_file, &first) == 0);
	ASSERT(client_files(&client, FILECACHE_A_FILE_PID, b, take_file, &second) == 0);
	EXPECT_U64(first.found.v[FILECACHE_A_FILE_PAGES], 100);
	EXPECT_U64(second.found.v[FILECACHE_A_FILE_PAGES], 4 * MB / PAGE - 100);
	EXPECT_U64(first.found.v[FILECACHE_A_FILE_INODE_PAGES], 4 * MB / PAGE);
	reader_end(a);
	reader_end(b);
	close(fd);
	unlink(FILE_A);
}

TEST(a_file_that_has_no_name_any_more)
{
	struct list a;
	pid_t pid;
	int fd;

	need_module(&client);
	make_file(FILE_A, 2 * MB);
	a = list_for(FILE_A);
	fd = open(FILE_A, O_RDONLY | O_CLOEXEC);
	ASSERT(fd >= 0);
	pid = reader_start(0, FILE_A, NULL);
	unlink(FILE_A);
	ASSERT(client_files(&client, FILECACHE_A_FILE_PID, pid, take_file, &a) == 0);
	EXPECT_U64(a.found.v[FILECACHE_A_FILE_PAGES], 2 * MB / PAGE);
	EXPECT_U64(a.found.v[FILECACHE_A_FILE_FLAGS], FILECACHE_FILE_FLAG_UNLINKED);
	EXPECT(!a.found.has[FILECACHE_A_FILE_PATH]);
	reader_end(pid);
	close(fd);
}

TEST(a_block_device)
{
	static const char device[] = "/dev/ram0";
	struct list a = {};
	struct stat st;
	const char *why;
	pid_t pid;
	int fd;

	need_module(&client);
	why = disk_mount("ext4", DIR);
	if (why)
		SKIP(why);
	ASSERT(disk_umount(DIR));
	ASSERT(stat(device, &st) == 0);
	a.dev = st.st_rdev;
	empty_caches();
	/* The last one who closes it empties its cache. */
	fd = open(device, O_RDONLY | O_CLOEXEC);
	ASSERT(fd >= 0);
	pid = reader_start(0, device, NULL);
	ASSERT(client_files(&client, FILECACHE_A_FILE_PID, pid, take_device, &a) == 0);
	EXPECT_INT(a.found_times, 1);
	EXPECT(a.found.v[FILECACHE_A_FILE_PAGES] >= 4 * MB / PAGE);
	EXPECT_U64(a.found.v[FILECACHE_A_FILE_INODE_PAGES],
		   a.found.v[FILECACHE_A_FILE_PAGES]);
	EXPECT(!a.found.has[FILECACHE_A_FILE_PATH]);
	reader_end(pid);
	close(fd);
}

/* A list that nobody reads to its end holds nothing: no file, no mount. */
TEST(an_abandoned_list_keeps_nobody_from_unmounting)
{
	char buf[MNL_SOCKET_BUFFER_SIZE], path[64], reply[32768];
	struct client other;
	struct nlmsghdr *nlh;
	const char *why;
	int i, fd;
	pid_t pid;

	need_module(&client);
	why = disk_mount("ext4", DIR);
	if (why)
		SKIP(why);
	fflush(stdout);
	pid = fork();
	if (pid == 0) {
		for (i = 0; i < 1000; i++) {
			snprintf(path, sizeof(path), DIR "/%d", i);
			fd = open(path, O_CREAT | O_WRONLY | O_CLOEXEC, 0600);
			if (fd < 0 || write(fd, "x", 1) != 1)
				_exit(1);
			close(fd);
		}
		_exit(0);
	}
	ASSERT(waitpid(pid, NULL, 0) == pid);
	ASSERT(client_open(&other) == 0);
	nlh = client_request(&other, buf, FILECACHE_CMD_FILES_GET, NLM_F_DUMP);
	mnl_attr_put_u32(nlh, FILECACHE_A_FILE_PID, pid);
	ASSERT(mnl_socket_sendto(other.nl, nlh, nlh->nlmsg_len) > 0);
	ASSERT(mnl_socket_recvfrom(other.nl, reply, sizeof(reply)) > 0);
	EXPECT(umount(DIR) == 0);
	/* Its device is free again: nothing of the file system is left. */
	fd = open("/dev/ram0", O_RDWR | O_EXCL | O_CLOEXEC);
	EXPECT(fd >= 0);
	close(fd);
	client_close(&other);
}

/**
 * struct slow - who reads a file of which the server may be stopped
 * @from: where
 * @first: how many bytes first; 1 MB after them then
 * @fd: the file, not read a page more of than is asked for
 */
struct slow {
	off_t from;
	size_t first;
	int fd;
};

static void slow_read(int n, void *data)
{
	static char bytes[MB];
	struct slow *slow = data;
	const off_t from = slow->from + (n ? slow->first : 0);
	const size_t size = n ? MB : slow->first;

	if (n == 0) {
		slow->fd = open(SERVED, O_RDONLY | O_CLOEXEC);
		posix_fadvise(slow->fd, 0, 0, POSIX_FADV_RANDOM);
	}
	if (pread(slow->fd, bytes, size, from) != (ssize_t)size)
		_exit(1);
}

static void slow_start(struct stepper *s, off_t from, size_t first)
{
	struct slow slow = { .from = from, .first = first };

	stepper_start(s, slow_read, &slow);
	stepper_step(s);
}

static bool stop(pid_t pid)
{
	int status;

	return kill(pid, SIGSTOP) == 0 && waitpid(pid, &status, WUNTRACED) == pid &&
	       WIFSTOPPED(status);
}

/* Pages that are being read, which are locked, are its as well. */
static bool has_more(pid_t pid, uint64_t pages)
{
	struct attrs sum;

	return client_pid(&client, pid, &sum) == 0 && attrs_pages(&sum) > pages;
}

static bool list_is_whole(const char *path, pid_t pid, uint64_t pages)
{
	struct list l = list_for(path);

	return client_files(&client, FILECACHE_A_FILE_PID, pid, take_file, &l) == 0 &&
	       !l.truncated && l.found.v[FILECACHE_A_FILE_PAGES] == pages;
}

/* Pages that are being read from a server that has stopped stay locked for ever. */
TEST(a_list_does_not_wait_for_a_server_that_has_stopped)
{
	struct stepper some, none;
	struct list a, b;
	const char *why;
	pid_t server;

	need_module(&client);
	why = fuse_start(DIR, 8 * MB, false, &server);
	if (why)
		SKIP(why);
	a = list_for(SERVED);
	b = a;
	slow_start(&some, 0, MB);
	slow_start(&none, 4 * MB, 0);
	ASSERT(stop(server));
	stepper_tell(&some);
	stepper_tell(&none);
	EXPECT(until(has_more(some.pid, MB / PAGE)));
	EXPECT(until(has_more(none.pid, 0)));
	EXPECT_INT(client_files(&client, FILECACHE_A_FILE_PID, some.pid, take_file, &a), 0);
	EXPECT(a.truncated);
	EXPECT_U64(a.found.v[FILECACHE_A_FILE_PAGES], MB / PAGE);
	/* Nothing can be listed: that is said all the same. */
	EXPECT_INT(client_files(&client, FILECACHE_A_FILE_PID, none.pid, take_file, &b), 0);
	EXPECT(b.truncated);
	EXPECT_INT(b.files, 0);
	EXPECT(kill(server, SIGCONT) == 0);
	stepper_wait(&some);
	stepper_wait(&none);
	EXPECT(list_is_whole(SERVED, some.pid, 2 * MB / PAGE));
	EXPECT(list_is_whole(SERVED, none.pid, MB / PAGE));
	stepper_end(&some);
	stepper_end(&none);
	EXPECT(fuse_stop(DIR, server));
}

/* Nor does insmod, which could not count such a page: it fails and says of what. */
TEST(a_load_does_not_wait_for_a_server_that_has_stopped)
{
	static const char *const load[] = { "modprobe", "filecache", NULL };
	static const char *const unload[] = { "rmmod", "filecache", NULL };
	struct stepper slow;
	char wanted[100];
	const char *why;
	struct stat st;
	pid_t server;
	int log;

	need_module(&client);
	why = fuse_start(DIR, 8 * MB, false, &server);
	if (why)
		SKIP(why);
	log = log_open();
	ASSERT(lseek(log, 0, SEEK_END) == 0);
	ASSERT(stat(SERVED, &st) == 0);
	slow_start(&slow, 0, 0);
	ASSERT(stop(server));
	stepper_tell(&slow);
	EXPECT(until(has_more(slow.pid, 0)));
	client_close(&client);
	ASSERT(until(run(unload) == 0));
	EXPECT_INT(run(load), 1);
	snprintf(wanted, sizeof(wanted), "inode %llu of device %u:%u",
		 (unsigned long long)st.st_ino, major(st.st_dev), minor(st.st_dev));
	EXPECT(log_count(log, wanted) > 0);
	close(log);
	EXPECT(kill(server, SIGCONT) == 0);
	stepper_wait(&slow);
	EXPECT_INT(run(load), 0);
	need_module(&client);
	EXPECT(identity_holds(&client));
	stepper_end(&slow);
	EXPECT(fuse_stop(DIR, server));
}

static void ask_in_vain(void)
{
	struct list l = {};

	EXPECT_INT(client_files(&client, FILECACHE_A_FILE_PID, getpid(), take_file, &l),
		   -EPERM);
}

TEST(who_may_not_ask)
{
	struct list l = {};
	int status;
	pid_t pid;

	need_module(&client);
	fflush(stdout);
	pid = fork();
	if (pid == 0) {
		if (setgid(NOBODY) || setuid(NOBODY))
			_exit(1);
		ask_in_vain();
		client_close(&client);
		if (client_open(&client))
			_exit(1);
		ask_in_vain();
		fflush(stdout);
		_exit(ktap_failed);
	}
	ASSERT(waitpid(pid, &status, 0) == pid);
	EXPECT_INT(status, 0);
	EXPECT_INT(client_files(&client, FILECACHE_A_FILE_OWNER_ID, 1UL << 60, take_file, &l),
		   -ENOENT);
	EXPECT_INT(client_files(&client, FILECACHE_A_FILE_PID, 0x7fffffff, take_file, &l),
		   -ESRCH);
}

KTAP_MAIN()
