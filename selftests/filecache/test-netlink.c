// SPDX-License-Identifier: GPL-2.0-or-later
/* The netlink family against messages that are wrong and callers who may not. */
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>

#include <linux/genetlink.h>

#include "box.h"
#include "ktap.h"
#include "reader.h"

#define FILE_A "/var/tmp/filecache-a"
#define NOBODY 65534

static struct client client;
static char buf[8192];

static struct nlmsghdr *request(uint8_t cmd, uint16_t flags)
{
	memset(buf, 0, sizeof(buf));
	return client_request(&client, buf, cmd, flags);
}

TEST(answers_have_the_sizes_of_the_abi)
{
	struct attrs a;
	int i;

	need_module(&client);
	make_file(FILE_A, MB);
	read_file(FILE_A);
	ASSERT(client_pid(&client, getpid(), &a) == 0);
	for (i = 1; i <= FILECACHE_A_OWNER_OWNERS; i++) {
		bool wide = i != FILECACHE_A_OWNER_PID && i != FILECACHE_A_OWNER_UID &&
			    i != FILECACHE_A_OWNER_FLAGS && i != FILECACHE_A_OWNER_OWNERS;

		if (i == FILECACHE_A_OWNER_PAD || i == FILECACHE_A_OWNER_COMM ||
		    i == FILECACHE_A_OWNER_EXIT)
			continue;
		EXPECT(a.has[i]);
		EXPECT_INT(a.len[i], wide ? 8 : 4);
	}
	ASSERT(client_stats(&client, &a) == 0);
	for (i = 1; i <= FILECACHE_A_STATS_MAX; i++)
		EXPECT(i == FILECACHE_A_STATS_PAD || a.has[i]);
	EXPECT_U64(a.v[FILECACHE_A_STATS_PAGE_SIZE], PAGE);
	/* What there is no event for it says that it does not see. */
	EXPECT_INT(!(a.v[FILECACHE_A_STATS_BLIND] & FILECACHE_BLIND_SHMEM),
		   !!(a.v[FILECACHE_A_STATS_SOURCES] & FILECACHE_SOURCE_SHMEM));
	EXPECT(a.v[FILECACHE_A_STATS_TAG_BYTES] > 0);
	EXPECT(a.v[FILECACHE_A_STATS_SCAN_NS] > 0);
}

TEST(attributes_that_are_wrong)
{
	struct nlmsghdr *nlh;

	need_module(&client);
	/* None, both. */
	EXPECT_INT(client_talk(&client, request(FILECACHE_CMD_OWNER_GET, 0), NULL), -EINVAL);
	EXPECT_HAS(client.error, "needs an owner's id or a pid");
	nlh = request(FILECACHE_CMD_OWNER_GET, 0);
	mnl_attr_put_u32(nlh, FILECACHE_A_OWNER_PID, getpid());
	mnl_attr_put_u64(nlh, FILECACHE_A_OWNER_ID, 1);
	EXPECT_INT(client_talk(&client, nlh, NULL), -EINVAL);
	EXPECT_INT(client_talk(&client, request(FILECACHE_CMD_EVICT, 0), NULL), -EINVAL);
	/* Too short, too long. */
	nlh = request(FILECACHE_CMD_OWNER_GET, 0);
	mnl_attr_put_u16(nlh, FILECACHE_A_OWNER_PID, 1);
	EXPECT(client_talk(&client, nlh, NULL) < 0);
	nlh = request(FILECACHE_CMD_OWNER_GET, 0);
	mnl_attr_put_u64(nlh, FILECACHE_A_OWNER_PID, 1);
	EXPECT(client_talk(&client, nlh, NULL) < 0);
	nlh = request(FILECACHE_CMD_OWNER_GET, 0);
	mnl_attr_put_u32(nlh, FILECACHE_A_OWNER_ID, 1);
	EXPECT(client_talk(&client, nlh, NULL) < 0);
	/* Zero is no pid and no id. */
	nlh = request(FILECACHE_CMD_OWNER_GET, 0);
	mnl_attr_put_u32(nlh, FILECACHE_A_OWNER_PID, 0);
	EXPECT_INT(client_talk(&client, nlh, NULL), -ERANGE);
	nlh = request(FILECACHE_CMD_OWNER_GET, 0);
	mnl_attr_put_u64(nlh, FILECACHE_A_OWNER_ID, 0);
	EXPECT_INT(client_talk(&client, nlh, NULL), -ERANGE);
	/* A pid that a signed number cannot hold. */
	nlh = request(FILECACHE_CMD_OWNER_GET, 0);
	mnl_attr_put_u32(nlh, FILECACHE_A_OWNER_PID, 0xffffffff);
	EXPECT_INT(client_talk(&client, nlh, NULL), -ESRCH);
}

