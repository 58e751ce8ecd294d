// SPDX-License-Identifier: GPL-2.0-or-later
/* balloon-sync simulate: the decisions of a run, on a trace, without a hypervisor. */
#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base/args.h"
#include "base/cleanup.h"
#include "base/clock.h"
#include "base/macros.h"
#include "base/out.h"
#include "base/parse.h"
#include "base/u64.h"
#include "log.h"
#include "model.h"
#include "simulate.h"
#include "synthetic.h"

#define EXIT_FAIL	1
#define EXIT_USAGE	2
#define SIZE_MAX_BYTES	(1024 * PLAN_MAX_KB)
#define MSEC_PER_HOUR	3600000

/**
 * struct simulate - the command line, and what it needs
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
struct simulate {
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
	struct simulate *s = data;

	switch (option) {
	case OPT_SYNTHETIC:
		s->is_synthetic = true;
		return synthetic_parse(text, &s->spec, err);
	case OPT_POLICY:
		return parse_policy(text, &s->policy, err);
	case OPT_RATE:
		return parse_kb("--rate", text, &s->config.rate_kb, err);
	case OPT_PATIENCE:
		return parse_patience(text, &s->config.patience_ms, err);
	case OPT_DEADBAND:
		return parse_kb("--deadband", text, &s->decision.deadband_kb, err);
	case OPT_SLEW:
		return parse_kb("--slew", text, &s->decision.slew_kb, err);
	case OPT_JSON:
		s->json = true;
		return 0;
	case OPT_LOG:
		s->log = text;
		return 0;
	case OPT_SAVE:
		s->save = text;
		return 0;
	case OPT_TIMING:
		s->timing = true;
		return 0;
	default:
		s->help = true;
		return 0;
	}
}

static int parse(int argc, char **argv, struct simulate *s, struct error *err)
{
	int next;

	*s = (struct simulate){
		.policy = -1,
		.config = { .rate_kb = 200 << 10, .patience_ms = 5000 },
		.decision = { .deadband_kb = 256 },
	};
	next = args_walk(argc, argv, long_options, parse_one, s, err);
	if (next < 0)
		return next;
	if (s->help)
		return 0;
	if (next < argc)
		s->path = argv[next++];
	if (next < argc)
		return error_set(err, -EINVAL, "%s: not understood", argv[next]);
	if (!s->path == !s->is_synthetic)
		return error_set(err, -EINVAL, "simulate: give a trace or --synthetic");
	return 0;
}

/**
 * struct source - where intervals come from
 * @reader: a file, or NULL
 * @synthetic: otherwise
 * @trace: who there is
 */
struct source {
	struct trace_reader *reader;
	struct synthetic synthetic;
	struct trace trace;
};

static int open_source(const struct simulate *s, struct source *source, struct error *err)
{
	int r;

	if (s->path) {
		r = trace_open(s->path, &source->reader, err);
		if (r == 0)
			source->trace = *trace_header(source->reader);
	} else {
		r = synthetic_init(&source->synthetic, &s->spec, err);
		if (r == 0)
			source->trace = *source->synthetic.trace;
	}
	if (r == 0 && s->policy >= 0)
		source->trace.policy = (enum plan_policy)s->policy;
	return r;
}

static int next_sample(struct source *source, struct trace_sample *ret, struct error *err)
{
	if (source->reader)
		return trace_next(source->reader, ret, err);
	return synthetic_next(&source->synthetic, ret);
}

static void close_source(struct source *source)
{
	trace_close(source->reader);
	synthetic_exit(&source->synthetic);
}

/**
 * struct guest_sum - a guest over all intervals
 * @given_kb: most of all
 * @held: intervals in which it gave less than groups used
 */
struct guest_sum {
	uint64_t given_kb;
	uint64_t held;
};

/**
 * struct group_sum - a group over all intervals
 * @used_kb: most of all
 * @uncovered_kb: most of all
 * @limited: intervals in which it was limited
 */
struct group_sum {
	uint64_t used_kb;
	uint64_t uncovered_kb;
	uint64_t limited;
};

/**
 * struct run - a simulation under way
 * @options: the command line
 * @source: of intervals
 * @model: what is simulated
 * @rows: of one interval: the host, guests, groups
 * @guests: sums
 * @groups: sums
 * @log: CSV, or NULL
 * @save: the trace, or NULL
 * @steps: intervals so far
 * @took_ns: by each decision, with --timing
 * @took_room: of that array
 */
struct run {
	const struct simulate *options;
	struct source source;
	struct model model;
	struct log_row *rows;
	struct guest_sum *guests;
	struct group_sum *groups;
	FILE *log;
	FILE *save;
	uint64_t steps;
	uint64_t *took_ns;
	size_t took_room;
};

static void run_close(struct run *run)
{
	close_source(&run->source);
	model_exit(&run->model);
	free(run->rows);
	free(run->guests);
	free(run->groups);
	free(run->took_ns);
	if (run->log)
		fclose(run->log);
	if (run->save)
		fclose(run->save);
}

