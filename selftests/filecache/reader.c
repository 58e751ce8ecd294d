// SPDX-License-Identifier: GPL-2.0-or-later
/* Processes that own what they have read, and wait. */
#include <fcntl.h>
#include <linux/sched.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "box.h"
#include "reader.h"

/* Like fork(), with this number; any, for 0. */
static pid_t fork_numbered(pid_t wanted)
{
	pid_t numbers[] = { wanted };
	struct clone_args args = {
		.exit_signal = SIGCHLD,
		.set_tid = wanted ? (uintptr_t)numbers : 0,
		.set_tid_size = wanted ? 1 : 0,
	};

	return syscall(SYS_clone3, &args, sizeof(args));
}

pid_t reader_start(pid_t wanted, const char *a, const char *b)
{
	int ready[2];
	char byte;
	pid_t pid;

	if (pipe2(ready, O_CLOEXEC))
		return -1;
	fflush(stdout);
	pid = fork_numbered(wanted);
	if (pid == 0) {
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		read_file(a);
		if (b)
			read_file(b);
		if (write(ready[1], "", 1) != 1)
			_exit(1);
		for (;;)
			pause();
	}
	close(ready[1]);
	if (read(ready[0], &byte, 1) != 1)
		return -1;
	close(ready[0]);
	return pid;
}

void reader_end(pid_t pid)
{
	kill(pid, SIGKILL);
	waitpid(pid, NULL, 0);
}
