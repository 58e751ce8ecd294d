// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Every allocation on the way of the module fails once, each in a run of its
 * own, and then many of them at random: what asked for it hears of it, nothing
 * is left behind, and the counts are still the kernel's.  On a kernel with
 * fault injection, which takes ours and those of the system calls themselves:
 * telling them apart by the stack is not to be had on 6.1.
 */
#include <errno.h>
#include <fcntl.h>
#include <linux/genetlink.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/utsname.h>
#include <sys/wait.h>

#include "box.h"
#include "ktap.h"

#define FILE_A "/var/tmp/filecache-a"
#define EXPEDITED "/sys/kernel/rcu_expedited"
#define NTH "/proc/self/fail-nth"
#define CROWD 200
/* No single request or load allocates as often. */
#define NTH_MOST 2000

static const char *const knobs[] = {
	"/sys/kernel/debug/failslab", "/sys/kernel/debug/fail_page_alloc", NULL
};

static struct client client;
/* This test's own NTH. */
static int nth_fd;

static void knob(const char *name, const char *value)
{
	char path[100];
	int i;

	for (i = 0; knobs[i]; i++) {
		snprintf(path, sizeof(path), "%s/%s", knobs[i], name);
		/* Each has some that the other has not. */
		if (access(path, F_OK) == 0 && write_text(path, value))
			give_up(path);
	}
}

static void need_injection(void)
{
	if (access(knobs[0], F_OK) || access(NTH, F_OK))
		SKIP("no fault injection in this kernel");
	/* Opening it takes memory itself. */
	nth_fd = open(NTH, O_RDWR | O_CLOEXEC);
	if (nth_fd < 0)
		give_up(NTH);
	knob("probability", "0");
	knob("times", "-1");
	knob("verbose", "0");
	knob("task-filter", "N");
	knob("ignore-gfp-wait", "N");
	/* When slabs grow differs from run to run, and would be counted, too. */
	knob("min-order", "20");
}

/* Our nth allocation from now on fails; 0 for none. */
static void fail_nth(int n)
{
	char text[12];
	int len = snprintf(text, sizeof(text), "%d", n);

	if (pwrite(nth_fd, text, len, 0) != len)
		give_up(NTH);
}

/* Return: how many are left until one fails; 0 when it has. */
static int until_failure(void)
{
	char text[12] = "";

	if (pread(nth_fd, text, sizeof(text) - 1, 0) <= 0)
		give_up(NTH);
	fail_nth(0);
	return atoi(text);
}

static bool unload(void)
{
	/* The last answer may still be on its way. */
	return until(syscall(SYS_delete_module, "filecache", O_NONBLOCK) == 0 ||
		     errno == ENOENT);
}

/* Return: 0 or errno; @ret_left is what is left of @nth. */
static int load(const char *parameters, int nth, int *ret_left)
{
	char path[200];
	struct utsname u;
	int fd, err;

	uname(&u);
	snprintf(path, sizeof(path), "/lib/modules/%s/updates/filecache.ko", u.release);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		give_up(path);
	fail_nth(nth);
	err = syscall(SYS_finit_module, fd, parameters, 0) ? errno : 0;
	*ret_left = until_failure();
	close(fd);
	return err;
}

/*
 * What the kernel does before it looks at the parameters is none of ours, and
 * warns when memory is short.
 */
TEST(load_fails_whole)
{
	int err = 0, left, first, n;

	need_injection();
	/* Hundreds of times, each of which waits for grace periods. */
	alarm(3 * KTAP_HANGS_S);
	write_text(EXPEDITED, "1");
	ASSERT(unload());
	/* Once for what is allocated the first time only. */
	ASSERT(load("", 0, &left) == 0);
	ASSERT(unload());
	EXPECT_INT(load("max_dead=none", NTH_MOST, &left), EINVAL);
	first = NTH_MOST - left;
	for (n = first + 1; n < NTH_MOST; n++) {
		err = load("", n, &left);
		if (err) {
			EXPECT_INT(err, ENOMEM);
			EXPECT(access("/sys/module/filecache", F_OK) != 0);
			EXPECT(access("/sys/kernel/filecache", F_OK) != 0);
		} else {
			EXPECT(access("/sys/kernel/filecache/version", F_OK) == 0);
			ASSERT(unload());
		}
		if (left)
			break;
	}
	write_text(EXPEDITED, "0");
	printf("# %d allocations, after %d of the kernel's own\n", n - first - 1, first);
	EXPECT_INT(err, 0);
	EXPECT(n - first > 20);
	need_module(&client);
	EXPECT(identity_holds(&client));
}

static void ignore(const struct attrs *a, void *data)
{
}

static int ask_process(void)
{
	struct attrs a;

	return client_pid(&client, getpid(), &a);
}

static int ask_stats(void)
{
	struct attrs a;

	return client_stats(&client, &a);
}

static int ask_all(void)
{
	return client_dump(&client, ignore, NULL, NULL);
}

static int ask_evict(void)
{
	struct attrs a;

	return client_evict(&client, FILECACHE_A_EVICT_PID, getpid(), &a);
}

static int ask_forget(void)
{
	char buf[MNL_SOCKET_BUFFER_SIZE];
	struct nlmsghdr *nlh = client_request(&client, buf, FILECACHE_CMD_FORGET, 0);
	struct attrs a;

	mnl_attr_put(nlh, FILECACHE_A_FORGET_DEAD, 0, NULL);
	return client_talk(&client, nlh, &a);
}

