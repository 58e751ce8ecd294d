// SPDX-License-Identifier: GPL-2.0-or-later
/* Many processes that end, and leave something in the cache. */
#include <fcntl.h>
#include <stdio.h>
#include <sys/wait.h>
#include <unistd.h>

#include "crowd.h"

struct crowd crowd;

void small_file(const char *path)
{
	int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);

	if (fd < 0 || write(fd, "x", 1) != 1)
		_exit(1);
	close(fd);
}

static void leave_file(int n)
{
	char path[128];

	snprintf(path, sizeof(path), "%s/%d", crowd.dir, n);
	small_file(path);
}

void crowd_start(int step)
{
	int i, n = 0, status;
	pid_t pid;

	for (i = 0; i < crowd.processes; i++) {
		pid = fork();
		if (pid == 0) {
			if (crowd.uid && (setgid(1) || setuid(crowd.uid + i)))
				_exit(1);
			leave_file(crowd.uid + step * crowd.processes + i);
			_exit(0);
		}
		if (pid > 0 && waitpid(pid, &status, 0) == pid && !status)
			n++;
	}
	if (n != crowd.processes) {
		printf("# %d of %d processes came to something\n", n, crowd.processes);
		fflush(stdout);
		_exit(1);
	}
}
