/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the user names on the command line: a process or an owner. */
#ifndef FILECACHE_TARGET_H
#define FILECACHE_TARGET_H

#include <stdint.h>
#include <sys/types.h>

#include "command.h"

/**
 * struct target - a process with all its owners, or one owner
 * @pid: of the process, 0 for an owner
 * @owner: its id, 0 for a process
 */
struct target {
	pid_t pid;
	uint64_t owner;
};

/** target_parse() - Read "PID" or "@OWNER". Return: 0, -EINVAL, -ERANGE. */
int target_parse(const char *text, struct target *ret, struct error *err);

/**
 * targets_check() - Check all arguments before anything is done for one.
 * Return: 0, or EXIT_USAGE when it has been said what is wrong.
 */
int targets_check(const struct command *self, int count, char **args);

#endif
