// SPDX-License-Identifier: GPL-2.0-or-later
/* The command line of balloon-sync simulate. */
#include <errno.h>
#include <string.h>

#include "base/args.h"
#include "base/clock.h"
#include "base/parse.h"
#include "simulate-options.h"

#define SIZE_MAX_BYTES	(1024 * PLAN_MAX_KB)
#define MSEC_PER_HOUR	3600000

enum {
	OPT_SYNTHETIC = 256, OPT_POLICY, OPT_RATE, OPT_PATIENCE, OPT_DEADBAND,
	OPT_SLEW, OPT_JSON, OPT_LOG, OPT_SAVE, OPT_TIMING, OPT_HELP,
};

static const struct option long_options[] = {
	{ "synthetic",	required_argument, NULL, OPT_SYNTHETIC },
	{ "policy",	required_argument, NULL, OPT_POLICY },
	{ "rate",	required_argument, NULL, OPT_RATE },
	{ "patience",	required_argument, NULL, OPT_PATIENCE },
	{ "deadband",	required_argument, NULL, OPT_DEADBAND },
	{ "slew",	required_argument, NULL, OPT_SLEW },
	{ "json",	no_argument, NULL, OPT_JSON },
	{ "log",	required_argument, NULL, OPT_LOG },
	{ "save",	required_argument, NULL, OPT_SAVE },
	{ "timing",	no_argument, NULL, OPT_TIMING },
	{ "help",	no_argument, NULL, OPT_HELP },
	{ }
};

static const char help[] =
"Usage: balloon-sync simulate TRACE|--synthetic SPEC [OPTION]...\n"
"\n"
"Decide on a trace as a run would, with guests that are only arithmetic.\n"
"Needs no hypervisor and no privileges; the same trace gives the same result.\n"
"\n"
"  --synthetic guests=N,groups=M,steps=K,seed=S\n"
"                             make a trace instead of reading one\n"
"  --save FILE                write the trace there\n"
"  --policy mirror|slack-first\n"
"                             rather than that of the trace\n"
"  --rate SIZE                a guest gives or takes so much in a second (200M)\n"
"  --patience TIME            who gives nothing for so long can give no more (5s)\n"
"  --deadband SIZE            smaller changes wait until use is quiet (256K)\n"
"  --slew SIZE                change by no more than this per interval\n"
"  --json                     one JSON object per interval\n"
"  --log FILE                 a row for each guest and group, as CSV\n"
"  --timing                   only say how much processor time decisions took\n"
"\n"
"Exit status: 0; 1 failure; 2 wrong usage.\n";

const char *simulate_options_help(void)
{
	return help;
}

static int parse_kb(const char *what, const char *text, uint64_t *ret_kb, struct error *err)
{
	uint64_t bytes;
	int r = parse_size(what, text, 0, SIZE_MAX_BYTES, &bytes, err);

	if (r == 0)
		*ret_kb = bytes / 1024;
	return r;
}

static int parse_policy(const char *text, int *ret, struct error *err)
{
	for (*ret = PLAN_MIRROR; *ret <= PLAN_SLACK_FIRST; ++*ret)
		if (strcmp(text, trace_policies[*ret]) == 0)
			return 0;
	return error_set(err, -EINVAL, "--policy: %s: neither mirror nor slack-first", text);
}

static int parse_patience(const char *text, uint64_t *ret_ms, struct error *err)
{
	uint64_t ns;
	int r = parse_duration("--patience", text, NSEC_PER_MSEC,
			       MSEC_PER_HOUR * NSEC_PER_MSEC, &ns, err);

	if (r == 0)
		*ret_ms = ns / NSEC_PER_MSEC;
	return r;
}

static int parse_one(int option, const char *text, void *data, struct error *err)
{
	struct simulate_options *o = data;

	switch (option) {
	case OPT_SYNTHETIC:
		o->is_synthetic = true;
		return synthetic_parse(text, &o->spec, err);
	case OPT_POLICY:
		return parse_policy(text, &o->policy, err);
	case OPT_RATE:
		return parse_kb("--rate", text, &o->config.rate_kb, err);
	case OPT_PATIENCE:
		return parse_patience(text, &o->config.patience_ms, err);
	case OPT_DEADBAND:
		return parse_kb("--deadband", text, &o->decision.deadband_kb, err);
	case OPT_SLEW:
		return parse_kb("--slew", text, &o->decision.slew_kb, err);
	case OPT_JSON:
		o->json = true;
		return 0;
	case OPT_LOG:
		o->log = text;
		return 0;
	case OPT_SAVE:
		o->save = text;
		return 0;
	case OPT_TIMING:
		o->timing = true;
		return 0;
	default:
		o->help = true;
		return 0;
	}
}

static int take_operands(int count, char **operands, struct simulate_options *o,
			 struct error *err)
{
	if (count > 1)
		return error_set(err, -EINVAL, "%s: not understood", operands[1]);
	if (count == 1)
		o->path = operands[0];
	if (!o->path == !o->is_synthetic)
		return error_set(err, -EINVAL, "simulate: give a trace or --synthetic");
	return 0;
}

int simulate_options_parse(int argc, char **argv, struct simulate_options *ret,
			   struct error *err)
{
	struct simulate_options o = {
		.policy = -1,
		.config = { .rate_kb = 200 << 10, .patience_ms = 5000 },
		.decision = { .deadband_kb = 256 },
	};
	int r, next = args_walk(argc, argv, long_options, parse_one, &o, err);

	if (next < 0)
		return next;
	r = o.help ? 0 : take_operands(argc - next, argv + next, &o, err);
	if (r == 0)
		*ret = o;
	return r;
}
