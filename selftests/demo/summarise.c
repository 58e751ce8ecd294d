// SPDX-License-Identifier: GPL-2.0-or-later
/* Write the demo's summary.json, a table for people, and what was missed. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/macros.h"
#include "summary.h"

/**
 * struct figure - one experiment of the demo
 * @name: of its files and in summary.json
 * @ids: an IDS ran, so the numbers say what it used and on how many files
 * @goals: what it has to show
 */
struct figure {
	const char *name;
	bool ids;
	struct goals goals;
};

static const struct figure figures[] = {
	{ "fig4", false, { 60, 1024, 100 * 1024, 12 } },
	{ "fig5", true, { 60, 1024, 60 * 1024, 3 } },
	/* Tripwire drops what it has read, so nothing is promised but the curve. */
	{ "fig5-tripwire", true, { 60, 1024, 0, 3 } },
};

#define FIGURES (ARRAY_SIZE(figures))

static void put_sizes(FILE *out, const char *name, const char *extreme,
		      const struct sizes *sizes)
{
	fprintf(out, "    \"%s\": {\"before\": %ld, \"%s\": %ld, \"after\": %ld}", name,
		sizes->before, extreme, sizes->extreme, sizes->after);
}

static void put_json(FILE *out, const struct figure *fig, const struct summary *s,
		     unsigned long files)
{
	fprintf(out, "  \"%s\": {\n", fig->name);
	fprintf(out, "    \"samples\": %zu,\n", s->samples);
	fprintf(out, "    \"settled_samples\": %zu,\n", s->settled);
	fprintf(out, "    \"max_error_kb\": %ld,\n", s->max_error_kb);
	fprintf(out, "    \"mean_error_kb\": %.1f,\n", s->mean_error_kb);
	fprintf(out, "    \"p95_lag_s\": %.1f,\n", s->p95_lag_s);
	fprintf(out, "    \"max_moved_kb\": %ld,\n", s->max_moved_kb);
	if (fig->ids) {
		fprintf(out, "    \"files\": %lu,\n", files);
		fprintf(out, "    \"max_anon_kb\": %ld,\n", s->max_anon_kb);
		fprintf(out, "    \"max_cache_kb\": %ld,\n", s->max_cache_kb);
	}
	put_sizes(out, "guest_kb", "lowest", &s->guest);
	fprintf(out, ",\n");
	put_sizes(out, "dom0_kb", "highest", &s->dom0);
	fprintf(out, "\n  }");
}

static void put_row(const struct figure *fig, const struct summary *s)
{
	printf("%-14s %7zu %6.0f %% %8ld kB %8.1f kB %6.1f s %7.1f MB  %5.1f > %5.1f > %5.1f\n",
	       fig->name, s->samples, 100.0 * s->settled / s->samples, s->max_error_kb,
	       s->mean_error_kb, s->p95_lag_s, s->max_moved_kb / 1024.0,
	       s->guest.before / 1024.0, s->guest.extreme / 1024.0, s->guest.after / 1024.0);
}

static void tell(void *arg, const char *text)
{
	fprintf(stderr, "summarise: %s: %s\n", (const char *)arg, text);
}

static int read_figure(const char *dir, const char *name, struct series *ret,
		       struct error *err)
{
	char csv[512], events[512];
	int code;

	snprintf(csv, sizeof(csv), "%s/%s.csv", dir, name);
	snprintf(events, sizeof(events), "%s/%s.events.csv", dir, name);
	code = series_read(csv, events, ret, err);
	if (!code && !ret->count) {
		series_free(ret);
		return error_set(err, -EINVAL, "%s: no samples; did the recorder run?", csv);
	}
	return code;
}

static const struct figure *find_figure(const char *name)
{
	size_t i;

	for (i = 0; i < FIGURES; i++)
		if (!strcmp(figures[i].name, name))
			return &figures[i];
	return NULL;
}

/* Return: goals missed, or a negative errno. */
static int one_figure(const struct figure *fig, const char *dir, unsigned long files,
		      FILE *out, struct error *err)
{
	const struct missed missed = { tell, (void *)fig->name };
	struct summary summary;
	struct series series;
	int ret;

	ret = read_figure(dir, fig->name, &series, err);
	if (ret)
		return ret;
	summary_make(&series, &summary);
	put_json(out, fig, &summary, files);
	put_row(fig, &summary);
	fflush(stdout);
	ret = summary_check(&series, &summary, &fig->goals, &missed);
	series_free(&series);
	return ret;
}

/* Return: goals missed, or a negative errno. */
static int summarise(const char *dir, unsigned long files, char **names, FILE *out,
		     struct error *err)
{
	const struct figure *fig;
	int ret, bad = 0;

	printf("%-14s %7s %8s %11s %11s %8s %10s  %s\n", "figure", "samples", "settled",
	       "max error", "mean error", "p95 lag", "moved", "guest MB: before > lowest > after");
	fprintf(out, "{\n");
	for (; *names; names++) {
		fig = find_figure(*names);
		if (!fig)
			return error_set(err, -EINVAL, "%s: no such figure", *names);
		ret = one_figure(fig, dir, files, out, err);
		if (ret < 0)
			return ret;
		bad += ret;
		fprintf(out, names[1] ? ",\n" : "\n");
	}
	fprintf(out, "}\n");
	return bad;
}

int main(int argc, char **argv)
{
	struct error err = { 0 };
	char path[512];
	unsigned long files;
	char *end;
	FILE *out;
	int ret;

	if (argc < 4) {
		fprintf(stderr, "usage: summarise FOLDER FILES FIGURE...\n");
		return 2;
	}
	files = strtoul(argv[2], &end, 10);
	if (end == argv[2] || *end) {
		fprintf(stderr, "summarise: %s: not a number of files\n", argv[2]);
		return 2;
	}
	snprintf(path, sizeof(path), "%s/summary.json", argv[1]);
	out = fopen(path, "we");
	if (!out) {
		fprintf(stderr, "summarise: %s: %s\n", path, strerror(errno));
		return 1;
	}
	ret = summarise(argv[1], files, argv + 3, out, &err);
	if (fclose(out) && ret >= 0)
		ret = error_errno(&err, -errno, "%s", path);
	if (ret < 0) {
		fprintf(stderr, "summarise: %s\n", err.text);
		/* No half a summary for a program to read. */
		unlink(path);
	}
	return ret != 0;
}