/* What a command does not know is refused, so that it can mean something later. */
TEST(unknown_attributes_are_refused)
{
	static const struct {
		uint8_t cmd;
		uint16_t flags;
		unsigned int right;	/* an attribute that it knows, */
		size_t size;		/* of so many bytes, */
		unsigned int last;	/* and the last one of them */
	} commands[] = {
		{ FILECACHE_CMD_OWNER_GET, 0, FILECACHE_A_OWNER_ID, 8,
		  FILECACHE_A_OWNER_PID },
		{ FILECACHE_CMD_STATS_GET, 0, 0, 0, 0 },
		{ FILECACHE_CMD_EVICT, 0, FILECACHE_A_EVICT_ID, 8, FILECACHE_A_EVICT_PID },
		{ FILECACHE_CMD_FORGET, 0, FILECACHE_A_FORGET_ID, 8,
		  FILECACHE_A_FORGET_DEAD },
		{ FILECACHE_CMD_FILES_GET, NLM_F_DUMP, FILECACHE_A_FILE_OWNER_ID, 8,
		  FILECACHE_A_FILE_PID },
		{ FILECACHE_CMD_THRESHOLD_SET, 0, FILECACHE_A_THRESHOLD_PAGES, 8,
		  FILECACHE_A_THRESHOLD_HYSTERESIS },
		{ FILECACHE_CMD_THRESHOLD_DEL, 0, FILECACHE_A_THRESHOLD_ID, 4,
		  FILECACHE_A_THRESHOLD_ID },
	};
	const unsigned int count = sizeof(commands) / sizeof(*commands);
	const uint64_t number = 1;
	struct nlmsghdr *nlh;
	unsigned int i, attr;

	need_module(&client);
	for (i = 0; i < count; i++) {
		for (attr = commands[i].last + 1; attr < 40; attr++) {
			nlh = request(commands[i].cmd, commands[i].flags);
			if (commands[i].right)
				mnl_attr_put(nlh, commands[i].right, commands[i].size,
					     &number);
			mnl_attr_put_u64(nlh, attr, 1);
			EXPECT_INT(client_talk(&client, nlh, NULL), -EINVAL);
		}
	}
	nlh = request(FILECACHE_CMD_OWNER_GET, NLM_F_DUMP);
	mnl_attr_put_u32(nlh, FILECACHE_A_OWNER_PID, getpid());
	EXPECT_INT(client_talk(&client, nlh, NULL), -EINVAL);
	/* A threshold's number is the kernel's to give. */
	nlh = request(FILECACHE_CMD_THRESHOLD_SET, 0);
	mnl_attr_put_u32(nlh, FILECACHE_A_THRESHOLD_ID, 1);
	mnl_attr_put_u64(nlh, FILECACHE_A_THRESHOLD_CGROUP_ID, 1);
	mnl_attr_put_u64(nlh, FILECACHE_A_THRESHOLD_PAGES, 1);
	EXPECT_INT(client_talk(&client, nlh, NULL), -EINVAL);
	/* One or all, and not both, nor neither. */
	EXPECT_INT(client_talk(&client, request(FILECACHE_CMD_FORGET, 0), NULL), -EINVAL);
	nlh = request(FILECACHE_CMD_FORGET, 0);
	mnl_attr_put_u64(nlh, FILECACHE_A_FORGET_ID, 1);
	mnl_attr_put(nlh, FILECACHE_A_FORGET_DEAD, 0, NULL);
	EXPECT_INT(client_talk(&client, nlh, NULL), -EINVAL);
	EXPECT_INT(client_talk(&client, request(FILECACHE_CMD_FILES_GET, NLM_F_DUMP), NULL),
		   -EINVAL);
	/* Only as a list. */
	EXPECT_INT(client_talk(&client, request(FILECACHE_CMD_FILES_GET, 0), NULL),
		   -EOPNOTSUPP);
}

