// SPDX-License-Identifier: GPL-2.0-or-later
/* Metrics in the text formats of Prometheus and OpenMetrics. */
#include <errno.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdlib.h>

#include "file.h"
#include "metrics.h"

/*
 * Of a counter, OpenMetrics names the family without the "_total" that its
 * values have; the older format knows nothing but the names of values.
 */
static const char *suffix(const struct metrics *metrics, bool value)
{
	return metrics->counter && (value || !metrics->openmetrics) ? "_total" :
								      "";
}

static void begin(struct metrics *metrics, const char *name, bool counter,
		  const char *unit, const char *help)
{
	metrics->name = name;
	metrics->counter = counter;
	fprintf(metrics->to, "# HELP %s%s %s\n", name, suffix(metrics, false),
		help);
	fprintf(metrics->to, "# TYPE %s%s %s\n", name, suffix(metrics, false),
		counter ? "counter" : "gauge");
	if (unit && metrics->openmetrics)
		fprintf(metrics->to, "# UNIT %s %s\n", name, unit);
}

void metrics_gauge(struct metrics *metrics, const char *name, const char *unit,
		   const char *help)
{
	begin(metrics, name, false, unit, help);
}

void metrics_counter(struct metrics *metrics, const char *name,
		     const char *unit, const char *help)
{
	begin(metrics, name, true, unit, help);
}

void metrics_value(struct metrics *metrics, uint64_t value)
{
	fprintf(metrics->to, "%s%s %" PRIu64 "\n", metrics->name,
		suffix(metrics, true), value);
}

static void put_text(FILE *to, const char *text)
{
	for (; *text; text++) {
		if (*text == '\n')
			fputs("\\n", to);
		else if (*text == '"' || *text == '\\')
			fprintf(to, "\\%c", *text);
		else
			fputc(*text, to);
	}
}

void metrics_labelled(struct metrics *metrics, uint64_t value,
		      const char *label, const char *text, ...)
{
	const char *before = "{";
	va_list more;

	fprintf(metrics->to, "%s%s", metrics->name, suffix(metrics, true));
	va_start(more, text);
	while (label) {
		fprintf(metrics->to, "%s%s=\"", before, label);
		put_text(metrics->to, text);
		fputc('"', metrics->to);
		before = ",";
		label = va_arg(more, const char *);
		if (label)
			text = va_arg(more, const char *);
	}
	va_end(more);
	fprintf(metrics->to, "} %" PRIu64 "\n", value);
}

void metrics_end(struct metrics *metrics)
{
	if (metrics->openmetrics)
		fputs("# EOF\n", metrics->to);
}

int metrics_file_begin(struct metrics_file *file, bool openmetrics,
		       struct error *err)
{
	*file = (struct metrics_file){ .metrics.openmetrics = openmetrics };
	file->metrics.to = open_memstream(&file->text, &file->len);
	return file->metrics.to ? 0 : error_errno(err, -ENOMEM, "metrics");
}

int metrics_file_end(struct metrics_file *file, const char *path,
		     struct error *err)
{
	bool failed;
	int r;

	metrics_end(&file->metrics);
	failed = ferror(file->metrics.to);
	failed |= fclose(file->metrics.to) != 0;
	r = failed ? error_errno(err, -ENOMEM, "%s", path) :
		     file_replace(path, 0644, file->text, file->len, err);
	free(file->text);
	*file = (struct metrics_file){ 0 };
	return r;
}
