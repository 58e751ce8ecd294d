/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Inside of the library: the steps of sandbox_enter(), in their order. */
#ifndef SANDBOX_STEP_H
#define SANDBOX_STEP_H

#include "sandbox.h"

/**
 * step_all() - sandbox_enter(), and more.
 * @profile: what the process is left
 * @parent: process with which it is to end, 0 for none
 * @err: why it failed
 *
 * Return: see sandbox_enter(); -ESRCH when @parent has ended.
 */
int step_all(const struct sandbox *profile, pid_t parent, struct error *err);

/** step_choose_user() - A user that nobody is. Return: 0; -EUSERS. */
int step_choose_user(uid_t *ret, struct error *err);

/** step_root() - Namespaces of its own, with an empty root. Return: 0, negative errno. */
int step_root(struct error *err);

/** step_identity() - That user (0: none), no capabilities. Return: 0, negative errno. */
int step_identity(uid_t uid, struct error *err);

/** step_filter() - Only these system calls (enum sandbox_calls). Return: 0, negative errno. */
int step_filter(unsigned int calls, struct error *err);

#endif
