// SPDX-License-Identifier: GPL-2.0-or-later
/* A guest that is stopped for a moment, by a process that sees to it that it goes on. */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/fd.h"
#include "base/macros.h"
#include "base/u64.h"
#include "pause.h"

/* Whoever does not let it go on now may do so in a moment, or later. */
#define AGAIN_NS	(100 * NSEC_PER_MSEC)
#define AGAIN_MOST_NS	(2 * NSEC_PER_SEC)
/* Then whoever waits for it is told, and waits no longer. */
#define PATIENCE_NS	(10 * NSEC_PER_SEC)

/**
 * struct pause - what stands for it here
 * @end_fd: of a pipe; a byte stops the guest; when it is closed, by whatever, it goes on
 * @words_fd: of a pipe that the other process speaks into
 * @was_stopped: there is nothing to be done
 */
struct pause {
	int end_fd;
	int words_fd;
	bool was_stopped;
};

/**
 * struct word - what the other process says: that it is stopped, and that it goes on
 * @report: how it went
 * @err: why it did not
 */
struct word {
	struct pause_report report;
	struct error err;
};

/* --- the other process -------------------------------------------------------------- */

static void say(int fd, const struct word *word)
{
	/* Who wanted it may have ended, which is no reason not to do the rest. */
	if (write(fd, word, sizeof(*word)) < 0)
		return;
}

/* Only what is for it to do is to reach it: no signal of a terminal, no other descriptor. */
static void stand_apart(int end_fd, int words_fd)
{
	int null = open("/dev/null", O_RDWR), fds[] = { end_fd, words_fd }, fd;
	sigset_t all;

	sigfillset(&all);
	sigprocmask(SIG_BLOCK, &all, NULL);
	setsid();
	for (fd = 0; fd <= 2 && null >= 0; fd++)
		dup2(null, fd);
	fd_close_others(fds, ARRAY_SIZE(fds));
}

/* Return: whether the time was over before anybody asked. */
static bool wait_for_end(int end_fd, uint64_t end_ns)
{
	struct pollfd fd = { .fd = end_fd, .events = POLLIN };
	uint64_t now_ns;

	while ((now_ns = clock_now_ns(CLOCK_MONOTONIC)) < end_ns) {
		uint64_t ms = (end_ns - now_ns + NSEC_PER_MSEC - 1) / NSEC_PER_MSEC;

		if (poll(&fd, 1, (int)u64_min(ms, INT32_MAX)) > 0)
			return false;
	}
	return true;
}

/*
 * Nobody else does it, so there is no last time as long as there is a guest.  @word gets what there
 * is to say in the end.
 */
static void go_on(const struct pause_ops *ops, int words_fd, struct word *word)
{
	uint64_t ns = AGAIN_NS, waited_ns = 0;

	while (ops->go_on(ops->arg, &word->err) < 0) {
		if (ops->is_gone(ops->arg)) {
			error_set(&word->err, -ESRCH, "the guest has ended while it was stopped");
			return;
		}
		if (waited_ns < PATIENCE_NS && waited_ns + ns >= PATIENCE_NS)
			say(words_fd, word);
		clock_sleep(ns);
		waited_ns += ns;
		ns = u64_min(2 * ns, AGAIN_MOST_NS);
	}
	word->err = (struct error){ 0 };
}

static void guard(int end_fd, int words_fd, const struct pause_ops *ops, uint64_t budget_ns)
{
	struct word word = { 0 };
	uint64_t since_ns;
	char byte;
	int r;

	stand_apart(end_fd, words_fd);
	if (read(end_fd, &byte, 1) != 1)
		return;
	r = ops->stop(ops->arg, &word.err);
	since_ns = clock_now_ns(CLOCK_MONOTONIC);
	word.report.was_stopped = r == 0;
	say(words_fd, &word);
	if (r <= 0)
		return;
	word.report.cut = wait_for_end(end_fd, since_ns + budget_ns);
	go_on(ops, words_fd, &word);
	word.report.ns = clock_now_ns(CLOCK_MONOTONIC) - since_ns;
	say(words_fd, &word);
}