static int open_file(const char *path, FILE **ret, struct error *err)
{
	if (!path)
		return 0;
	*ret = fopen(path, "we");
	return *ret ? 0 : error_errno(err, -errno, "%s", path);
}

/* What a full disk did not take is known at the end only. */
static int close_file(const char *path, FILE **file, struct error *err)
{
	bool failed;

	if (!*file)
		return 0;
	failed = ferror(*file);
	failed |= fclose(*file) == EOF;
	*file = NULL;
	return failed ? error_set(err, -EIO, "%s: could not be written", path) : 0;
}

static int run_open(struct run *run, struct error *err)
{
	const struct simulate *o = run->options;
	const struct trace *trace = &run->source.trace;
	int r = open_source(o, &run->source, err);

	if (r == 0)
		r = model_init(&run->model, &o->config, &o->decision, trace, err);
	if (r == 0)
		r = open_file(o->log, &run->log, err);
	if (r == 0)
		r = open_file(o->save, &run->save, err);
	if (r < 0)
		return r;
	run->rows = calloc(1 + trace->guest_count + trace->group_count, sizeof(*run->rows));
	run->guests = calloc(trace->guest_count + 1, sizeof(*run->guests));
	run->groups = calloc(trace->group_count + 1, sizeof(*run->groups));
	if (!run->rows || !run->guests || !run->groups)
		return error_errno(err, -ENOMEM, "simulate");
	if (run->log)
		fputs(LOG_CSV_HEADER, run->log);
	if (run->save && trace_write_header(run->save, trace) < 0)
		return error_set(err, -EIO, "%s: could not be written", o->save);
	return 0;
}

static int decide(struct run *run, struct error *err)
{
	/* Of the processor: what else runs on the machine is not what is asked. */
	uint64_t before = clock_now_ns(CLOCK_THREAD_CPUTIME_ID), *more;

	decision_make(run->model.decision);
	if (!run->options->timing)
		return 0;
	before = clock_now_ns(CLOCK_THREAD_CPUTIME_ID) - before;
	if (run->steps >= run->took_room) {
		run->took_room = run->took_room ? 2 * run->took_room : 1024;
		more = reallocarray(run->took_ns, run->took_room, sizeof(*more));
		if (!more)
			return error_errno(err, -ENOMEM, "--timing");
		run->took_ns = more;
	}
	run->took_ns[run->steps] = before;
	return 0;
}

static void sum_up(struct run *run)
{
	const struct decision *d = run->model.decision;
	size_t i;

	for (i = 0; i < d->guest_count; i++) {
		struct guest_sum *sum = &run->guests[i];

		sum->given_kb = u64_max(sum->given_kb, run->model.guests[i].given_kb);
		sum->held += d->plan.guests[i].limit != LAW_FREE;
	}
	for (i = 0; i < d->group_count; i++) {
		struct group_sum *sum = &run->groups[i];

		sum->used_kb = u64_max(sum->used_kb, d->groups[i].used_kb);
		sum->uncovered_kb = u64_max(sum->uncovered_kb, d->plan.groups[i].uncovered_kb);
		sum->limited += d->groups[i].high_kb != PLAN_NONE;
	}
}

static int write_rows(struct run *run, uint64_t time_ms, struct error *err)
{
	const struct trace *trace = &run->source.trace;
	const struct decision *d = run->model.decision;
	size_t i, count = 0;

	if (!run->log && !run->options->json)
		return 0;
	run->rows[count++] = log_host(d, "host", time_ms, run->model.arrived_kb,
				      trace->size_kb);
	for (i = 0; i < trace->guest_count; i++)
		run->rows[count++] = log_guest(d, i, trace->guests[i].name, time_ms,
					       run->model.guests[i].given_kb);
	for (i = 0; i < trace->group_count; i++)
		run->rows[count++] = log_group(d, i, trace->groups[i].name, time_ms);
	for (i = 0; run->log && i < count; i++)
		log_csv(run->log, &run->rows[i]);
	if (run->options->json && log_json(stdout, run->rows, count) < 0)
		return error_errno(err, -ENOMEM, "--json");
	return 0;
}

static int run_all(struct run *run, struct error *err)
{
	struct trace_sample sample;
	uint64_t start_ms = 0;
	int r;

	while ((r = next_sample(&run->source, &sample, err)) > 0) {
		if (run->steps == 0)
			start_ms = sample.time_ms;
		if (run->save && trace_write_sample(run->save, &run->source.trace, &sample) < 0)
			return error_set(err, -EIO, "%s: could not be written",
					 run->options->save);
		model_advance(&run->model, &sample);
		r = decide(run, err);
		if (r < 0)
			return r;
		run->steps++;
		sum_up(run);
		if (run->options->timing)
			continue;
		r = write_rows(run, sample.time_ms - start_ms, err);
		if (r < 0)
			return r;
	}
	return r;
}

static const struct out_column guest_columns[] = {
	{ "guest", "GUEST", false, 32 },
	{ "rest", "AT REST", true, 0 },
	{ "floor", "FLOOR", true, 0 },
	{ "given", "MOST GIVEN", true, 0 },
	{ "held", "INTERVALS HELD BACK", true, 0 },
};

