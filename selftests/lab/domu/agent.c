// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Process 1 of a lab's guest: runs the commands that come over the console and
 * sends back their output and status.
 */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/signalfd.h>
#include <sys/wait.h>
#include <unistd.h>

#include "frame.h"

#define MAX_ARGS	512

/**
 * struct agent - all that the agent knows
 * @console: where requests come from
 * @children: signalfd for SIGCHLD
 * @output: reading end of the command's pipe, -1 without a command
 * @pid: the command and its process group, 0 without one
 * @seq: number of the request that it belongs to
 * @reader: frames from @console
 */
struct agent {
	int console;
	int children;
	int output;
	pid_t pid;
	uint32_t seq;
	struct frame_reader reader;
};

static void run_child(char **argv, int output)
{
	sigset_t none;
	int null = open("/dev/null", O_RDONLY);

	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, NULL);
	setsid();
	dup2(null, 0);
	dup2(output, 1);
	dup2(output, 2);
	execvp(argv[0], argv);
	fprintf(stderr, "lab-agent: %s: %s\n", argv[0], strerror(errno));
	_exit(errno == ENOENT ? 127 : 126);
}

static int split_args(struct frame *f, char **argv)
{
	char *p = (char *)f->data, *end = p + f->len;
	int n = 0;

	if (!f->len || end[-1])
		return -EINVAL;
	while (p < end) {
		if (n == MAX_ARGS)
			return -E2BIG;
		argv[n++] = p;
		p += strlen(p) + 1;
	}
	argv[n] = NULL;
	return 0;
}

static void end_command(struct agent *a, uint8_t status)
{
	if (a->output >= 0)
		close(a->output);
	a->output = -1;
	a->pid = 0;
	frame_send(a->console, FRAME_STATUS, a->seq, &status, 1);
}

/* A request while a command runs means that the one who asked has gone. */
static void drop_command(struct agent *a)
{
	if (!a->pid)
		return;
	/* Whoever has only just been forked is no group yet. */
	kill(-a->pid, SIGKILL);
	kill(a->pid, SIGKILL);
	/* The next command is not to see it any more. */
	waitpid(a->pid, NULL, 0);
	if (a->output >= 0)
		close(a->output);
	a->output = -1;
	a->pid = 0;
}

static void start_command(struct agent *a, struct frame *f)
{
	char *argv[MAX_ARGS + 1];
	int pipefd[2];

	drop_command(a);
	a->seq = f->seq;
	if (split_args(f, argv) || pipe2(pipefd, O_CLOEXEC | O_NONBLOCK)) {
		end_command(a, 126);
		return;
	}
	/* The command must not inherit our non-blocking end. */
	fcntl(pipefd[1], F_SETFL, 0);
	a->pid = fork();
	if (!a->pid)
		run_child(argv, pipefd[1]);
	close(pipefd[1]);
	a->output = pipefd[0];
	if (a->pid < 0) {
		a->pid = 0;
		end_command(a, 126);
	}
}

/* Returns false when there is nothing (more) to read for now. */
static int pass_output(struct agent *a)
{
	char buf[4096];
	ssize_t n;

	if (a->output < 0)
		return 0;
	n = read(a->output, buf, sizeof(buf));
	if (n > 0) {
		frame_send(a->console, FRAME_OUTPUT, a->seq, buf, n);
		return 1;
	}
	if (n == 0) {
		close(a->output);
		a->output = -1;
	}
	return 0;
}

/* What the command left in the background may hold the pipe: do not wait. */
static void reap(struct agent *a)
{
	struct signalfd_siginfo info;
	int status;
	pid_t pid;

	if (read(a->children, &info, sizeof(info)) < 0 && errno != EAGAIN)
		perror("lab-agent: signalfd");
	while ((pid = waitpid(-1, &status, WNOHANG)) > 0) {
		if (pid != a->pid)
			continue;
		while (pass_output(a))
			;
		end_command(a, WIFSIGNALED(status) ? 128 + WTERMSIG(status) :
						     WEXITSTATUS(status));
	}
}

static int take_requests(struct agent *a)
{
	struct frame f;
	int n = frame_fill(&a->reader, a->console);

	if (n < 0)
		return n;
	while (frame_next(&a->reader, &f)) {
		if (f.type == FRAME_PING)
			frame_send(a->console, FRAME_PONG, f.seq, NULL, 0);
		else if (f.type == FRAME_EXEC)
			start_command(a, &f);
	}
	return 0;
}

static int serve(struct agent *a)
{
	for (;;) {
		struct pollfd fds[] = {
			{ .fd = a->console, .events = POLLIN },
			{ .fd = a->children, .events = POLLIN },
			{ .fd = a->output, .events = POLLIN },
		};
		int err = 0;

		if (poll(fds, 3, -1) < 0 && errno != EINTR)
			return -errno;
		if (fds[2].revents)
			pass_output(a);
		if (fds[1].revents)
			reap(a);
		/* A hung-up port (nobody at the other end) must not spin. */
		if (fds[0].revents & POLLIN)
			err = take_requests(a);
		else if (fds[0].revents)
			usleep(100000);
		if (err)
			return err;
	}
}

int main(int argc, char **argv)
{
	struct agent a = { .output = -1 };
	sigset_t set;
	int err;

	if (argc != 2) {
		fprintf(stderr, "usage: lab-agent CONSOLE\n");
		return 2;
	}
	a.console = open(argv[1], O_RDWR | O_NOCTTY | O_CLOEXEC);
	if (a.console < 0) {
		fprintf(stderr, "lab-agent: %s: %s\n", argv[1], strerror(errno));
		return 1;
	}
	frame_raw_tty(a.console);
	sigemptyset(&set);
	sigaddset(&set, SIGCHLD);
	sigprocmask(SIG_BLOCK, &set, NULL);
	a.children = signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
	if (a.children < 0) {
		perror("lab-agent: signalfd");
		return 1;
	}
	err = serve(&a);
	fprintf(stderr, "lab-agent: %s: %s\n", argv[1], strerror(-err));
	return 1;
}
