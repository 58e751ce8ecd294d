// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * What the kernel spends on questions when there are few owners and when there
 * are many.  Prints, in nanoseconds of CPU time, that is in instructions:
 *   value NAME NUMBER
 */
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include <libmnl/libmnl.h>

#include "filecache/client.h"
#include "mark.h"

#define ASKED 1000	/* times */
#define PAGE 4096
#define READ 4096	/* pages, while nobody dumps and while somebody does */

static char stack[64 * 1024];
static char page_read;

static int64_t cpu_ns(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &ts);
	return ts.tv_sec * 1000000000LL + ts.tv_nsec;
}

/**
 * struct owner_page - what a process of one page is to do
 * @fd: the file
 * @at: the page's offset in it
 */
struct owner_page {
	int fd;
	off_t at;
};

/* Runs in our memory, so it may do hardly anything. */
static int own_one_page(void *arg)
{
	const struct owner_page *page = arg;

	_exit(pread(page->fd, &page_read, 1, page->at) != 1);
}

static int owners_make(int fd, long from, long to)
{
	struct owner_page page = { .fd = fd };
	int status;
	pid_t pid;

	for (; from < to; from++) {
		page.at = from * PAGE;
		pid = clone(own_one_page, stack + sizeof(stack),
			    CLONE_VM | CLONE_VFORK | SIGCHLD, &page);
		if (pid < 0 || waitpid(pid, &status, 0) != pid || status)
			return -EAGAIN;
	}
	return 0;
}

static int get(struct client *c, const char *when)
{
	int64_t begin;
	struct attrs a;
	int i, err;

	err = client_pid(c, getpid(), &a);
	if (err)
		return err;
	begin = cpu_ns();
	for (i = 0; i < ASKED; i++) {
		err = client_owner(c, a.v[FILECACHE_A_OWNER_ID], &a);
		if (err)
			return err;
	}
	printf("value get-%s %lld\n", when, (long long)(cpu_ns() - begin) / ASKED);
	return 0;
}

/* What it costs to be told; nothing is made of what is told. */
static int dump(struct client *c, const char *when)
{
	int64_t begin, before, step, longest = 0;
	char buf[64 * 1024];
	struct nlmsghdr *nlh = client_request(c, buf, FILECACHE_CMD_OWNER_GET, NLM_F_DUMP);
	long owners = 0;
	bool done = false;
	ssize_t len;
	int left;

	begin = cpu_ns();
	mark(MARK_BEGIN);
	if (mnl_socket_sendto(c->nl, nlh, nlh->nlmsg_len) < 0)
		return -errno;
	while (!done) {
		before = cpu_ns();
		len = mnl_socket_recvfrom(c->nl, buf, sizeof(buf));
		step = cpu_ns() - before;
		if (step > longest)
			longest = step;
		if (len < 0)
			return -errno;
		left = len;
		for (nlh = (struct nlmsghdr *)buf; mnl_nlmsg_ok(nlh, left);
		     nlh = mnl_nlmsg_next(nlh, &left)) {
			if (nlh->nlmsg_type == NLMSG_ERROR)
				return -EPROTO;
			done = done || nlh->nlmsg_type == NLMSG_DONE;
			owners += nlh->nlmsg_type >= NLMSG_MIN_TYPE;
		}
	}
	mark(MARK_END);
	printf("event 0 dump-%s\n", when);
	printf("value dump-%s %lld\n", when, (long long)(cpu_ns() - begin));
	printf("value dump-%s-owners %ld\n", when, owners);
	printf("value dump-%s-step %lld\n", when, (long long)longest);
	return 0;
}

/* What it costs to bring pages in, @from the file's so many-th. */
static int pages_read(int fd, long from, const char *when)
{
	int64_t begin = cpu_ns();
	long i;

	for (i = 0; i < READ; i++)
		if (pread(fd, &page_read, 1, (from + i) * PAGE) != 1)
			return -EIO;
	printf("value page-%s %lld\n", when, (long long)(cpu_ns() - begin) / READ);
	return 0;
}

static void dump_for_ever(int told)
{
	struct client c;

	if (client_open(&c) || !freopen("/dev/null", "w", stdout))
		_exit(1);
	while (!dump(&c, "again"))
		if (write(told, "", 1) != 1)
			_exit(1);
	_exit(1);
}

/* Does it hold up others that all owners are being told? */
static int pages_read_during_dump(int fd, long from)
{
	int told[2], err;
	pid_t pid;
	char c;

	fflush(stdout);
	if (pipe(told))
		return -errno;
	pid = fork();
	if (pid < 0)
		return -errno;
	if (!pid)
		dump_for_ever(told[1]);
	close(told[1]);
	err = read(told[0], &c, 1) == 1 ? pages_read(fd, from, "dumping") : -EIO;
	kill(pid, SIGKILL);
	waitpid(pid, NULL, 0);
	return err;
}

int main(int argc, char **argv)
{
	struct client c;
	int fd, err;
	long many;

	if (argc != 3) {
		fprintf(stderr, "usage: ownerwork FILE OWNERS\n");
		return 2;
	}
	many = atol(argv[2]);
	fd = open(argv[1], O_RDONLY);
	err = fd < 0 ? -errno : client_open(&c);
	/* One page for each, and no readahead. */
	if (!err)
		err = -posix_fadvise(fd, 0, 0, POSIX_FADV_RANDOM);
	/* The first page is our own. */
	if (!err)
		err = pread(fd, &page_read, 1, 0) == 1 ? 0 : -errno;
	if (!err)
		err = get(&c, "few");
	if (!err)
		err = owners_make(fd, 1, many);
	if (!err)
		err = get(&c, "many");
	if (!err)
		err = dump(&c, "many");
	if (!err)
		err = pages_read(fd, many, "alone");
	if (!err)
		err = pages_read_during_dump(fd, many + READ);
	if (err)
		fprintf(stderr, "ownerwork: %s\n", strerror(-err));
	return err != 0;
}