static const struct out_column group_columns[] = {
	{ "group", "GROUP", false, 32 },
	{ "used", "MOST USED", true, 0 },
	{ "uncovered", "MOST NOT PAID", true, 0 },
	{ "limited", "INTERVALS LIMITED", true, 0 },
};

static void print_guests(const struct run *run, struct out *out)
{
	const struct trace *trace = &run->source.trace;
	size_t i;

	out_begin(out, OUT_TABLE, "guests", guest_columns,
		  ARRAY_SIZE(guest_columns));
	for (i = 0; i < trace->guest_count; i++) {
		out_row(out);
		out_text(out, "guest", trace->guests[i].name);
		out_size(out, "rest", trace->guests[i].plan.rest_kb << 10);
		out_size(out, "floor", trace->guests[i].plan.floor_kb << 10);
		out_size(out, "given", run->guests[i].given_kb << 10);
		out_u64(out, "held", run->guests[i].held);
	}
	out_end(out);
}

static void print_groups(const struct run *run, struct out *out)
{
	const struct trace *trace = &run->source.trace;
	size_t i;

	out_begin(out, OUT_TABLE, "groups", group_columns,
		  ARRAY_SIZE(group_columns));
	for (i = 0; i < trace->group_count; i++) {
		out_row(out);
		out_text(out, "group", trace->groups[i].name);
		out_size(out, "used", run->groups[i].used_kb << 10);
		out_size(out, "uncovered", run->groups[i].uncovered_kb << 10);
		out_u64(out, "limited", run->groups[i].limited);
	}
	out_end(out);
}

static int print_sums(const struct run *run, struct error *err)
{
	struct out *out;
	int r = out_create(&out, stdout, false, OUT_SIZES_HUMAN, LAW_PAGE_KB << 10);

	if (r < 0)
		return error_errno(err, r, "simulate");
	out_note(out, "%" PRIu64 " intervals, %s", run->steps,
		 trace_policies[run->source.trace.policy]);
	print_guests(run, out);
	print_groups(run, out);
	r = out_finish(out, err);
	out_destroy(out);
	return r;
}

static int by_size(const void *a, const void *b)
{
	uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;

	return x < y ? -1 : x > y;
}

static const struct out_column timing_columns[] = {
	{ "decisions", "decisions", false, 0 },
	{ "guests", "guests", false, 0 },
	{ "groups", "groups", false, 0 },
	{ "charges", "charges", false, 0 },
	{ "median_ns", "median, ns", false, 0 },
	{ "p99_ns", "99 of 100 within, ns", false, 0 },
	{ "longest_ns", "longest, ns", false, 0 },
};

static int print_timing(struct run *run, struct error *err)
{
	const struct trace *trace = &run->source.trace;
	struct out *out;
	int r;

	if (!run->steps)
		return error_set(err, -ENODATA, "--timing: the trace has no intervals");
	r = out_create(&out, stdout, run->options->json, OUT_SIZES_HUMAN, LAW_PAGE_KB << 10);
	if (r < 0)
		return error_errno(err, r, "--timing");
	qsort(run->took_ns, run->steps, sizeof(*run->took_ns), by_size);
	out_begin(out, OUT_RECORD, NULL, timing_columns,
		  ARRAY_SIZE(timing_columns));
	out_u64(out, "decisions", run->steps);
	out_u64(out, "guests", trace->guest_count);
	out_u64(out, "groups", trace->group_count);
	out_u64(out, "charges", trace->charge_count);
	out_u64(out, "median_ns", run->took_ns[run->steps / 2]);
	out_u64(out, "p99_ns", run->took_ns[(run->steps - 1) * 99 / 100]);
	out_u64(out, "longest_ns", run->took_ns[run->steps - 1]);
	out_end(out);
	r = out_finish(out, err);
	out_destroy(out);
	return r;
}

static int run_and_print(struct run *run, struct error *err)
{
	int r = run_open(run, err);

	if (r == 0)
		r = run_all(run, err);
	if (r == 0)
		r = close_file(run->options->log, &run->log, err);
	if (r == 0)
		r = close_file(run->options->save, &run->save, err);
	if (r == 0 && run->options->timing)
		r = print_timing(run, err);
	else if (r == 0 && !run->options->json)
		r = print_sums(run, err);
	if (r == 0 && (fflush(stdout) == EOF || ferror(stdout)))
		r = error_set(err, -EIO, "stdout: could not be written");
	return r;
}

int simulate_main(int argc, char **argv)
{
	struct simulate options;
	struct run run = { .options = &options };
	struct error err = { 0 };
	int r = parse(argc, argv, &options, &err);

	if (r < 0) {
		fprintf(stderr, "balloon-sync: %s; see simulate --help\n", err.text);
		return EXIT_USAGE;
	}
	if (options.help) {
		fputs(help, stdout);
		return 0;
	}
	r = run_and_print(&run, &err);
	run_close(&run);
	if (r < 0)
		fprintf(stderr, "balloon-sync: %s\n", err.text);
	return r < 0 ? EXIT_FAIL : 0;
}
