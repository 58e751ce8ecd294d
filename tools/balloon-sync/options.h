/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The command line. */
#ifndef BALLOON_SYNC_OPTIONS_H
#define BALLOON_SYNC_OPTIONS_H

#include <stdbool.h>
#include <stdint.h>

#include "base/error.h"
#include "config.h"
#include "member.h"

/**
 * enum command - what to do
 * @COMMAND_RUN: follow a group, or all groups of a configuration
 * @COMMAND_RESTORE: bring sizes back after a crash
 * @COMMAND_STATUS: ask the service that runs
 * @COMMAND_CHECK: say whether a configuration is right
 * @COMMAND_HELP: say how to use it
 */
enum command {
	COMMAND_RUN,
	COMMAND_RESTORE,
	COMMAND_STATUS,
	COMMAND_CHECK,
	COMMAND_HELP,
};

/**
 * struct options - the command line, checked
 * @command: what to do
 * @config: path of the configuration file; NULL to follow @group
 * @guest: name of the guest, NULL only for COMMAND_RESTORE of all
 * @group: who is followed
 * @hypervisor: see struct config_guest
 * @address: likewise
 * @floor_kb: likewise
 * @quantum_kb: likewise
 * @cap_kb: see struct config_group
 * @deadband_kb: see struct config_global, as for those below
 * @slew_kb: likewise
 * @interval_ns: likewise
 * @linger_ns: likewise
 * @patience_ns: likewise
 * @dry_run: measure and say, move nothing
 * @once: until the first wish is carried out, then leave it so
 * @json: for programs
 * @log: path of a CSV file, or NULL
 * @record: path of a trace for simulate, or NULL
 * @socket: where the service is asked
 * @state: path of the state file, or NULL for the usual one
 */
struct options {
	enum command command;
	const char *config;
	const char *guest;
	enum config_hypervisor hypervisor;
	const char *address;
	struct member_spec group;
	uint64_t floor_kb;
	uint64_t quantum_kb;
	uint64_t cap_kb;
	uint64_t deadband_kb;
	uint64_t slew_kb;
	uint64_t interval_ns;
	uint64_t linger_ns;
	uint64_t patience_ns;
	bool dry_run;
	bool once;
	bool json;
	const char *log;
	const char *record;
	const char *socket;
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

/**
 * options_config() - The configuration of one guest and one group that they mean.
 * @options: of COMMAND_RUN, without a configuration
 * @ret: to be freed by config_free()
 * @err: why it failed
 *
 * Return: 0 or -ENOMEM.
 */
int options_config(const struct options *options, struct config **ret,
		   struct error *err);

/** options_help() - The text for --help. */
const char *options_help(void);

#endif
