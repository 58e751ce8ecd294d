// SPDX-License-Identifier: GPL-2.0-or-later
/* Eviction while file systems and owners go: whom it may not hold up, or hit. */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/wait.h>

#include "box.h"
#include "disk.h"
#include "ktap.h"
#include "reader.h"

#define FILE_A "/var/tmp/filecache-a"
#define FILE_B "/var/tmp/filecache-b"

static struct client client;

static void take_nothing(const struct attrs *a, void *data)
{
}

static void ask_for_ever(int attr, uint64_t value, bool files)
{
	struct client mine;
	struct attrs e;

	prctl(PR_SET_PDEATHSIG, SIGKILL);
	if (client_open(&mine))
		_exit(1);
	for (;;) {
		if (files)
			client_files(&mine, attr, value, take_nothing, NULL);
		else
			client_evict(&mine, attr, value, &e);
	}
}

/* Start a process that evicts, or lists, without end. */
static pid_t asker_start(int attr, uint64_t value, bool files)
{
	pid_t pid;

	fflush(stdout);
	pid = fork();
	if (pid == 0)
		ask_for_ever(attr, value, files);
	return pid;
}

/*
 * An unmount must not find inodes that are held, and when umount(2) has returned
 * nothing of the file system is left.
 */
TEST(an_unmount_is_complete)
{
	static const char dir[] = "/mnt/filecache-busy";
	pid_t evicting, listing;
	const char *why;
	char path[64];
	int i, j, fd, log, busy = 0;

	need_module(&client);
	why = disk_mount("ext4", dir);
	if (why)
		SKIP(why);
	ASSERT(disk_umount(dir));
	evicting = asker_start(FILECACHE_A_EVICT_PID, getpid(), false);
	listing = asker_start(FILECACHE_A_FILE_PID, getpid(), true);
	for (i = 0; i < 30; i++) {
		if (!until(mount("/dev/ram0", dir, "ext4", 0, NULL) == 0))
			break;
		for (j = 0; j < 30; j++) {
			snprintf(path, sizeof(path), "%s/%d", dir, j);
			close(open(path, O_CREAT | O_WRONLY | O_CLOEXEC, 0644));
			if (truncate(path, 64 * 1024) == 0)
				read_file(path);
		}
		ASSERT(disk_umount(dir));
		/* As who closes an encrypted volume needs it. */
		fd = open("/dev/ram0", O_RDWR | O_EXCL | O_CLOEXEC);
		busy += fd < 0;
		close(fd);
	}
	reader_end(evicting);
	reader_end(listing);
	EXPECT_INT(i, 30);
	EXPECT_INT(busy, 0);
	log = log_open();
	EXPECT_INT(log_count(log, "Busy inodes"), 0);
	close(log);
	EXPECT(identity_holds(&client));
}

#define ASKERS 60
#define YOUNGER 12
#define YOUNG_FILE "/var/tmp/filecache-young"
#define YOUNG_PAGES 16

static void young_read(int n, void *path)
{
	read_file(path);
}

/* A process that begins to own pages when it is told to take a step. */
static void young_start(struct stepper *young, int n)
{
	char path[64];
	int fd;

	snprintf(path, sizeof(path), YOUNG_FILE "%d", n);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	ASSERT(fd >= 0 && posix_fadvise(fd, 0, 0, POSIX_FADV_DONTNEED) == 0);
	close(fd);
	stepper_start(young, young_read, path);
}

/* Return: whether it still has what it has brought in. */
static bool young_end(struct stepper *young)
{
	struct attrs a;
	bool whole = client_pid(&client, young->pid, &a) == 0 &&
		     a.v[FILECACHE_A_OWNER_FILE_PAGES] >= YOUNG_PAGES;

	stepper_end(young);
	return whole;
}

/* It is still to be waited for. */
static bool exited(pid_t pid)
{
	siginfo_t info = {};

	return waitid(P_PID, pid, &info, WEXITED | WNOHANG | WNOWAIT) == 0 && info.si_pid;
}

/*
 * Ask for the eviction of a dead owner, whose pages go while the request waits
 * its turn; so do its number in the tags, and who begins now may get it.
 * Return: how many of those who began lost what they had brought in.
 */
static int evict_of_who_goes(void)
{
	struct stepper young[YOUNGER];
	struct attrs x, e;
	pid_t pid;
	int i, status, lost = 0;

	make_file(FILE_A, MB);
	/* What the file system reads of its own to find it is not the owner's. */
	close(open(FILE_A, O_RDONLY | O_CLOEXEC));
	for (i = 0; i < YOUNGER; i++)
		young_start(&young[i], i);
	pid = reader_start(0, FILE_A, NULL);
	ASSERT(client_pid(&client, pid, &x) == 0);
	reader_end(pid);
	fflush(stdout);
	pid = fork();
	if (pid == 0) {
		struct client mine;

		if (client_open(&mine))
			_exit(1);
		_exit(-client_evict(&mine, FILECACHE_A_EVICT_ID, x.v[FILECACHE_A_OWNER_ID],
				    &e));
	}
	/* So that it has found the owner: but if it has not, nothing is shown. */
	usleep(5000);
	unlink(FILE_A);
	/* When it has had its turn, nothing is shown either. */
	while (client_owner(&client, x.v[FILECACHE_A_OWNER_ID], &e) == 0 &&
	       !exited(pid))
		usleep(100);
	for (i = 0; i < YOUNGER; i++)
		stepper_tell(&young[i]);
	for (i = 0; i < YOUNGER; i++)
		stepper_wait(&young[i]);
	ASSERT(waitpid(pid, &status, 0) == pid);
	EXPECT(WIFEXITED(status) && (!WEXITSTATUS(status) || WEXITSTATUS(status) == ENOENT));
	for (i = 0; i < YOUNGER; i++)
		lost += !young_end(&young[i]);
	return lost;
}

/* One who waits for his turn to be evicted may be gone when it comes. */
TEST(who_begins_later_is_not_evicted)
{
	static const char reap_ms[] = "/sys/module/filecache/parameters/reap_ms";
	pid_t asker[ASKERS];
	const char *map;
	char path[64];
	int i, fd, lost = 0;

	need_module(&client);
	/* Of this process nothing goes, as often as it is asked for. */
	make_file(FILE_B, MB);
	fd = open(FILE_B, O_RDONLY | O_CLOEXEC);
	map = mmap(NULL, MB, PROT_READ, MAP_SHARED, fd, 0);
	ASSERT(map != MAP_FAILED);
	touch_pages(map, MB);
	for (i = 0; i < YOUNGER; i++) {
		snprintf(path, sizeof(path), YOUNG_FILE "%d", i);
		make_file(path, YOUNG_PAGES * PAGE);
	}
	ASSERT(write_text(reap_ms, "1") == 0);
	for (i = 0; i < ASKERS; i++)
		asker[i] = asker_start(FILECACHE_A_EVICT_PID, getpid(), false);
	for (i = 0; i < 3; i++)
		lost += evict_of_who_goes();
	EXPECT_INT(lost, 0);
	for (i = 0; i < ASKERS; i++)
		reader_end(asker[i]);
	ASSERT(write_text(reap_ms, "2000") == 0);
	for (i = 0; i < YOUNGER; i++) {
		snprintf(path, sizeof(path), YOUNG_FILE "%d", i);
		unlink(path);
	}
	unlink(FILE_B);
}

KTAP_MAIN()
