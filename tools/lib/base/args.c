// SPDX-License-Identifier: GPL-2.0-or-later
/* Long options and operands, with mistakes as errors rather than getopt's prints. */
#include <errno.h>
#include <stddef.h>

#include "args.h"

int args_walk(int argc, char **argv, const struct option *options,
	      int (*take)(int option, const char *value, void *data, struct error *err),
	      void *data, struct error *err)
{
	int option;

	/* 0, not 1: what getopt remembers of an earlier walk is forgotten as well. */
	optind = 0;
	opterr = 0;
	while ((option = getopt_long(argc, argv, "", options, NULL)) >= 0) {
		if (option == '?')
			return error_set(err, -EINVAL,
					 "%s: unknown option, or its value is missing",
					 argv[optind - 1]);
		if (take(option, optarg, data, err) < 0)
			return -EINVAL;
	}
	return optind;
}
