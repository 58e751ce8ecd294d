// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Every allocation of the module fails once, each in a run of its own, and
 * then many of them at random: what asked for it hears of it, nothing is left
 * behind, and the counts are still the kernel's.  On a kernel with fault
 * injection, which finds our allocations by who is on the stack.
 */
#include <errno.h>
#include <fcntl.h>
#include <linux/genetlink.h>
#include <signal.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/utsname.h>
#include <sys/wait.h>

#include "box.h"
#include "ktap.h"

#define FILE_A "/var/tmp/filecache-a"
#define CROWD 200
/* No single request or load allocates as often. */
#define NTH_MOST 2000

static const char *const knobs[] = {
	"/sys/kernel/debug/failslab", "/sys/kernel/debug/fail_page_alloc", NULL
};

static struct client client;

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

static void knob_number(const char *name, unsigned long long value)
{
	char text[24];

	snprintf(text, sizeof(text), "%llu", value);
	knob(name, text);
}

/* Only what is allocated beneath functions in this range fails. */
static void aim(unsigned long long start, unsigned long long end)
{
	knob_number("require-start", start);
	knob_number("require-end", end);
}

static void need_injection(void)
{
	if (access(knobs[0], F_OK) || access("/proc/self/fail-nth", F_OK))
		SKIP("no fault injection in this kernel");
	knob("probability", "0");
	knob("times", "-1");
	knob("verbose", "0");
	knob("task-filter", "N");
	knob("ignore-gfp-wait", "N");
	knob("ignore-gfp-highmem", "N");
	knob("min-order", "0");
	knob("stacktrace-depth", "32");
}

/*
 * Where a function's or, with NULL, our module's text lies.  Symbols are in no
 * order, so a function ends where the next one of all begins.
 */
static void aim_at(const char *function)
{
	unsigned long long address, start = 0, end = 0, least = ~0ULL, most = 0;
	FILE *f = fopen("/proc/kallsyms", "re");
	char name[200], rest[100], type;
	int pass, n;
	char line[400];

	if (!f)
		give_up("/proc/kallsyms");
	for (pass = 0; pass < 2; pass++) {
		rewind(f);
		while (fgets(line, sizeof(line), f)) {
			rest[0] = '\0';
			n = sscanf(line, "%llx %c %199s %99s", &address, &type, name, rest);
			if (n < 3 || (type != 't' && type != 'T'))
				continue;
			if (!function && strcmp(rest, "[filecache]") == 0) {
				least = address < least ? address : least;
				most = address > most ? address : most;
			} else if (function && pass == 0 && strcmp(name, function) == 0) {
				start = address;
			} else if (function && pass == 1 && address > start &&
				   (!end || address < end)) {
				end = address;
			}
		}
	}
	fclose(f);
	if (function)
		aim(start, end);
	else
		aim(least, most + PAGE);
	ASSERT(function ? start && end : most > 0);
}

/* The nth allocation from now on that is aimed at fails; 0 for none. */
static void fail_nth(int n)
{
	char text[12];

	snprintf(text, sizeof(text), "%d", n);
	if (write_text("/proc/self/fail-nth", text))
		give_up("/proc/self/fail-nth");
}

/* Return: whether the failure that was asked for has come. */
static bool has_failed(void)
{
	bool failed = read_number("/proc/self/fail-nth", NULL) == 0;

	fail_nth(0);
	return failed;
}

static bool unload(void)
{
	/* The last answer may still be on its way. */
	return until(syscall(SYS_delete_module, "filecache", O_NONBLOCK) == 0 ||
		     errno == ENOENT);
}

TEST(load_fails_whole)
{
	char path[200];
	struct utsname u;
	int fd, n, err;
	bool failed;

	need_injection();
	ASSERT(unload());
	uname(&u);
	snprintf(path, sizeof(path), "/lib/modules/%s/updates/filecache.ko", u.release);
	aim_at("do_init_module");
	for (n = 1; n < NTH_MOST; n++) {
		fd = open(path, O_RDONLY | O_CLOEXEC);
		ASSERT(fd >= 0);
		fail_nth(n);
		err = syscall(SYS_finit_module, fd, "", 0) ? errno : 0;
		failed = has_failed();
		close(fd);
		if (err) {
			EXPECT_INT(err, ENOMEM);
			EXPECT(access("/sys/module/filecache", F_OK) != 0);
			EXPECT(access("/sys/kernel/filecache", F_OK) != 0);
		} else {
			EXPECT(access("/sys/kernel/filecache/version", F_OK) == 0);
			ASSERT(unload());
		}
		if (!failed)
			break;
	}
	printf("# %d allocations\n", n - 1);
	EXPECT_INT(err, 0);
	/* Fewer, and the aim has missed. */
	EXPECT(n > 10);
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
	bool failed;
	int n, err;

	for (n = 1; n < NTH_MOST; n++) {
		fail_nth(n);
		err = ask();
		failed = has_failed();
		if (!failed)
			break;
		/* It may have done without what failed. */
		if (err && err != -ENOMEM && err != -ENOBUFS)
			KTAP_SAY("%s: allocation %d: %s", name, n, strerror(-err));
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
	aim_at(NULL);
	sum += sweep("process", ask_process);
	sum += sweep("stats", ask_stats);
	sum += sweep("all", ask_all);
	sum += sweep("files", ask_files);
	sum += sweep("threshold", ask_threshold);
	sum += sweep("forget", ask_forget);
	sum += sweep("evict", ask_evict);
	EXPECT(sum > 5);
	EXPECT(identity_holds(&client));
	EXPECT_U64(anomalies(&client), 0);
}

/* Each wants to be an owner, and half of what that takes is refused. */
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
	aim_at(NULL);
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
