// SPDX-License-Identifier: GPL-2.0-or-later
/* Announcements: ends of owners, thresholds; to whom, how many, and when no more. */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>

#include "box.h"
#include "ktap.h"

#define FILE_A "/var/tmp/filecache-a"
#define FILE_B "/var/tmp/filecache-b"
#define COUNTS "/sys/kernel/filecache/"
#define NOBODY 65534

static struct client client;
static struct client listener;

static void listen_to(const char *group)
{
	need_module(&client);
	ASSERT(client_open(&listener) == 0);
	ASSERT(client_join(&listener, group) == 0);
}

static bool is_pid(const struct attrs *a, void *data)
{
	const pid_t *pid = data;

	return a->v[FILECACHE_A_OWNER_PID] == (uint64_t)*pid;
}

static bool is_threshold(const struct attrs *a, void *data)
{
	const uint32_t *id = data;

	return a->v[FILECACHE_A_THRESHOLD_ID] == *id;
}

static pid_t reader_that_exits(const char *path)
{
	pid_t pid;

	fflush(stdout);
	pid = fork();
	if (pid == 0) {
		prctl(PR_SET_NAME, "leaver");
		read_file(path);
		_exit(0);
	}
	waitpid(pid, NULL, 0);
	return pid;
}

TEST(an_exit_is_announced)
{
	struct attrs told, a;
	pid_t pid;

	listen_to(FILECACHE_MCGRP_EXIT);
	make_file(FILE_A, 4 * MB);
	pid = reader_that_exits(FILE_A);
	ASSERT(client_wait(&listener, FILECACHE_CMD_OWNER_EXIT_NTF, is_pid, &pid,
			   &told) == 0);
	EXPECT_STR(told.comm, "leaver");
	EXPECT(told.v[FILECACHE_A_OWNER_FLAGS] & FILECACHE_OWNER_FLAG_DEAD);
	EXPECT(told.v[FILECACHE_A_OWNER_EXIT] > told.v[FILECACHE_A_OWNER_BIRTH]);
	EXPECT(told.v[FILECACHE_A_OWNER_FILE_PAGES] >= 4 * MB / PAGE);
	ASSERT(client_owner(&client, told.v[FILECACHE_A_OWNER_ID], &a) == 0);
	EXPECT_U64(attrs_pages(&told), attrs_pages(&a));
	EXPECT_U64(told.v[FILECACHE_A_OWNER_CGROUP_ID], a.v[FILECACHE_A_OWNER_CGROUP_ID]);
	unlink(FILE_A);
}

/* All of them, in their order, also when they come together. */
TEST(many_exits_are_announced)
{
	int size = 8 << 20, i;
	pid_t pid[200];
	struct attrs told;
	char path[64];

	listen_to(FILECACHE_MCGRP_EXIT);
	ASSERT(mnl_socket_setsockopt(client.nl, NETLINK_NO_ENOBUFS, &(int){ 0 },
				     sizeof(int)) == 0);
	ASSERT(setsockopt(mnl_socket_get_fd(listener.nl), SOL_SOCKET, SO_RCVBUFFORCE,
			  &size, sizeof(size)) == 0);
	for (i = 0; i < 200; i++) {
		snprintf(path, sizeof(path), FILE_A "%d", i);
		fflush(stdout);
		pid[i] = fork();
		if (pid[i] == 0) {
			int fd = open(path, O_CREAT | O_WRONLY | O_CLOEXEC, 0600);

			_exit(write(fd, "x", 1) != 1);
		}
		ASSERT(waitpid(pid[i], NULL, 0) == pid[i]);
	}
	for (i = 0; i < 200; i++) {
		ASSERT(client_wait(&listener, FILECACHE_CMD_OWNER_EXIT_NTF, is_pid,
				   &pid[i], &told) == 0);
		snprintf(path, sizeof(path), FILE_A "%d", i);
		unlink(path);
	}
	EXPECT_INT(read_number(COUNTS "notify_lost", NULL), 0);
}

/* Who reads too slowly is told that something is missing, and nobody waits. */
TEST(a_listener_who_sleeps)
{
	int size = 1, i, err = 0;
	struct attrs told;
	char path[64];
	pid_t pid;

	listen_to(FILECACHE_MCGRP_EXIT);
	ASSERT(setsockopt(mnl_socket_get_fd(listener.nl), SOL_SOCKET, SO_RCVBUF, &size,
			  sizeof(size)) == 0);
	for (i = 0; i < 50; i++) {
		snprintf(path, sizeof(path), FILE_A "%d", i);
		pid = fork();
		if (pid == 0) {
			int fd = open(path, O_CREAT | O_WRONLY | O_CLOEXEC, 0600);

			_exit(write(fd, "x", 1) != 1);
		}
		ASSERT(waitpid(pid, NULL, 0) == pid);
		unlink(path);
	}
	for (i = 0; i < 60 && err != -ENOBUFS; i++) {
		pid = -1;
		err = client_wait(&listener, FILECACHE_CMD_OWNER_EXIT_NTF, NULL, NULL, &told);
	}
	EXPECT_INT(err, -ENOBUFS);
}