static int ask_threshold(void)
{
	char buf[MNL_SOCKET_BUFFER_SIZE];
	struct nlmsghdr *nlh = client_request(&client, buf, FILECACHE_CMD_THRESHOLD_SET, 0);
	struct attrs a, owner;
	int err;

	err = client_pid(&client, getpid(), &owner);
	if (err)
		return err;
	mnl_attr_put_u64(nlh, FILECACHE_A_THRESHOLD_OWNER_ID,
			 owner.v[FILECACHE_A_OWNER_ID]);
	mnl_attr_put_u64(nlh, FILECACHE_A_THRESHOLD_PAGES, 1000);
	err = client_talk(&client, nlh, &a);
	if (err)
		return err;
	nlh = client_request(&client, buf, FILECACHE_CMD_THRESHOLD_DEL, 0);
	mnl_attr_put_u32(nlh, FILECACHE_A_THRESHOLD_ID, a.v[FILECACHE_A_THRESHOLD_ID]);
	return client_talk(&client, nlh, NULL);
}

static int ask_files(void)
{
	char buf[MNL_SOCKET_BUFFER_SIZE], reply[32768];
	struct nlmsghdr *nlh;
	int n;

	nlh = client_request(&client, buf, FILECACHE_CMD_FILES_GET, NLM_F_DUMP);
	mnl_attr_put_u32(nlh, FILECACHE_A_FILE_PID, getpid());
	if (mnl_socket_sendto(client.nl, nlh, nlh->nlmsg_len) < 0)
		return -errno;
	for (;;) {
		n = mnl_socket_recvfrom(client.nl, reply, sizeof(reply));
		if (n < 0)
			return -errno;
		for (nlh = (void *)reply; mnl_nlmsg_ok(nlh, n);
		     nlh = mnl_nlmsg_next(nlh, &n))
			if (nlh->nlmsg_type == NLMSG_ERROR ||
			    nlh->nlmsg_type == NLMSG_DONE)
				return *(int *)mnl_nlmsg_get_payload(nlh);
	}
}

/* Return: how many allocations it took. */
static int sweep(const char *name, int (*ask)(void))
{
	int n, err = 0, left;

	for (n = 1; n < NTH_MOST; n++) {
		fail_nth(n);
		err = ask();
		left = until_failure();
		if (left)
			break;
		/* It may have done without what failed. */
		if (err && err != -ENOMEM && err != -ENOBUFS)
			KTAP_SAY("%s: allocation %d: %s", name, n, strerror(-err));
		/* What was not read of the answer is no answer to the next one. */
		client_close(&client);
		if (client_open(&client))
			give_up("netlink family");
	}
	if (err)
		KTAP_SAY("%s: %s when nothing fails", name, strerror(-err));
	printf("# %s: %d allocations\n", name, n - 1);
	return n - 1;
}

TEST(requests_answer_that_memory_is_short)
{
	int sum = 0;

	need_injection();
	need_module(&client);
	make_file(FILE_A, 8 * MB);
	read_file(FILE_A);
	sum += sweep("process", ask_process);
	sum += sweep("stats", ask_stats);
	sum += sweep("all", ask_all);
	sum += sweep("files", ask_files);
	sum += sweep("threshold", ask_threshold);
	sum += sweep("forget", ask_forget);
	sum += sweep("evict", ask_evict);
	/* Each at least its request and its answer. */
	EXPECT(sum > 14);
	EXPECT(identity_holds(&client));
	EXPECT_U64(anomalies(&client), 0);
}

/* Each wants to be an owner, and half of what cannot wait is refused. */
static void crowd(int n)
{
	pid_t pids[CROWD];
	int i, status;

	for (i = 0; i < CROWD; i++) {
		pids[i] = fork();
		if (pids[i] == 0) {
			char block[4 * PAGE];
			int fd = open(FILE_A, O_RDONLY);

			posix_fadvise(fd, 0, 0, POSIX_FADV_RANDOM);
			if (write_text("/proc/self/make-it-fail", "1"))
				_exit(1);
			_exit(pread(fd, block, sizeof(block), i * sizeof(block)) !=
			      (ssize_t)sizeof(block));
		}
	}
	for (i = 0; i < CROWD; i++)
		if (pids[i] < 0 || waitpid(pids[i], &status, 0) < 0 || status)
			_exit(1);
}

TEST(owners_that_cannot_be_are_counted)
{
	struct attrs before, after;
	uint64_t overflowed;
	struct box box;

	need_injection();
	need_module(&client);
	make_file(FILE_A, CROWD * 4 * PAGE);
	ASSERT(client_stats(&client, &before) == 0);
	box_start(&box, "failslab", crowd);
	knob("task-filter", "Y");
	knob("ignore-gfp-wait", "Y");
	knob("probability", "50");
	box_step(&box);
	knob("probability", "0");
	ASSERT(client_stats(&client, &after) == 0);
	overflowed = after.v[FILECACHE_A_STATS_OVERFLOWED] -
		     before.v[FILECACHE_A_STATS_OVERFLOWED];
	printf("# %llu pages without an owner of their own\n",
	       (unsigned long long)overflowed);
	EXPECT(overflowed > 0);
	EXPECT(overflowed < CROWD * 8);
	EXPECT(identity_holds(&client));
	EXPECT_U64(anomalies(&client), 0);
	box_end(&box);
	box_remove(&box);
}

static void reads(int n)
{
	read_file(FILE_A);
}

TEST(exact_when_memory_is_there_again)
{
	struct box box;

	need_injection();
	need_module(&client);
	make_file(FILE_A, 8 * MB);
	box_start(&box, "again", reads);
	box_step(&box);
	EXPECT(box_agrees(&client, &box, 8 * MB / PAGE));
	box_end(&box);
	EXPECT(box_drops_away(&client, &box));
	box_remove(&box);
}

KTAP_MAIN()
