/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The command line of balloon-sync simulate. */
#ifndef BALLOON_SYNC_SIMULATE_OPTIONS_H
#define BALLOON_SYNC_SIMULATE_OPTIONS_H

#include <stdbool.h>

#include "base/error.h"
#include "decision.h"
#include "model.h"
#include "synthetic.h"

/**
 * struct simulate_options - the command line, checked
 * @path: of the trace, or NULL
 * @spec: of a synthetic one, if @path is NULL
 * @is_synthetic: --synthetic was given
 * @policy: index in trace_policies, or -1 for that of the trace
 * @config: how guests behave
 * @decision: how the plan is followed
 * @json: one object per interval
 * @timing: only say how long decisions took
 * @help: only say how to use it
 * @log: file for CSV, or NULL
 * @save: file for the trace, or NULL
 */
struct simulate_options {
	const char *path;
	struct synthetic_spec spec;
	bool is_synthetic;
	int policy;
	struct model_config config;
	struct decision_config decision;
	bool json;
	bool timing;
	bool help;
	const char *log;
	const char *save;
};

/**
 * simulate_options_parse() - Read the command line.
 * @argc: of the arguments, the first of which is "simulate"
 * @argv: they, must outlive @ret
 * @ret: untouched on failure
 * @err: what is wrong
 *
 * Return: 0; -EINVAL for wrong usage.
 */
int simulate_options_parse(int argc, char **argv, struct simulate_options *ret,
			   struct error *err);

/** simulate_options_help() - The text for --help. */
const char *simulate_options_help(void);

#endif