static int join_as(int (*become)(void))
{
	struct client other;
	int status;
	pid_t pid;

	fflush(stdout);
	pid = fork();
	if (pid == 0) {
		if (become() || client_open(&other))
			_exit(100);
		_exit(client_join(&other, FILECACHE_MCGRP_EXIT) == -EPERM &&
		      client_join(&other, FILECACHE_MCGRP_THRESHOLD) == -EPERM ? 0 : 1);
	}
	waitpid(pid, &status, 0);
	return WIFEXITED(status) ? WEXITSTATUS(status) : 101;
}

static int become_nobody(void)
{
	return setgid(NOBODY) || setuid(NOBODY);
}

/* Root of a user namespace in the initial network namespace. */
static int become_root_of_less(void)
{
	return become_nobody() || unshare(CLONE_NEWUSER);
}

TEST(groups_are_the_administrators)
{
	need_module(&client);
	EXPECT_INT(join_as(become_nobody), 0);
	write_text("/proc/sys/kernel/unprivileged_userns_clone", "1");
	EXPECT_INT(join_as(become_root_of_less), 0);
}

/* Whose network namespace is its own may join there, and hears nothing. */
TEST(nothing_is_heard_in_another_network_namespace)
{
	struct client other;
	struct attrs told;
	pid_t child, pid;
	int status, go[2], ready[2];
	char byte;

	listen_to(FILECACHE_MCGRP_EXIT);
	make_file(FILE_A, MB);
	ASSERT(pipe2(go, O_CLOEXEC) == 0 && pipe2(ready, O_CLOEXEC) == 0);
	fflush(stdout);
	child = fork();
	if (child == 0) {
		if (unshare(CLONE_NEWNET) || client_open(&other) ||
		    client_join(&other, FILECACHE_MCGRP_EXIT) ||
		    client_threshold(&other, FILECACHE_A_THRESHOLD_OWNER_ID, 1, 1, 0,
				     &told) != -EOPNOTSUPP ||
		    write(ready[1], "", 1) != 1 || read(go[0], &byte, 1) != 1)
			_exit(1);
		/* What was to come would be here by now: others have got it. */
		status = recv(mnl_socket_get_fd(other.nl), &byte, 1, MSG_DONTWAIT);
		_exit(status != -1 || errno != EAGAIN);
	}
	ASSERT(read(ready[0], &byte, 1) == 1);
	pid = reader_that_exits(FILE_A);
	EXPECT(client_wait(&listener, FILECACHE_CMD_OWNER_EXIT_NTF, is_pid, &pid,
			   &told) == 0);
	ASSERT(write(go[1], "", 1) == 1);
	ASSERT(waitpid(child, &status, 0) == child);
	EXPECT_INT(status, 0);
	unlink(FILE_A);
}

static void read_a(int n)
{
	read_file(n ? FILE_B : FILE_A);
}

static void crossed(uint32_t id, uint64_t state, struct attrs *ret)
{
	EXPECT_INT(client_wait(&listener, FILECACHE_CMD_THRESHOLD_NTF, is_threshold, &id,
			       ret), 0);
	EXPECT_U64(ret->v[FILECACHE_A_THRESHOLD_STATE], state);
}

