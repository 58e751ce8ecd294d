// SPDX-License-Identifier: GPL-2.0-or-later
/* A confined child, and the socket to it. */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "step.h"

/* As main() would after any other failure. */
#define EXIT_FAILED	1

/* In the child: the first message tells how it went. */
static int confine(const struct sandbox *profile, int socket, pid_t parent)
{
	int fds[SANDBOX_FDS_MAX];
	struct sandbox with = *profile;
	struct error err = { 0 };
	size_t i;
	int r;

	if (with.count < SANDBOX_FDS_MAX) {
		fds[0] = socket;
		for (i = 0; i < profile->count; i++)
			fds[1 + i] = profile->fds[i];
		with.fds = fds;
		with.count++;
		r = step_all(&with, parent, &err);
	} else {
		r = error_set(&err, -EINVAL, "sandbox: too many descriptors");
	}
	return write(socket, &err, sizeof(err)) == sizeof(err) ? r : -EPIPE;
}

/* In the parent: until the child is confined, or has failed. */
static int hear(int socket, struct error *err)
{
	struct error told = { 0 };
	ssize_t got = read(socket, &told, sizeof(told));

	if (got != sizeof(told))
		return error_set(err, -EPIPE, "sandbox: the child has ended");
	told.text[sizeof(told.text) - 1] = '\0';
	return told.code < 0 ? error_set(err, told.code, "%s", told.text) : 0;
}

int sandbox_spawn(struct sandbox_worker *ret, const struct sandbox *profile,
		  int (*work)(int socket, void *data), void *data, struct error *err)
{
	pid_t parent = getpid();
	struct sandbox_worker worker;
	int pair[2], r;

	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair) < 0)
		return error_errno(err, -errno, "sandbox: a socket");
	/* What is printed, but not written yet, is not to be written twice. */
	fflush(NULL);
	worker.pid = fork();
	if (worker.pid == 0)
		_exit(confine(profile, pair[1], parent) < 0 ? EXIT_FAILED : work(pair[1], data));
	r = worker.pid < 0 ? error_errno(err, -errno, "sandbox: a child") : 0;
	close(pair[1]);
	worker.socket = pair[0];
	if (r < 0) {
		close(worker.socket);
		return r;
	}
	r = hear(worker.socket, err);
	if (r < 0) {
		sandbox_wait(&worker, NULL);
		return r;
	}
	*ret = worker;
	return 0;
}

int sandbox_wait(struct sandbox_worker *worker, struct error *err)
{
	pid_t got;
	int status;

	close(worker->socket);
	do
		got = waitpid(worker->pid, &status, 0);
	while (got < 0 && errno == EINTR);
	if (got < 0)
		return error_errno(err, -errno, "sandbox: the child");
	if (WIFSIGNALED(status))
		return error_set(err, -ECHILD, "sandbox: the child was ended by signal %d (%s)",
				 WTERMSIG(status), strsignal(WTERMSIG(status)));
	return WEXITSTATUS(status);
}