TEST(commands_that_do_not_exist)
{
	unsigned int cmd;

	need_module(&client);
	EXPECT_INT(client_talk(&client, request(0, 0), NULL), -EOPNOTSUPP);
	for (cmd = FILECACHE_CMD_MAX + 1; cmd < 256; cmd++)
		EXPECT_INT(client_talk(&client, request(cmd, 0), NULL), -EOPNOTSUPP);
	EXPECT(client_talk(&client, request(FILECACHE_CMD_STATS_GET, NLM_F_DUMP), NULL) < 0);
	EXPECT(client_talk(&client, request(FILECACHE_CMD_EVICT, NLM_F_DUMP), NULL) < 0);
	/* What only the kernel says. */
	EXPECT_INT(client_talk(&client, request(FILECACHE_CMD_OWNER_EXIT_NTF, 0), NULL),
		   -EOPNOTSUPP);
	EXPECT_INT(client_talk(&client, request(FILECACHE_CMD_THRESHOLD_NTF, 0), NULL),
		   -EOPNOTSUPP);
}

/* Anything at all: an error or an answer, and the kernel lives. */
TEST(noise)
{
	struct nlmsghdr *nlh;
	struct attrs s;
	unsigned int round, i, len;

	need_module(&client);
	srand(7);
	for (round = 0; round < 3000; round++) {
		nlh = request(rand() % 5, 0);
		len = rand() % 64;
		for (i = 0; i < len; i++)
			buf[nlh->nlmsg_len + i] = rand() % 3 ? rand() % 40 : rand();
		nlh->nlmsg_len += len;
		client_talk(&client, nlh, NULL);
	}
	EXPECT_INT(client_stats(&client, &s), 0);
}

/* Run part of a test as somebody else. Return: whether it found no fault. */
static bool as_nobody(void (*part)(pid_t), pid_t pid)
{
	int status;
	pid_t child;

	fflush(stdout);
	child = fork();
	if (child == 0) {
		if (setgid(NOBODY) || setuid(NOBODY))
			_exit(1);
		/* A change of ids makes a process one that may not be looked into. */
		prctl(PR_SET_DUMPABLE, 1);
		ktap_failed = false;
		if (client_open(&client))
			_exit(1);
		part(pid);
		fflush(stdout);
		_exit(ktap_failed);
	}
	return waitpid(child, &status, 0) == child && status == 0;
}

static uint64_t roots_owner;

static void ask_for_owner(pid_t unused)
{
	struct attrs a;

	EXPECT_INT(client_owner(&client, roots_owner, &a), -EPERM);
}

static bool is_program(pid_t pid, const char *name)
{
	char path[64], comm[32] = "";
	int fd;

	snprintf(path, sizeof(path), "/proc/%d/comm", pid);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return false;
	if (read(fd, comm, sizeof(comm) - 1) < 0)
		comm[0] = '\0';
	close(fd);
	return strncmp(comm, name, strlen(name)) == 0;
}

static void take_none(const struct attrs *a, void *data)
{
	(*(int *)data)++;
}

static void ask_as_nobody(pid_t roots)
{
	struct attrs a, s;
	int n = 0;

	read_file(FILE_A);
	/* Itself and the totals, yes. */
	EXPECT_INT(client_pid(&client, getpid(), &a), 0);
	EXPECT_INT(client_owner(&client, a.v[FILECACHE_A_OWNER_ID], &s), 0);
	EXPECT(attrs_pages(&a) >= MB / PAGE);
	EXPECT_INT(client_stats(&client, &s), 0);
	/* Another user's process, what was there before, a list, eviction, no. */
	EXPECT_INT(client_pid(&client, roots, &s), -EPERM);
	EXPECT_HAS(client.error, "needs CAP_NET_ADMIN");
	EXPECT_INT(client_owner(&client, 1, &s), -EPERM);
	EXPECT_INT(client_owner(&client, 2, &s), -EPERM);
	/* Nor whether there is one. */
	EXPECT_INT(client_owner(&client, 1ULL << 60, &s), -EPERM);
	EXPECT_INT(client_dump(&client, take_none, &n, NULL), -EPERM);
	EXPECT_INT(n, 0);
	EXPECT_INT(client_evict(&client, FILECACHE_A_EVICT_PID, getpid(), &s), -EPERM);
	EXPECT_INT(client_evict(&client, FILECACHE_A_EVICT_ID, 1, &s), -EPERM);
	EXPECT_HAS(client.error, "CAP_SYS_ADMIN");
	EXPECT_INT(client_forget(&client, 0, &s), -EPERM);
	EXPECT_INT(client_forget(&client, a.v[FILECACHE_A_OWNER_ID], &s), -EPERM);
	EXPECT_INT(client_files(&client, FILECACHE_A_FILE_PID, getpid(), take_none, &n),
		   -EPERM);
	EXPECT_INT(n, 0);
	EXPECT_INT(client_threshold(&client, FILECACHE_A_THRESHOLD_OWNER_ID,
				    a.v[FILECACHE_A_OWNER_ID], 1, 0, &s), -EPERM);
	EXPECT_INT(client_threshold_del(&client, 1), -EPERM);
	/* Nothing to be seen there is not told from nothing being there. */
	EXPECT_INT(client_pid(&client, 4000000, &s), -ESRCH);
	/* Not even itself, once it may not be looked into. */
	prctl(PR_SET_DUMPABLE, 0);
	EXPECT_INT(client_pid(&client, getpid(), &s), -EPERM);
	prctl(PR_SET_DUMPABLE, 1);
	EXPECT_INT(client_pid(&client, getpid(), &s), 0);
}

