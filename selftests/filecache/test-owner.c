// SPDX-License-Identifier: GPL-2.0-or-later
/* Who owns: processes, execs, ends, numbers that come back, and who may ask. */
#include <errno.h>
#include <fcntl.h>
#include <linux/sched.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>

#include "box.h"
#include "ktap.h"
#include "reader.h"

#define FILE_A "/var/tmp/filecache-a"
#define FILE_B "/var/tmp/filecache-b"

static struct client client;

/**
 * struct found - what a dump has of one process number
 * @pid: the number
 * @count: owners of it
 * @owner: the first few of them, as in the dump
 */
struct found {
	pid_t pid;
	int count;
	struct attrs owner[8];
};

static void take_pid(const struct attrs *a, void *data)
{
	struct found *f = data;

	if ((pid_t)a->v[FILECACHE_A_OWNER_PID] == f->pid && f->count < 8)
		f->owner[f->count++] = *a;
}

static struct found find(pid_t pid)
{
	struct found f = { .pid = pid };

	ASSERT(client_dump_whole(&client, take_pid, &f, sizeof(f)) == 0);
	return f;
}

TEST(description_of_a_process)
{
	struct attrs a, parent;
	struct stat st;
	pid_t pid;

	need_module(&client);
	make_file(FILE_B, 1 * MB);
	read_file(FILE_B);
	make_file(FILE_A, 8 * MB);
	read_file("/bin/true");
	pid = reader_start(0, FILE_A, NULL);
	ASSERT(pid > 0);
	ASSERT(client_pid(&client, pid, &a) == 0);
	EXPECT_U64(a.v[FILECACHE_A_OWNER_PID], pid);
	EXPECT_U64(a.v[FILECACHE_A_OWNER_OWNERS], 1);
	EXPECT_U64(a.v[FILECACHE_A_OWNER_UID], 0);
	EXPECT_STR(a.comm, "test-owner");
	EXPECT_U64(a.v[FILECACHE_A_OWNER_FLAGS], 0);
	EXPECT(!a.has[FILECACHE_A_OWNER_EXIT]);
	EXPECT(a.v[FILECACHE_A_OWNER_FILE_PAGES] >= 8 * MB / PAGE);
	EXPECT_U64(a.v[FILECACHE_A_OWNER_SHMEM_PAGES], 0);
	EXPECT(a.v[FILECACHE_A_OWNER_BIRTH] >= a.v[FILECACHE_A_OWNER_PROCESS_START]);
	ASSERT(stat("/sys/fs/cgroup", &st) == 0);
	EXPECT(a.v[FILECACHE_A_OWNER_CGROUP_ID] > 0);
	/* We are its parent, and own pages ourselves. */
	ASSERT(client_pid(&client, getpid(), &parent) == 0);
	EXPECT_U64(a.v[FILECACHE_A_OWNER_PARENT_ID], parent.v[FILECACHE_A_OWNER_ID]);
	reader_end(pid);
}

TEST(name_is_the_current_one)
{
	struct attrs a;
	pid_t pid;

	need_module(&client);
	make_file(FILE_A, 1 * MB);
	fflush(stdout);
	pid = fork();
	if (pid == 0) {
		read_file(FILE_A);
		prctl(PR_SET_NAME, "renamed\033[31m");
		for (;;)
			pause();
	}
	EXPECT(until(client_pid(&client, pid, &a) == 0 && !strcmp(a.comm, "renamed\033[31m")));
	reader_end(pid);
	ASSERT(client_owner(&client, a.v[FILECACHE_A_OWNER_ID], &a) == 0);
	EXPECT_STR(a.comm, "renamed\033[31m");
}

TEST(dead_owner_keeps_its_pages)
{
	struct attrs live, dead;
	pid_t pid;

	need_module(&client);
	make_file(FILE_A, 8 * MB);
	bring_metadata(FILE_A);
	pid = reader_start(0, FILE_A, NULL);
	ASSERT(client_pid(&client, pid, &live) == 0);
	reader_end(pid);
	ASSERT(client_owner(&client, live.v[FILECACHE_A_OWNER_ID], &dead) == 0);
	EXPECT_U64(attrs_pages(&dead), attrs_pages(&live));
	/* All of the file but the page that was there. */
	EXPECT_U64(attrs_pages(&dead), 8 * MB / PAGE - 1);
	EXPECT(dead.v[FILECACHE_A_OWNER_FLAGS] & FILECACHE_OWNER_FLAG_DEAD);
	EXPECT(dead.v[FILECACHE_A_OWNER_EXIT] > dead.v[FILECACHE_A_OWNER_BIRTH]);
	/* And still found by its number, as nobody else has it. */
	ASSERT(client_pid(&client, pid, &dead) == 0);
	EXPECT_U64(attrs_pages(&dead), attrs_pages(&live));
	EXPECT_STR(dead.comm, "test-owner");
	unlink(FILE_A);
	EXPECT(until(client_pid(&client, pid, &dead) == -ESRCH));
}

