// SPDX-License-Identifier: GPL-2.0-or-later
/* filecache: which process filled the page cache. */
#include <locale.h>
#include <stdio.h>
#include <string.h>

#include "base/file.h"
#include "base/macros.h"
#include "command.h"

static const struct command *const commands[] = {
	&command_top, &command_list, &command_show, &command_files, &command_run,
	&command_watch, &command_evict, &command_forget, &command_stats,
	&command_export,
};

static void print_usage(FILE *to)
{
	size_t i;

	fprintf(to, "Usage: filecache COMMAND [OPTION]... [ARGUMENT]...\n\n"
		"Which process filled the page cache, also after it has ended.\n\n");
	for (i = 0; i < ARRAY_SIZE(commands); i++)
		fprintf(to, "  %-6s  %s\n", commands[i]->name, commands[i]->brief);
	fprintf(to, "\n'filecache COMMAND --help' tells more, "
		"'filecache --version' the version.\n");
}

static const struct command *find_command(const char *name)
{
	size_t i;

	for (i = 0; i < ARRAY_SIZE(commands); i++)
		if (strcmp(commands[i]->name, name) == 0)
			return commands[i];
	return NULL;
}

static int no_command(const char *name)
{
	struct error err;

	error_set(&err, -1, "%s: no such command; see 'filecache --help'", name);
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

/* filecache help COMMAND: as the command's own --help. */
static int help(int argc, char **argv)
{
	const struct command *command;
	char *args[3] = { argv[0], "--help" };

	if (argc < 2) {
		print_usage(stdout);
		return options_printed();
	}
	command = find_command(argv[1]);
	if (!command || argc > 2)
		return no_command(argv[argc > 2 ? 2 : 1]);
	return run(command, 2, args);
}

int main(int argc, char **argv)
{
	const struct command *command;

	if (file_open_standard() < 0)
		return 1;
	setlocale(LC_CTYPE, "");
	if (argc < 2) {
		print_usage(stderr);
		return EXIT_USAGE;
	}
	if (strcmp(argv[1], "--help") == 0 || strcmp(argv[1], "-h") == 0 ||
	    strcmp(argv[1], "help") == 0)
		return help(argc - 1, argv + 1);
	if (strcmp(argv[1], "--version") == 0) {
		printf("filecache %s\n", VERSION);
		return options_printed();
	}
	command = find_command(argv[1]);
	if (!command)
		return no_command(argv[1]);
	return run(command, argc - 1, argv + 1);
}
