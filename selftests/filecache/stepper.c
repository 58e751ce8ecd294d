// SPDX-License-Identifier: GPL-2.0-or-later
/* A process that takes a step each time it is told to. */
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "box.h"
#include "stepper.h"

/* Words to the process. */
#define STEP 's'
#define END 'e'

static void stepper_run(int go, int done, void (*step)(int n, void *data), void *data)
{
	char word;
	int n = 0;

	prctl(PR_SET_PDEATHSIG, SIGKILL);
	while (read(go, &word, 1) == 1 && word == STEP) {
		step(n++, data);
		if (write(done, "", 1) != 1)
			break;
	}
	_exit(0);
}

void stepper_start(struct stepper *s, void (*step)(int n, void *data), void *data)
{
	int go[2], done[2];

	if (pipe2(go, O_CLOEXEC) || pipe2(done, O_CLOEXEC))
		give_up("pipe");
	fflush(stdout);
	s->pid = fork();
	if (s->pid < 0)
		give_up("fork");
	if (s->pid == 0) {
		close(go[1]);
		close(done[0]);
		stepper_run(go[0], done[1], step, data);
	}
	close(go[0]);
	close(done[1]);
	s->go = go[1];
	s->done = done[0];
}

static void stepper_send(struct stepper *s, char word)
{
	if (write(s->go, &word, 1) != 1)
		give_up("stepper");
}

void stepper_tell(struct stepper *s)
{
	stepper_send(s, STEP);
}

void stepper_wait(struct stepper *s)
{
	char byte;

	if (read(s->done, &byte, 1) != 1) {
		printf("# the process that was to take a step has died\n");
		exit(1);
	}
}

void stepper_step(struct stepper *s)
{
	stepper_tell(s);
	stepper_wait(s);
}

void stepper_end(struct stepper *s)
{
	/* Not by closing the pipe: a younger process may have its other end. */
	stepper_send(s, END);
	close(s->go);
	close(s->done);
	if (waitpid(s->pid, NULL, 0) != s->pid)
		give_up("waitpid");
}