static void with_nothing(const struct attrs *a, void *data)
{
	int *n = data;

	if ((a->v[FILECACHE_A_OWNER_FLAGS] & FILECACHE_OWNER_FLAG_DEAD) && !attrs_pages(a))
		(*n)++;
}

TEST(owners_without_pages_are_freed)
{
	static const char *const program[] = { "/bin/true", NULL };
	struct attrs a, before, after;
	pid_t pid;
	int n, i;

	need_module(&client);
	make_file(FILE_A, 4 * MB);
	bring_metadata(FILE_A);
	ASSERT(client_stats(&client, &before) == 0);
	pid = reader_start(0, FILE_A, NULL);
	ASSERT(client_pid(&client, pid, &a) == 0);
	for (i = 0; i < 20; i++) {
		run(program);
		empty_caches();
	}
	reader_end(pid);
	EXPECT(until((empty_caches(),
		      client_owner(&client, a.v[FILECACHE_A_OWNER_ID], &after) == -ENOENT)));
	EXPECT(until((n = 0, client_dump(&client, with_nothing, &n, NULL) == 0 && n < 3)));
	/* What they did is not forgotten. */
	ASSERT(client_stats(&client, &after) == 0);
	EXPECT(after.v[FILECACHE_A_STATS_ADDED] - before.v[FILECACHE_A_STATS_ADDED] >=
	       4 * MB / PAGE - 1);
	EXPECT(identity_holds(&client));
}

TEST(exec_begins_an_owner)
{
	static const char program[] = "/var/tmp/filecache-sleep";
	static const char *const copy[] = { "cp", "/bin/sleep", program, NULL };
	struct attrs sum;
	struct found f;
	pid_t pid;

	need_module(&client);
	make_file(FILE_A, 4 * MB);
	ASSERT(run(copy) == 0);
	empty_caches();
	fflush(stdout);
	pid = fork();
	if (pid == 0) {
		prctl(PR_SET_NAME, "before");
		read_file(FILE_A);
		execl(program, "filecache-sleep", "1000", NULL);
		_exit(1);
	}
	/* While it starts it still reads. */
	EXPECT(until(client_pid(&client, pid, &sum) == 0 && (f = find(pid)).count == 2 &&
		     !strcmp(sum.comm, "filecache-sleep") &&
		     attrs_pages(&sum) == attrs_pages(&f.owner[0]) + attrs_pages(&f.owner[1])));
	ASSERT(f.count == 2);
	if (f.owner[0].v[FILECACHE_A_OWNER_ID] > f.owner[1].v[FILECACHE_A_OWNER_ID]) {
		struct attrs swap = f.owner[0];

		f.owner[0] = f.owner[1];
		f.owner[1] = swap;
	}
	EXPECT_STR(f.owner[0].comm, "before");
	EXPECT_STR(f.owner[1].comm, "filecache-sleep");
	EXPECT_U64(f.owner[0].v[FILECACHE_A_OWNER_FLAGS], FILECACHE_OWNER_FLAG_EXECED);
	EXPECT_U64(f.owner[1].v[FILECACHE_A_OWNER_FLAGS], 0);
	EXPECT(attrs_pages(&f.owner[0]) >= 4 * MB / PAGE);
	/* The start of the program was read before the process became it. */
	EXPECT(attrs_pages(&f.owner[1]) > 0);
	EXPECT_U64(sum.v[FILECACHE_A_OWNER_OWNERS], 2);
	reader_end(pid);
	f = find(pid);
	ASSERT(f.count == 2);
	EXPECT(f.owner[0].v[FILECACHE_A_OWNER_FLAGS] & FILECACHE_OWNER_FLAG_DEAD);
	EXPECT(f.owner[1].v[FILECACHE_A_OWNER_FLAGS] & FILECACHE_OWNER_FLAG_DEAD);
	unlink(program);
}

static void exec_ids(int n)
{
	static const char *const shell[] = {
		"sh", "-c", "exec aide --version >/dev/null 2>&1", NULL
	};

	run(shell);
}

/* The whole of a cold exec, the part before the name changes included. */
TEST(cold_exec_by_a_shell)
{
	struct box box;

	need_module(&client);
	empty_caches();
	box_start(&box, "cold-exec", exec_ids);
	box_step(&box);
	EXPECT(box_agrees(&client, &box, 100));
	/* The box, the shell, and what it became. */
	EXPECT(box_sums(&client, &box).owners >= 2);
	box_end(&box);
	box_remove(&box);
}

