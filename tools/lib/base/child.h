/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A command that is run in our place: its signals, its end, its exit status. */
#ifndef BASE_CHILD_H
#define BASE_CHILD_H

#include <signal.h>
#include <stdint.h>
#include <sys/types.h>

#include "error.h"

/* As env(1) and timeout(1) tell their own failures from a command's status. */
#define CHILD_NOT_FOUND	127
#define CHILD_NOT_RUN	126
#define CHILD_OWN	125

/**
 * struct child - a command
 * @pid: its process, once it is started
 * @held: signals that are waited for
 * @mask: signals as they were
 */
struct child {
	pid_t pid;
	sigset_t held;
	sigset_t mask;
};

/**
 * child_hold_signals() - From now on no signal ends us before all is undone.
 * @child: gets what it was like before
 *
 * Those that mean to end us are passed on to the command by child_follow().
 */
void child_hold_signals(struct child *child);

/**
 * child_start() - Run a command.
 * @child: after child_hold_signals()
 * @argv: of the command
 * @enter: what is to be done in its process before; returns 0 or a negative errno; may be
 *	   NULL
 * @data: for @enter
 * @err: why it does not run
 *
 * Return: 0; CHILD_NOT_FOUND or CHILD_NOT_RUN when the command could not be executed; a
 * negative errno when it did not come to that, also that of @enter.
 */
int child_start(struct child *child, char *const *argv, int (*enter)(void *data), void *data,
		struct error *err);

/**
 * child_follow() - Wait for its end.
 * @child: that was started
 * @period_ns: how often @tick is called
 * @tick: is done meanwhile; may be NULL
 * @data: for @tick
 *
 * Return: its exit status, as a shell would tell it.
 */
int child_follow(struct child *child, uint64_t period_ns, void (*tick)(void *data),
		 void *data);

/**
 * child_not_undone() - What was made for it could not be undone, which is told.
 * @status: of the command
 * @why: it could not
 *
 * Return: @status; CHILD_OWN when that would say that all went well.
 */
int child_not_undone(int status, const struct error *why);

/**
 * child_signal() - A signal that has come since the last time, waited for no longer than this.
 *
 * Return: its number; 0 when there was none.
 */
int child_signal(const struct child *child, uint64_t wait_ns);

#endif
