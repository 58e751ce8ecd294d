/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Long options and operands, with mistakes as errors rather than getopt's prints. */
#ifndef BASE_ARGS_H
#define BASE_ARGS_H

#include <getopt.h>

#include "error.h"

/**
 * args_walk() - Take each option of a command line.
 * @argc: as of main()
 * @argv: as of main(); operands are moved behind the options
 * @options: as for getopt_long(), whose @flag are NULL and whose @val are not '?'
 * @take: called for each option, with its @val, its value or NULL, and @data;
 *	returns 0 or a negative errno, with a line for the user, which ends the walk
 * @data: for @take
 * @err: what is wrong
 *
 * Return: index of the first operand, @argc when there is none; -EINVAL for an
 * option that is unknown, lacks its value or was not taken.
 */
int args_walk(int argc, char **argv, const struct option *options,
	      int (*take)(int option, const char *value, void *data, struct error *err),
	      void *data, struct error *err);

#endif
