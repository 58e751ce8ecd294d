/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Tools that are subcommands, and the options that these share. */
#ifndef BASE_COMMAND_H
#define BASE_COMMAND_H

#include <getopt.h>
#include <stdbool.h>
#include <stdio.h>

#include "error.h"
#include "out.h"

/* What a subcommand returns besides 0 and a negative errno. */
#define EXIT_USAGE 2

/**
 * struct command - a subcommand
 * @name: as typed
 * @run: gets its own arguments, @argv[0] being its name; returns an
 *	 exit status, or a negative errno with the error set
 * @brief: one line
 * @help: the whole help, without the first "Usage: "
 */
struct command {
	const char *name;
	int (*run)(const struct command *self, int argc, char **argv,
		   struct error *err);
	const char *brief;
	const char *help;
};

/**
 * struct tool - a tool and its subcommands
 * @name: of the tool
 * @version: of the tool
 * @brief: what it is for, a sentence
 * @commands: in the order of the help
 * @count: of them
 */
struct tool {
	const char *name;
	const char *version;
	const char *brief;
	const struct command *const *commands;
	size_t count;
};

/**
 * struct options - options that every subcommand has
 * @json: JSON rather than text
 * @sizes: unit of sizes in text
 */
struct options {
	bool json;
	enum out_sizes sizes;
};

/* Values of long options without a letter; a subcommand's own follow. */
enum {
	OPTION_JSON = 0x100,
	OPTION_BYTES,
	OPTION_PAGES,
	OPTION_OWN,
};

/* At the end of a command's options: those that do something there. */
#define OPTIONS_END_HELP						\
	{ "help", no_argument, NULL, 'h' },				\
	{ NULL, 0, NULL, 0 }

#define OPTIONS_END_JSON						\
	{ "json", no_argument, NULL, OPTION_JSON },			\
	OPTIONS_END_HELP

#define OPTIONS_END_SIZES						\
	{ "bytes", no_argument, NULL, OPTION_BYTES },			\
	{ "pages", no_argument, NULL, OPTION_PAGES },			\
	OPTIONS_END_JSON

/* And of its help. */
#define HELP_END_HELP							\
	"  -h, --help       print this\n"

#define HELP_END_JSON							\
	"  --json           print JSON; sizes in it are bytes\n"	\
	HELP_END_HELP

#define HELP_END_SIZES							\
	"  --json           print JSON; sizes in it are bytes\n"	\
	"  --bytes          print sizes as numbers of bytes\n"		\
	"  --pages          print sizes as numbers of pages\n"		\
	HELP_END_HELP

/* options_next() returns it at the end of the options. */
#define OPTIONS_END (-1)
/* And it when all is said: @ret_status is what the subcommand returns. */
#define OPTIONS_EXIT (-2)

/**
 * options_next() - The next option that is the subcommand's own.
 * @self: the subcommand
 * @argc: as for getopt_long()
 * @argv: likewise
 * @letters: likewise, beginning with ':'; with a '+' before it where options
 *	     end at the first argument
 * @longs: likewise, ending in one of OPTIONS_END_...
 * @options: filled in from the shared options
 * @ret_status: exit status after --help or an error
 *
 * Help and usage errors are printed here.
 *
 * Return: the option, OPTIONS_END or OPTIONS_EXIT.
 */
int options_next(const struct command *self, int argc, char **argv,
		 const char *letters, const struct option *longs,
		 struct options *options, int *ret_status);

/**
 * usage_error() - Say what is wrong with the arguments, in one line.
 * Return: EXIT_USAGE.
 */
int usage_error(const struct command *self, const char *fmt, ...)
	__attribute__((format(printf, 2, 3)));

/**
 * options_out() - Begin output as the options ask for, on standard output.
 * Return: 0 or -ENOMEM.
 */
int options_out(const struct options *options, unsigned int page_size,
		struct out **ret, struct error *err);

/**
 * options_printed() - See to it that what was printed has got out.
 * Return: exit status; a failure is told.
 */
int options_printed(void);

/** complain() - Print an error that does not end the program. */
void complain(const struct error *err);

/**
 * command_main() - What main() is of such a tool.
 * @tool: that it is
 * @argc: as of main()
 * @argv: as of main()
 *
 * Knows --help, --version and "help COMMAND" by itself.
 *
 * Return: exit status.
 */
int command_main(const struct tool *tool, int argc, char **argv);

#endif
