// SPDX-License-Identifier: GPL-2.0-or-later
/* balloon-sync simulate: the decisions of a run, on a trace, without a hypervisor. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/clock.h"
#include "log.h"
#include "model.h"
#include "simulate.h"
#include "simulate-options.h"
#include "simulate-sums.h"
#include "synthetic.h"

#define EXIT_FAIL	1
#define EXIT_USAGE	2

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

static int open_source(const struct simulate_options *o, struct source *source, struct error *err)
{
	int r;

	if (o->path) {
		r = trace_open(o->path, &source->reader, err);
		if (r == 0)
			source->trace = *trace_header(source->reader);
	} else {
		r = synthetic_init(&source->synthetic, &o->spec, err);
		if (r == 0)
			source->trace = *source->synthetic.trace;
	}
	if (r == 0 && o->policy >= 0)
		source->trace.policy = (enum plan_policy)o->policy;
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
 * struct run - a simulation under way
 * @options: the command line
 * @source: of intervals
 * @model: what is simulated
 * @rows: of one interval: the host, guests, groups
 * @sums: of all intervals
 * @log: CSV, or NULL
 * @save: the trace, or NULL
 */
struct run {
	const struct simulate_options *options;
	struct source source;
	struct model model;
	struct log_row *rows;
	struct simulate_sums sums;
	FILE *log;
	FILE *save;
};

static void run_close(struct run *run)
{
	close_source(&run->source);
	model_exit(&run->model);
	simulate_sums_exit(&run->sums);
	free(run->rows);
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
	const struct simulate_options *o = run->options;
	const struct trace *trace = &run->source.trace;
	int r = open_source(o, &run->source, err);

	if (r == 0)
		r = model_init(&run->model, &o->config, &o->decision, trace, err);
	if (r == 0)
		r = open_file(o->log, &run->log, err);
	if (r == 0)
		r = open_file(o->save, &run->save, err);
	if (r == 0)
		r = simulate_sums_init(&run->sums, trace, err);
	if (r < 0)
		return r;
	run->rows = calloc(1 + trace->guest_count + trace->group_count, sizeof(*run->rows));
	if (!run->rows)
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
	uint64_t before = clock_now_ns(CLOCK_THREAD_CPUTIME_ID);

	decision_make(run->model.decision);
	if (!run->options->timing)
		return 0;
	return simulate_sums_time(&run->sums, clock_now_ns(CLOCK_THREAD_CPUTIME_ID) - before,
				  err);
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
		if (run->sums.steps == 0)
			start_ms = sample.time_ms;
		if (run->save && trace_write_sample(run->save, &run->source.trace, &sample) < 0)
			return error_set(err, -EIO, "%s: could not be written",
					 run->options->save);
		model_advance(&run->model, &sample);
		r = decide(run, err);
		if (r < 0)
			return r;
		simulate_sums_add(&run->sums, &run->model);
		if (run->options->timing)
			continue;
		r = write_rows(run, sample.time_ms - start_ms, err);
		if (r < 0)
			return r;
	}
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
		r = simulate_sums_print_timing(&run->sums, &run->source.trace,
					       run->options->json, err);
	else if (r == 0 && !run->options->json)
		r = simulate_sums_print(&run->sums, &run->source.trace, err);
	if (r == 0 && (fflush(stdout) == EOF || ferror(stdout)))
		r = error_set(err, -EIO, "stdout: could not be written");
	return r;
}

int simulate_main(int argc, char **argv)
{
	struct simulate_options options;
	struct run run = { .options = &options };
	struct error err = { 0 };
	int r = simulate_options_parse(argc, argv, &options, &err);

	if (r < 0) {
		fprintf(stderr, "balloon-sync: %s; see simulate --help\n", err.text);
		return EXIT_USAGE;
	}
	if (options.help) {
		fputs(simulate_options_help(), stdout);
		return 0;
	}
	r = run_and_print(&run, &err);
	run_close(&run);
	if (r < 0)
		fprintf(stderr, "balloon-sync: %s\n", err.text);
	return r < 0 ? EXIT_FAIL : 0;
}