TEST(a_number_that_comes_back)
{
	struct attrs first, second, a;
	pid_t pid;

	need_module(&client);
	make_file(FILE_A, 8 * MB);
	make_file(FILE_B, 2 * MB);
	pid = reader_start(0, FILE_A, NULL);
	ASSERT(client_pid(&client, pid, &first) == 0);
	reader_end(pid);
	ASSERT(reader_start(pid, FILE_B, NULL) == pid);
	ASSERT(client_pid(&client, pid, &second) == 0);
	EXPECT(second.v[FILECACHE_A_OWNER_ID] != first.v[FILECACHE_A_OWNER_ID]);
	EXPECT(attrs_pages(&second) >= 2 * MB / PAGE);
	EXPECT(attrs_pages(&second) < 3 * MB / PAGE);
	/* The first one's are still the first one's. */
	ASSERT(client_owner(&client, first.v[FILECACHE_A_OWNER_ID], &a) == 0);
	EXPECT_U64(attrs_pages(&a), attrs_pages(&first));
	EXPECT_INT(find(pid).count, 2);
	reader_end(pid);
	/* Of two dead ones, the last is meant. */
	ASSERT(client_pid(&client, pid, &a) == 0);
	EXPECT_U64(a.v[FILECACHE_A_OWNER_ID], second.v[FILECACHE_A_OWNER_ID]);
}

TEST(a_process_without_pages)
{
	struct attrs a;
	pid_t pid;

	need_module(&client);
	fflush(stdout);
	pid = fork();
	if (pid == 0)
		for (;;)
			pause();
	ASSERT(client_pid(&client, pid, &a) == 0);
	EXPECT_U64(a.v[FILECACHE_A_OWNER_OWNERS], 0);
	EXPECT_U64(a.v[FILECACHE_A_OWNER_ID], 0);
	EXPECT_U64(a.v[FILECACHE_A_OWNER_PID], pid);
	EXPECT_U64(attrs_pages(&a), 0);
	EXPECT_STR(a.comm, "test-owner");
	reader_end(pid);
	EXPECT_INT(client_pid(&client, pid, &a), -ESRCH);
	EXPECT_HAS(client.error, "no such process");
}

/* Frozen at its end, with whatever it was then. */
TEST(cgroup_and_uid_of_the_dead)
{
	struct attrs a;
	struct stat st;
	char text[16];
	pid_t pid;

	need_module(&client);
	make_file(FILE_A, 2 * MB);
	pid = reader_start(0, FILE_A, NULL);
	mkdir("/sys/fs/cgroup/moved-to", 0755);
	ASSERT(stat("/sys/fs/cgroup/moved-to", &st) == 0);
	snprintf(text, sizeof(text), "%d", pid);
	ASSERT(write_text("/sys/fs/cgroup/moved-to/cgroup.procs", text) == 0);
	ASSERT(client_pid(&client, pid, &a) == 0);
	EXPECT_U64(a.v[FILECACHE_A_OWNER_CGROUP_ID], st.st_ino);
	reader_end(pid);
	EXPECT(until(rmdir("/sys/fs/cgroup/moved-to") == 0));
	ASSERT(client_owner(&client, a.v[FILECACHE_A_OWNER_ID], &a) == 0);
	EXPECT_U64(a.v[FILECACHE_A_OWNER_CGROUP_ID], st.st_ino);
}

static void take_kthread(const struct attrs *a, void *data)
{
	bool *seen = data;

	*seen |= a->v[FILECACHE_A_OWNER_FLAGS] & FILECACHE_OWNER_FLAG_KTHREAD;
}

/* A loop device's backing file is read by a kernel thread. */
TEST(kernel_threads_are_named_as_such)
{
	static const char *const setup[] = { "losetup", "/dev/loop7", FILE_A, NULL };
	static const char *const detach[] = { "losetup", "-d", "/dev/loop7", NULL };
	static const char *const loop[] = { "modprobe", "loop", "max_loop=8", NULL };
	bool seen = false;

	need_module(&client);
	make_file(FILE_A, 4 * MB);
	if (run(loop) || run(setup))
		SKIP("no loop device");
	read_file("/dev/loop7");
	EXPECT(client_dump(&client, take_kthread, &seen, NULL) == 0);
	EXPECT(seen);
	run(detach);
}

TEST(owners_beyond_the_limit_overflow)
{
	static const char limit[] = "/sys/module/filecache/parameters/max_owners";
	struct attrs before, after, a;
	char old[16];
	pid_t pid;

	need_module(&client);
	make_file(FILE_A, 4 * MB);
	snprintf(old, sizeof(old), "%lld", (long long)read_number(limit, NULL));
	ASSERT(client_stats(&client, &before) == 0);
	ASSERT(write_text(limit, "1") == 0);
	pid = reader_start(0, FILE_A, NULL);
	ASSERT(write_text(limit, old) == 0);
	ASSERT(client_stats(&client, &after) == 0);
	EXPECT(after.v[FILECACHE_A_STATS_OVERFLOWED] -
	       before.v[FILECACHE_A_STATS_OVERFLOWED] >= 4 * MB / PAGE);
	ASSERT(client_pid(&client, pid, &a) == 0);
	EXPECT(attrs_pages(&a) < 4 * MB / PAGE);
	EXPECT(identity_holds(&client));
	reader_end(pid);
	empty_caches();
	EXPECT(identity_holds(&client));
}

KTAP_MAIN()
