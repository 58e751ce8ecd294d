// SPDX-License-Identifier: GPL-2.0-or-later
/* A command that is run in our place: its signals, its end, its exit status. */
#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <sys/wait.h>
#include <unistd.h>

#include "child.h"
#include "cleanup.h"
#include "clock.h"
#include "command.h"
#include "macros.h"

/* Passed on to the command: who sends them to us means it. */
static const int passed_on[] = {
	SIGTERM, SIGHUP, SIGUSR1, SIGUSR2, SIGALRM,
};

/*
 * A terminal sends the first two to the command itself, and the last two come
 * from our own writing, which fails instead.
 */
static const int kept[] = {
	SIGINT, SIGQUIT, SIGCHLD, SIGPIPE, SIGXFSZ,
};

void child_hold_signals(struct child *child)
{
	size_t i;

	/* Inherited as ignored, it would hide how the command ended. */
	signal(SIGCHLD, SIG_DFL);
	sigemptyset(&child->held);
	for (i = 0; i < ARRAY_SIZE(passed_on); i++)
		sigaddset(&child->held, passed_on[i]);
	for (i = 0; i < ARRAY_SIZE(kept); i++)
		sigaddset(&child->held, kept[i]);
	sigprocmask(SIG_BLOCK, &child->held, &child->mask);
}

int child_signal(const struct child *child, uint64_t wait_ns)
{
	const struct timespec wait = {
		.tv_sec = (time_t)(wait_ns / NSEC_PER_SEC),
		.tv_nsec = (long)(wait_ns % NSEC_PER_SEC),
	};
	int sig = sigtimedwait(&child->held, NULL, &wait);

	return sig > 0 ? sig : 0;
}

int child_not_undone(int status, const struct error *why)
{
	complain(why);
	return status ? status : CHILD_OWN;
}

static void pass_on(const struct child *child, int sig)
{
	size_t i;

	for (i = 0; i < ARRAY_SIZE(passed_on); i++)
		if (passed_on[i] == sig)
			kill(child->pid, sig);
}

/**
 * struct reason - why a command does not run, as its process tells
 * @entering: it did not come to the command
 * @error: errno
 */
struct reason {
	bool entering;
	int error;
};

/* Never returns; the reason goes through the pipe, which exec closes. */
static void become(const struct child *child, char *const *argv, int (*enter)(void *data),
		   void *data, int pipe)
{
	struct reason reason = { 0 };
	int r;

	sigprocmask(SIG_SETMASK, &child->mask, NULL);
	r = enter ? enter(data) : 0;
	if (r == 0)
		execvp(argv[0], argv);
	reason.entering = r < 0;
	reason.error = r < 0 ? -r : errno;
	if (write(pipe, &reason, sizeof(reason)) < 0)
		_exit(CHILD_NOT_FOUND);
	_exit(CHILD_NOT_FOUND);
}

int child_start(struct child *child, char *const *argv, int (*enter)(void *data), void *data,
		struct error *err)
{
	__free_fd int from = -1;
	__free_fd int to = -1;
	struct reason reason;
	int pipefd[2];

	if (pipe2(pipefd, O_CLOEXEC) < 0)
		return error_errno(err, -errno, "%s", argv[0]);
	from = pipefd[0];
	to = pipefd[1];
	fflush(NULL);
	child->pid = fork();
	if (child->pid < 0)
		return error_errno(err, -errno, "%s", argv[0]);
	if (child->pid == 0)
		become(child, argv, enter, data, to);
	close(to);
	to = -1;
	if (read(from, &reason, sizeof(reason)) != (ssize_t)sizeof(reason))
		return 0;
	waitpid(child->pid, NULL, 0);
	error_errno(err, -reason.error, "%s", argv[0]);
	if (reason.entering)
		return -reason.error;
	return reason.error == ENOENT ? CHILD_NOT_FOUND : CHILD_NOT_RUN;
}

int child_follow(struct child *child, uint64_t period_ns, void (*tick)(void *data),
		 void *data)
{
	uint64_t next_ns = clock_now_ns(CLOCK_MONOTONIC) + period_ns;
	int status = 0;

	while (waitpid(child->pid, &status, WNOHANG) == 0) {
		uint64_t now_ns = clock_now_ns(CLOCK_MONOTONIC);

		pass_on(child, child_signal(child, next_ns > now_ns ? next_ns - now_ns : 0));
		if (clock_now_ns(CLOCK_MONOTONIC) < next_ns)
			continue;
		if (tick)
			tick(data);
		next_ns = clock_now_ns(CLOCK_MONOTONIC) + period_ns;
	}
	return WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status);
}