/* --- here --------------------------------------------------------------------------- */

/* Return: 0; -ECHILD; what the other process failed with. */
static int hear(int fd, struct word *ret, struct error *err)
{
	struct word word;
	ssize_t got;

	do
		got = read(fd, &word, sizeof(word));
	while (got < 0 && errno == EINTR);
	if (got != sizeof(word))
		return error_set(err, -ECHILD,
				 "the process that has stopped the guest was killed; let the guest go on by hand");
	word.err.text[sizeof(word.err.text) - 1] = '\0';
	if (word.err.code < 0)
		return error_set(err, word.err.code, "%s", word.err.text);
	*ret = word;
	return 0;
}

/* A child's child, which nobody here has to wait for. Return: 0; -errno. */
static int start(int end_fd, int words_fd, const struct pause_ops *ops, uint64_t budget_ns)
{
	pid_t pid;

	fflush(NULL);
	pid = fork();
	if (pid == 0) {
		pid = fork();
		if (pid == 0)
			guard(end_fd, words_fd, ops, budget_ns);
		_exit(pid < 0);
	}
	if (pid > 0)
		waitpid(pid, NULL, 0);
	return pid < 0 ? -errno : 0;
}

/* Return: 0; -errno. */
static int make_pipes(int end[2], int words[2])
{
	int r;

	if (pipe2(end, O_CLOEXEC) < 0)
		return -errno;
	if (pipe2(words, O_CLOEXEC) == 0)
		return 0;
	r = -errno;
	close(end[0]);
	close(end[1]);
	return r;
}

int pause_create(struct pause **ret, const struct pause_ops *ops, uint64_t budget_ns,
		 struct error *err)
{
	struct pause *pause = calloc(1, sizeof(*pause));
	int end[2], words[2], r = pause ? make_pipes(end, words) : -ENOMEM;

	if (r < 0) {
		free(pause);
		return error_errno(err, r, "a pause");
	}
	pause->end_fd = end[1];
	pause->words_fd = words[0];
	r = start(end[0], words[1], ops, budget_ns);
	close(end[0]);
	close(words[1]);
	if (r < 0) {
		pause_destroy(pause);
		return error_errno(err, r, "a pause");
	}
	*ret = pause;
	return 0;
}

void pause_destroy(struct pause *pause)
{
	if (!pause)
		return;
	if (pause->end_fd >= 0)
		close(pause->end_fd);
	close(pause->words_fd);
	free(pause);
}

void pause_fds(const struct pause *pause, int ret[2])
{
	ret[0] = pause->end_fd;
	ret[1] = pause->words_fd;
}

int pause_begin(struct pause *pause, struct error *err)
{
	sighandler_t before = signal(SIGPIPE, SIG_IGN);
	struct word word;
	char byte = 0;
	int r;

	/* Whether it is still there is seen when it does not answer. */
	if (write(pause->end_fd, &byte, 1) < 0 && errno != EPIPE)
		r = error_errno(err, -errno, "a pause");
	else
		r = hear(pause->words_fd, &word, err);
	signal(SIGPIPE, before);
	if (r == 0)
		pause->was_stopped = word.report.was_stopped;
	return r;
}

int pause_end(struct pause *pause, struct pause_report *ret, struct error *err)
{
	struct word word = { .report = { .was_stopped = true } };
	struct error why = { 0 };
	int r = 0;

	close(pause->end_fd);
	pause->end_fd = -1;
	if (!pause->was_stopped)
		r = hear(pause->words_fd, &word, &why);
	if (r < 0 && r != -ESRCH && r != -ECHILD)
		return error_set(err, r, "%s; the guest stands still until that is over", why.text);
	if (r < 0)
		return error_set(err, r, "%s", why.text);
	*ret = word.report;
	return 0;
}