TEST(another_user)
{
	need_module(&client);
	make_file(FILE_A, MB);
	EXPECT(as_nobody(ask_as_nobody, getpid()));
}

/* It reads as root, is nobody then, and goes on to another program or ends. */
static void was_root(int n, void *end)
{
	read_file(FILE_A);
	if (setresgid(NOBODY, NOBODY, NOBODY) || setresuid(NOBODY, NOBODY, NOBODY))
		_exit(1);
	if (*(bool *)end)
		_exit(0);
	execlp("sleep", "sleep", "1000", NULL);
	_exit(1);
}

static void ask_for_dead(pid_t pid)
{
	struct attrs a;

	EXPECT_INT(client_pid(&client, pid, &a), -ESRCH);
}

/* What root has brought in is not nobody's to see when the process is nobody's. */
TEST(who_was_root_and_ended)
{
	bool end = true;
	struct stepper s;
	struct attrs a;

	need_module(&client);
	make_file(FILE_A, MB);
	stepper_start(&s, was_root, &end);
	stepper_tell(&s);
	ASSERT(waitpid(s.pid, NULL, 0) == s.pid);
	ASSERT(client_pid(&client, s.pid, &a) == 0);
	EXPECT(attrs_pages(&a) >= MB / PAGE);
	EXPECT(as_nobody(ask_for_dead, s.pid));
	roots_owner = a.v[FILECACHE_A_OWNER_ID];
	EXPECT(as_nobody(ask_for_owner, 0));
	close(s.go);
	close(s.done);
}

static void ask_for_live(pid_t pid)
{
	struct attrs a;

	EXPECT_INT(client_pid(&client, pid, &a), 0);
	EXPECT(attrs_pages(&a) < MB / PAGE);
}

TEST(who_was_root_and_executed)
{
	bool end = false;
	struct stepper s;
	struct attrs a;

	need_module(&client);
	make_file(FILE_A, MB);
	stepper_start(&s, was_root, &end);
	stepper_tell(&s);
	ASSERT(until(is_program(s.pid, "sleep")));
	ASSERT(client_pid(&client, s.pid, &a) == 0);
	EXPECT(attrs_pages(&a) >= MB / PAGE);
	EXPECT(as_nobody(ask_for_live, s.pid));
	reader_end(s.pid);
	close(s.go);
	close(s.done);
}

static void ask_in_namespace(pid_t roots)
{
	struct attrs a;
	int n = 0;

	if (unshare(CLONE_NEWUSER))
		return;
	/* All capabilities, in a user namespace of its own. */
	EXPECT_INT(client_open(&client), 0);
	EXPECT_INT(client_dump(&client, take_none, &n, NULL), -EPERM);
	EXPECT_INT(client_evict(&client, FILECACHE_A_EVICT_PID, getpid(), &a), -EPERM);
	EXPECT_INT(client_pid(&client, roots, &a), -EPERM);
	EXPECT_INT(client_forget(&client, 0, &a), -EPERM);
	EXPECT_INT(client_files(&client, FILECACHE_A_FILE_PID, getpid(), take_none, &n),
		   -EPERM);
	EXPECT_INT(client_threshold(&client, FILECACHE_A_THRESHOLD_CGROUP_ID, 1, 1, 0, &a),
		   -EPERM);
}

TEST(root_of_a_user_namespace)
{
	write_text("/proc/sys/kernel/unprivileged_userns_clone", "1");
	need_module(&client);
	EXPECT(as_nobody(ask_in_namespace, getpid()));
}

