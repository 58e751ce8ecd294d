// SPDX-License-Identifier: GPL-2.0-or-later
/* Subcommands, the options that every one has, and how mistakes in them are told. */
#include <errno.h>
#include <locale.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "command.h"
#include "file.h"

void complain(const struct error *err)
{
	fprintf(stderr, "%s: %s\n", program_invocation_short_name, err->text);
}

int usage_error(const struct command *self, const char *fmt, ...)
{
	struct error err;
	char text[200];
	va_list args;

	va_start(args, fmt);
	vsnprintf(text, sizeof(text), fmt, args);
	va_end(args);
	error_set(&err, -1, "%s: %s; see '%s %s --help'", self->name,
		  text, program_invocation_short_name, self->name);
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

static void print_usage(const struct tool *tool, FILE *to)
{
	int width = 0;
	size_t i;

	for (i = 0; i < tool->count; i++)
		if ((int)strlen(tool->commands[i]->name) > width)
			width = (int)strlen(tool->commands[i]->name);
	fprintf(to, "Usage: %s COMMAND [OPTION]... [ARGUMENT]...\n\n%s\n\n", tool->name,
		tool->brief);
	for (i = 0; i < tool->count; i++)
		fprintf(to, "  %-*s  %s\n", width, tool->commands[i]->name,
			tool->commands[i]->brief);
	fprintf(to, "\n'%s COMMAND --help' tells more, '%s --version' the version.\n",
		tool->name, tool->name);
}

static const struct command *find_command(const struct tool *tool, const char *name)
{
	size_t i;

	for (i = 0; i < tool->count; i++)
		if (strcmp(tool->commands[i]->name, name) == 0)
			return tool->commands[i];
	return NULL;
}

static int no_command(const struct tool *tool, const char *name)
{
	struct error err;

	error_set(&err, -1, "%s: no such command; see '%s --help'", name, tool->name);
	complain(&err);
	return EXIT_USAGE;
}

static int run(const struct command *command, int argc, char **argv)
{
	struct error err = { 0 };
	int r = command->run(command, argc, argv, &err);

	if (r < 0) {
		complain(&err);
		return 1;
	}
	return r;
}

/* help COMMAND: as the command's own --help. */
static int help(const struct tool *tool, int argc, char **argv)
{
	const struct command *command;
	char *args[3] = { argv[0], "--help" };

	if (argc < 2) {
		print_usage(tool, stdout);
		return options_printed();
	}
	command = find_command(tool, argv[1]);
	if (!command || argc > 2)
		return no_command(tool, argv[argc > 2 ? 2 : 1]);
	return run(command, 2, args);
}

int command_main(const struct tool *tool, int argc, char **argv)
{
	const struct command *command;

	if (file_open_standard() < 0)
		return 1;
	/* Ignored, it would hide how children ended. */
	signal(SIGCHLD, SIG_DFL);
	setlocale(LC_CTYPE, "");
	/* By whatever name it was started: complain() tells this one. */
	program_invocation_short_name = (char *)tool->name;
	if (argc < 2) {
		print_usage(tool, stderr);
		return EXIT_USAGE;
	}
	if (strcmp(argv[1], "--help") == 0 || strcmp(argv[1], "-h") == 0 ||
	    strcmp(argv[1], "help") == 0)
		return help(tool, argc - 1, argv + 1);
	if (strcmp(argv[1], "--version") == 0) {
		printf("%s %s\n", tool->name, tool->version);
		return options_printed();
	}
	command = find_command(tool, argv[1]);
	if (!command)
		return no_command(tool, argv[1]);
	return run(command, argc - 1, argv + 1);
}