/* Both at once: of the cgroup, and of its only owner. */
TEST(thresholds_are_announced)
{
	uint32_t by_cgroup, by_owner;
	struct attrs set, told, a;
	struct box box;

	listen_to(FILECACHE_MCGRP_THRESHOLD);
	make_file(FILE_A, MB);
	make_file(FILE_B, 8 * MB);
	box_start(&box, "notify-threshold", read_a);
	box_step(&box);
	ASSERT(client_pid(&client, box.process.pid, &a) == 0);
	ASSERT(client_threshold(&client, FILECACHE_A_THRESHOLD_CGROUP_ID, box.cgroup_id,
				4 * MB / PAGE, MB / PAGE, &set) == 0);
	by_cgroup = set.v[FILECACHE_A_THRESHOLD_ID];
	EXPECT_U64(set.v[FILECACHE_A_THRESHOLD_STATE], 0);
	EXPECT(set.v[FILECACHE_A_THRESHOLD_NOW] >= MB / PAGE);
	EXPECT(set.v[FILECACHE_A_THRESHOLD_NOW] < 4 * MB / PAGE);
	ASSERT(client_threshold(&client, FILECACHE_A_THRESHOLD_OWNER_ID,
				a.v[FILECACHE_A_OWNER_ID], 4 * MB / PAGE, 0, &set) == 0);
	by_owner = set.v[FILECACHE_A_THRESHOLD_ID];
	EXPECT(by_owner != by_cgroup);
	EXPECT_INT(read_number(COUNTS "thresholds", NULL), 2);

	box_step(&box);
	crossed(by_cgroup, 1, &told);
	EXPECT_U64(told.v[FILECACHE_A_THRESHOLD_CGROUP_ID], box.cgroup_id);
	EXPECT_U64(told.v[FILECACHE_A_THRESHOLD_PAGES], 4 * MB / PAGE);
	EXPECT_U64(told.v[FILECACHE_A_THRESHOLD_HYSTERESIS], MB / PAGE);
	EXPECT(told.v[FILECACHE_A_THRESHOLD_NOW] >= 4 * MB / PAGE);
	EXPECT(!told.has[FILECACHE_A_THRESHOLD_OWNER_ID]);
	/* By default a sixteenth. */
	EXPECT(until((box_sums(&client, &box).pages >= 8 * MB / PAGE)));
	empty_caches();
	crossed(by_cgroup, 0, &told);
	EXPECT(told.v[FILECACHE_A_THRESHOLD_NOW] <= 3 * MB / PAGE);
	box_end(&box);
	EXPECT_INT(client_threshold_del(&client, by_cgroup), 0);
	EXPECT_INT(client_threshold_del(&client, by_cgroup), -ENOENT);
	EXPECT_INT(client_threshold_del(&client, by_owner), 0);
	EXPECT_INT(read_number(COUNTS "thresholds", NULL), 0);
	box_remove(&box);
}

TEST(a_threshold_for_an_owner)
{
	struct attrs set, told, a;
	struct box box;
	uint32_t id;

	listen_to(FILECACHE_MCGRP_THRESHOLD);
	make_file(FILE_A, MB);
	make_file(FILE_B, 8 * MB);
	bring_metadata(FILE_A);
	bring_metadata(FILE_B);
	box_start(&box, "notify-owner", read_a);
	box_step(&box);
	ASSERT(client_pid(&client, box.process.pid, &a) == 0);
	ASSERT(client_threshold(&client, FILECACHE_A_THRESHOLD_OWNER_ID,
				a.v[FILECACHE_A_OWNER_ID], 4 * MB / PAGE, 0, &set) == 0);
	id = set.v[FILECACHE_A_THRESHOLD_ID];
	box_step(&box);
	crossed(id, 1, &told);
	EXPECT_U64(told.v[FILECACHE_A_THRESHOLD_OWNER_ID], a.v[FILECACHE_A_OWNER_ID]);
	EXPECT_U64(told.v[FILECACHE_A_THRESHOLD_HYSTERESIS], 4 * MB / PAGE / 16);
	/* Its end does not lift it, the loss of its pages does. */
	box_end(&box);
	empty_caches();
	crossed(id, 0, &told);
	/* Not even when it is freed. */
	EXPECT(until((empty_caches(), client_owner(&client, a.v[FILECACHE_A_OWNER_ID],
						   &told) == -ENOENT)));
	EXPECT_INT(client_threshold_del(&client, id), 0);
	/* Already above: said at once, and not announced. */
	EXPECT_INT(client_threshold(&client, FILECACHE_A_THRESHOLD_OWNER_ID,
				    a.v[FILECACHE_A_OWNER_ID], 1, 0, &set), -ENOENT);
	box_remove(&box);
}

