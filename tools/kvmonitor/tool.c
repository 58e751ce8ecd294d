// SPDX-License-Identifier: GPL-2.0-or-later
/* Programs of the system's that do a part of the work: ip and tc. */
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/file.h"
#include "base/macros.h"
#include "tool.h"

#define PRINTED_MOST	1048576
#define NOT_THERE	127

/* Not what the user has: we are root, and these two are meant. */
static void become(int net, int printed, bool wants_output, const char *const *words)
{
	static char *const environment[] = { "PATH=/usr/sbin:/sbin:/usr/bin:/bin", "LC_ALL=C",
					     NULL };
	static const int ours[] = { SIGINT, SIGQUIT, SIGHUP, SIGTERM };
	size_t i;
	int null = open("/dev/null", O_RDWR | O_CLOEXEC);
	sigset_t none;

	/* What is undone is not to be ended half-way by a second Ctrl-C, or with a whole unit. */
	for (i = 0; i < ARRAY_SIZE(ours); i++)
		signal(ours[i], SIG_IGN);
	setsid();
	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, NULL);
	if (null < 0 || (net >= 0 && setns(net, CLONE_NEWNET) < 0))
		_exit(1);
	dup2(null, 0);
	dup2(wants_output ? printed : null, 1);
	dup2(wants_output ? null : printed, 2);
	execvpe(words[0], (char *const *)words, environment);
	_exit(NOT_THERE);
}

/* Return: 0, or what the end of the program means. */
static int judge(const char *const *words, int status, const char *printed, struct error *err)
{
	if (WIFEXITED(status) && WEXITSTATUS(status) == 0)
		return 0;
	if (WIFEXITED(status) && WEXITSTATUS(status) == NOT_THERE)
		return error_set(err, -ENOENT, "%s: is not installed (iproute2)", words[0]);
	return error_set(err, -EIO, "%s %s %s: %.*s", words[0], words[1], words[2],
			 (int)strcspn(printed, "\n"), printed);
}

/* All that it prints, and its end. */
static int finish(pid_t pid, int from, char **ret, struct error *err,
		  const char *const *words)
{
	__free_mem char *printed = NULL;
	int status, r = file_read_fd(from, words[0], PRINTED_MOST, &printed, NULL, err);

	/* Who prints more than that must not wait for us for ever. */
	close(from);
	while (waitpid(pid, &status, 0) < 0 && errno == EINTR)
		;
	if (r == 0)
		r = judge(words, status, printed, err);
	if (r == 0 && ret)
		*ret = no_free_ptr(printed);
	return r;
}

int tool_run(int net, char **ret, struct error *err, const char *const *words)
{
	int pipefd[2], r;
	pid_t pid;

	if (pipe2(pipefd, O_CLOEXEC) < 0)
		return error_errno(err, -errno, "%s", words[0]);
	fflush(NULL);
	pid = fork();
	if (pid == 0)
		become(net, pipefd[1], ret, words);
	close(pipefd[1]);
	if (pid > 0)
		return finish(pid, pipefd[0], ret, err, words);
	r = error_errno(err, -errno, "%s", words[0]);
	close(pipefd[0]);
	return r;
}

int tool_raise(int net, const char *name, struct error *err)
{
	/* In two steps: the kernel would bring it up first, and say so to everybody. */
	int r = TOOL(net, err, "ip", "link", "set", "dev", name, "addrgenmode", "none");

	return r < 0 ? r : TOOL(net, err, "ip", "link", "set", "dev", name, "arp", "off", "up");
}
