/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The command line. */
#ifndef BALLOON_SYNC_OPTIONS_H
#define BALLOON_SYNC_OPTIONS_H

#include <stdbool.h>
#include <stdint.h>

#include "base/error.h"
#include "law.h"
#include "member.h"

#define OPTIONS_FLOOR_HALF UINT64_MAX

/**
 * enum command - what to do
 * @COMMAND_RUN: follow a group
 * @COMMAND_RESTORE: bring sizes back after a crash
 * @COMMAND_CHECK: say whether a configuration is right
 * @COMMAND_HELP: say how to use it
 */
enum command {
	COMMAND_RUN,
	COMMAND_RESTORE,
	COMMAND_CHECK,
	COMMAND_HELP,
};

/**
 * struct options - the command line, checked
 * @command: what to do
 * @config: path of the configuration file
 * @guest: name of the guest, NULL only for COMMAND_RESTORE of all
 * @group: who is followed
 * @law: limits; the floor may be OPTIONS_FLOOR_HALF
 * @interval_ns: between two samples
 * @linger_ns: see struct controller_config
 * @patience_ns: see struct move
 * @dry_run: measure and say, move nothing
 * @once: until the first wish is carried out, then leave it so
 * @json: for programs
 * @log: path of a CSV file, or NULL
 * @state: path of the state file, or NULL for the usual one
 */
struct options {
	enum command command;
	const char *config;
	const char *guest;
	struct member_spec group;
	struct law_config law;
	uint64_t interval_ns;
	uint64_t linger_ns;
	uint64_t patience_ns;
	bool dry_run;
	bool once;
	bool json;
	const char *log;
	const char *state;
};

/**
 * options_parse() - Read the command line.
 * @argc: of main()
 * @argv: of main(), must outlive @ret
 * @ret: untouched on failure
 * @err: what is wrong
 *
 * Return: 0; -EINVAL for wrong usage.
 */
int options_parse(int argc, char **argv, struct options *ret,
		  struct error *err);

/** options_help() - The text for --help. */
const char *options_help(void);

#endif