/* Exactly as many as are asked for, and nothing that changes. */
TEST(a_threshold_that_is_met_is_told_once)
{
	char buf[MNL_SOCKET_BUFFER_SIZE];
	struct pollfd fd = { .events = POLLIN };
	struct nlmsghdr *nlh;
	struct attrs a, set;
	struct box box;

	listen_to(FILECACHE_MCGRP_THRESHOLD);
	make_file(FILE_A, MB);
	box_start(&box, "notify-exact", read_a);
	box_step(&box);
	ASSERT(client_pid(&client, box.process.pid, &a) == 0);
	nlh = client_request(&client, buf, FILECACHE_CMD_THRESHOLD_SET, 0);
	mnl_attr_put_u64(nlh, FILECACHE_A_THRESHOLD_OWNER_ID, a.v[FILECACHE_A_OWNER_ID]);
	mnl_attr_put_u64(nlh, FILECACHE_A_THRESHOLD_PAGES, attrs_pages(&a));
	mnl_attr_put_u64(nlh, FILECACHE_A_THRESHOLD_HYSTERESIS, 0);
	ASSERT(client_talk(&client, nlh, &set) == 0);
	EXPECT_U64(set.v[FILECACHE_A_THRESHOLD_STATE], 1);
	/* In which it is looked at a dozen times. */
	fd.fd = mnl_socket_get_fd(listener.nl);
	EXPECT_INT(poll(&fd, 1, 1500), 0);
	EXPECT_INT(client_threshold_del(&client, set.v[FILECACHE_A_THRESHOLD_ID]), 0);
	box_end(&box);
	box_remove(&box);
}

TEST(thresholds_that_make_no_sense)
{
	char buf[MNL_SOCKET_BUFFER_SIZE];
	struct nlmsghdr *nlh;
	struct attrs a;

	need_module(&client);
	nlh = client_request(&client, buf, FILECACHE_CMD_THRESHOLD_SET, 0);
	EXPECT_INT(client_talk(&client, nlh, NULL), -EINVAL);
	nlh = client_request(&client, buf, FILECACHE_CMD_THRESHOLD_SET, 0);
	mnl_attr_put_u64(nlh, FILECACHE_A_THRESHOLD_CGROUP_ID, 1);
	EXPECT_INT(client_talk(&client, nlh, NULL), -EINVAL);
	mnl_attr_put_u64(nlh, FILECACHE_A_THRESHOLD_OWNER_ID, 1);
	mnl_attr_put_u64(nlh, FILECACHE_A_THRESHOLD_PAGES, 1);
	EXPECT_INT(client_talk(&client, nlh, NULL), -EINVAL);
	EXPECT_INT(client_threshold(&client, FILECACHE_A_THRESHOLD_CGROUP_ID, 1, 10, 11, &a),
		   -EINVAL);
	EXPECT_INT(client_threshold(&client, FILECACHE_A_THRESHOLD_CGROUP_ID, 1, 0, 0, &a),
		   -ERANGE);
	EXPECT_INT(client_threshold_del(&client, 1), -ENOENT);
	EXPECT_INT(read_number(COUNTS "thresholds", NULL), 0);
}

static int set_many(struct client *c, int n)
{
	struct attrs a;
	int i, err = 0;

	for (i = 0; i < n && !err; i++)
		err = client_threshold(c, FILECACHE_A_THRESHOLD_CGROUP_ID, i + 1, 1U << 30,
				       0, &a);
	return err;
}

/* They are numbered, and freed with their socket, however it ends. */
TEST(thresholds_are_bounded_and_freed)
{
	struct client c[17];
	struct attrs a;
	int i, status;
	pid_t pid;

	need_module(&client);
	for (i = 0; i < 17; i++)
		ASSERT(client_open(&c[i]) == 0);
	EXPECT_INT(set_many(&c[0], 64), 0);
	EXPECT_INT(set_many(&c[0], 1), -ENOSPC);
	EXPECT_HAS(c[0].error, "too many");
	for (i = 1; i < 16; i++)
		EXPECT_INT(set_many(&c[i], 64), 0);
	EXPECT_INT(set_many(&c[16], 1), -ENOSPC);
	EXPECT_INT(read_number(COUNTS "thresholds", NULL), 1024);
	/* Nobody removes another one's. */
	EXPECT_INT(client_threshold_del(&c[16], 1), -ENOENT);
	client_close(&c[0]);
	EXPECT(until(read_number(COUNTS "thresholds", NULL) == 1024 - 64));
	EXPECT_INT(set_many(&c[16], 1), 0);
	for (i = 1; i < 17; i++)
		client_close(&c[i]);
	EXPECT(until(read_number(COUNTS "thresholds", NULL) == 0));
	/* A process that is killed. */
	fflush(stdout);
	pid = fork();
	if (pid == 0) {
		if (client_open(&c[0]) || set_many(&c[0], 10))
			_exit(1);
		kill(getpid(), SIGKILL);
	}
	ASSERT(waitpid(pid, &status, 0) == pid);
	EXPECT(WIFSIGNALED(status));
	EXPECT(until(read_number(COUNTS "thresholds", NULL) == 0));
	ASSERT(client_stats(&client, &a) == 0);
	EXPECT_U64(a.v[FILECACHE_A_STATS_THRESHOLDS], 0);
}

KTAP_MAIN()
