// SPDX-License-Identifier: GPL-2.0-or-later
/* Options that every subcommand has, and how mistakes in them are told. */
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>

#include "command.h"

void complain(const struct error *err)
{
	fprintf(stderr, "filecache: %s\n", err->text);
}

int usage_error(const struct command *self, const char *fmt, ...)
{
	struct error err;
	char text[200];
	va_list args;

	va_start(args, fmt);
	vsnprintf(text, sizeof(text), fmt, args);
	va_end(args);
	error_set(&err, -1, "%s: %s; see 'filecache %s --help'", self->name,
		  text, self->name);
	complain(&err);
	return EXIT_USAGE;
}

int options_out(const struct options *options, unsigned int page_size,
		struct out **ret, struct error *err)
{
	int r = out_create(ret, stdout, options->json, options->sizes,
			   page_size);

	return r < 0 ? error_errno(err, r, "output") : 0;
}

int options_printed(void)
{
	struct error err;

	errno = 0;
	if (fflush(stdout) == 0 && !ferror(stdout))
		return 0;
	error_errno(&err, errno ? -errno : -EIO, "output");
	complain(&err);
	return 1;
}

int options_next(const struct command *self, int argc, char **argv,
		 const char *letters, const struct option *longs,
		 struct options *options, int *ret_status)
{
	int c;

	/* One line with the subcommand's name in it, rather than getopt's. */
	opterr = 0;
	while ((c = getopt_long(argc, argv, letters, longs, NULL)) != -1) {
		switch (c) {
		case OPTION_JSON:
			options->json = true;
			break;
		case OPTION_BYTES:
			options->sizes = OUT_SIZES_BYTES;
			break;
		case OPTION_PAGES:
			options->sizes = OUT_SIZES_PAGES;
			break;
		case 'h':
			printf("Usage: %s", self->help);
			*ret_status = options_printed();
			return OPTIONS_EXIT;
		case ':':
			*ret_status = usage_error(self, "%s wants a value",
						  argv[optind - 1]);
			return OPTIONS_EXIT;
		case '?':
			if (optopt > 0 && optopt < OPTION_JSON)
				*ret_status = usage_error(self, "-%c is not known",
							  optopt);
			else
				*ret_status = usage_error(self, "%s is not known or takes no value",
							  argv[optind - 1]);
			return OPTIONS_EXIT;
		default:
			return c;
		}
	}
	return OPTIONS_END;
}