/* A socket opened by root asks for nobody: what root may see, nobody may not. */
TEST(a_socket_handed_on)
{
	struct attrs a;
	pid_t child, root = getpid();
	int status;

	need_module(&client);
	fflush(stdout);
	child = fork();
	if (child == 0) {
		if (setgid(NOBODY) || setuid(NOBODY))
			_exit(1);
		EXPECT_INT(client_pid(&client, root, &a), -EPERM);
		EXPECT_INT(client_evict(&client, FILECACHE_A_EVICT_PID, root, &a), -EPERM);
		fflush(stdout);
		_exit(ktap_failed);
	}
	ASSERT(waitpid(child, &status, 0) == child);
	EXPECT_INT(status, 0);
}

static pid_t owner_without_exit(void)
{
	pid_t pid = fork();

	if (pid == 0) {
		/* A test that fails leaves nobody behind. */
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		/* What is written is nobody else's already. */
		if (write(open("/var/tmp", O_TMPFILE | O_WRONLY, 0600), "x", 1) != 1)
			_exit(1);
		for (;;)
			pause();
	}
	return pid;
}

/* Many owners, so that a dump takes several messages; one goes in between. */
TEST(a_torn_dump_says_so)
{
	char reply[32768];
	struct nlmsghdr *nlh;
	struct attrs a;
	pid_t pid[200];
	bool torn = false, done = false;
	int i, n, before = 0;

	need_module(&client);
	fflush(stdout);
	for (i = 0; i < 200; i++) {
		pid[i] = owner_without_exit();
		ASSERT(until(client_pid(&client, pid[i], &a) == 0 &&
			     a.v[FILECACHE_A_OWNER_OWNERS] > 0));
	}
	/* Begin: the kernel fills one message, and more as we read. */
	nlh = request(FILECACHE_CMD_OWNER_GET, NLM_F_DUMP);
	ASSERT(mnl_socket_sendto(client.nl, nlh, nlh->nlmsg_len) > 0);
	n = mnl_socket_recvfrom(client.nl, reply, sizeof(reply));
	for (nlh = (void *)reply; mnl_nlmsg_ok(nlh, n); nlh = mnl_nlmsg_next(nlh, &n)) {
		EXPECT(!(nlh->nlmsg_flags & NLM_F_DUMP_INTR));
		before++;
	}
	EXPECT(before > 0);
	for (i = 0; i < 200; i++) {
		kill(pid[i], SIGKILL);
		waitpid(pid[i], NULL, 0);
	}
	empty_caches();
	EXPECT(until(read_number("/sys/kernel/filecache/owners_dead", NULL) < 100));
	while (!done) {
		n = mnl_socket_recvfrom(client.nl, reply, sizeof(reply));
		ASSERT(n > 0);
		for (nlh = (void *)reply; mnl_nlmsg_ok(nlh, n);
		     nlh = mnl_nlmsg_next(nlh, &n)) {
			torn |= nlh->nlmsg_flags & NLM_F_DUMP_INTR;
			done |= nlh->nlmsg_type == NLMSG_DONE;
		}
	}
	EXPECT(torn);
}

static void count_owner(const struct attrs *a, void *data)
{
	struct {
		uint64_t pages, last;
		int n, doubles;
	} *sum = data;

	sum->pages += attrs_pages(a);
	sum->n++;
	sum->doubles += a->v[FILECACHE_A_OWNER_ID] == sum->last;
	sum->last = a->v[FILECACHE_A_OWNER_ID];
}

TEST(a_dump_is_everybody)
{
	struct {
		uint64_t pages, last;
		int n, doubles;
	} sum;
	struct attrs s;
	uint64_t total;
	bool torn;

	need_module(&client);
	EXPECT(until((memset(&sum, 0, sizeof(sum)),
		      client_dump(&client, count_owner, &sum, &torn) == 0 && !torn &&
		      client_stats(&client, &s) == 0 &&
		      (total = s.v[FILECACHE_A_STATS_OWNED_FILE] +
			       s.v[FILECACHE_A_STATS_OWNED_BLOCKDEV] +
			       s.v[FILECACHE_A_STATS_UNKNOWN_FILE] +
			       s.v[FILECACHE_A_STATS_UNKNOWN_BLOCKDEV]) == sum.pages)));
	EXPECT_INT(sum.doubles, 0);
	/* Those for the unknown and the overflow, and somebody real. */
	EXPECT(sum.n >= 3);
}

KTAP_MAIN()
