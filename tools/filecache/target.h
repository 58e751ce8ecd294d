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

/** target_text() - As it was written. Return: @buf, of FORMAT_MAX bytes. */
char *target_text(char *buf, const struct target *target);

/** targets_check() - Whether arguments make sense. Return: 0, EXIT_USAGE. */
int targets_check(const struct command *self, int count, char **args);

/**
 * targets_do() - Do something for all of a subcommand's arguments.
 * @client: connection to the module
 * @out: where results go
 * @options: the command line's
 * @page: size of a page in bytes
 * @count: of @args
 * @args: processes and owners, all of which can be parsed
 *
 * Return: exit status: 1 when it could not be done for one of them.
 */
typedef int targets_do(struct filecache_client *client, struct out *out,
		       const struct options *options, uint64_t page, int count,
		       char **args);

/**
 * targets_do_all() - What follows when the options are known.
 * @self: the subcommand
 * @options: its options
 * @count: of @args
 * @args: processes and owners, not checked yet
 * @todo: what to do, once all of them are known to make sense
 * @err: why it failed
 *
 * Return: exit status, or a negative errno.
 */
int targets_do_all(const struct command *self, const struct options *options,
		   int count, char **args, targets_do *todo, struct error *err);

/**
 * targets_run() - Run a subcommand whose arguments are processes and owners.
 * @self: the subcommand
 * @argc: of @argv
 * @argv: the subcommand's name, options and arguments
 * @todo: what to do, once all arguments are known to make sense
 * @err: why it failed
 *
 * Return: exit status, or a negative errno.
 */
int targets_run(const struct command *self, int argc, char **argv,
		targets_do *todo, struct error *err);

#endif
