/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A process that takes a step each time it is told to. */
#ifndef FILECACHE_STEPPER_H
#define FILECACHE_STEPPER_H

#include <sys/types.h>

/**
 * struct stepper - a process that takes a step each time it is told to
 * @pid: of the process
 * @go: it is told by this
 * @done: and tells by this that it has taken the step
 */
struct stepper {
	pid_t pid;
	int go;
	int done;
};

/*
 * What does not work ends the test with a line: so does a process that has died
 * when it is told, or waited for.
 */

/**
 * stepper_start() - Start the process; it waits.
 * @step: called in it with 0, 1, ...; when it calls _exit() the stepper has died
 * @data: for @step; as it was when the process was started
 */
void stepper_start(struct stepper *s, void (*step)(int n, void *data), void *data);

/** stepper_tell() - Have it take its next step. */
void stepper_tell(struct stepper *s);

/** stepper_wait() - Wait until it has taken the step that it was told to take. */
void stepper_wait(struct stepper *s);

/** stepper_step() - Have it take a step, and wait until it has. */
void stepper_step(struct stepper *s);

/** stepper_end() - Have it exit, between two steps, and reap it. */
void stepper_end(struct stepper *s);

#endif
