// SPDX-License-Identifier: GPL-2.0-or-later
/* Recordings as CSV files, and when a sample of one is at rest. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "series.h"

bool series_settled(const struct sample *samples, size_t count)
{
	const struct sample *last, *old;
	size_t i;

	if (count < SETTLED_INTERVALS + 1)
		return false;
	last = &samples[count - 1];
	for (i = 1; i <= SETTLED_INTERVALS; i++) {
		old = last - i;
		if (labs(last->used_kb - old->used_kb) >= SETTLED_KB ||
		    last->guest_kb != old->guest_kb ||
		    last->dom0_kb != old->dom0_kb)
			return false;
	}
	return true;
}

int series_write(FILE *file, const struct sample *s)
{
	if (fprintf(file, "%.3f,%ld,%ld,%ld,%ld,%ld,%ld,%d\n", s->time_s,
		    s->anon_kb, s->cache_kb, s->used_kb, s->added_kb,
		    s->guest_kb, s->dom0_kb, s->settled) < 0 || fflush(file))
		return -EIO;
	return 0;
}

static bool parse_sample(const char *line, struct sample *s)
{
	int settled, end = 0;

	if (sscanf(line, "%lf,%ld,%ld,%ld,%ld,%ld,%ld,%d%n", &s->time_s,
		   &s->anon_kb, &s->cache_kb, &s->used_kb, &s->added_kb,
		   &s->guest_kb, &s->dom0_kb, &settled, &end) != 8)
		return false;
	s->settled = settled;
	return !line[end] && (settled == 0 || settled == 1);
}

static bool parse_event(const char *line, struct event *event)
{
	int end = 0;

	if (sscanf(line, "%lf,%n", &event->time_s, &end) != 1 || !end)
		return false;
	snprintf(event->text, sizeof(event->text), "%s", line + end);
	return true;
}

static int add_line(struct series *series, bool events, const char *line)
{
	struct sample *samples;
	struct event *list;

	if (events) {
		list = realloc(series->events,
			       (series->event_count + 1) * sizeof(*list));
		if (!list)
			return -ENOMEM;
		series->events = list;
		if (!parse_event(line, &list[series->event_count]))
			return -EINVAL;
		series->event_count++;
		return 0;
	}
	samples = realloc(series->samples, (series->count + 1) * sizeof(*samples));
	if (!samples)
		return -ENOMEM;
	series->samples = samples;
	if (!parse_sample(line, &samples[series->count]))
		return -EINVAL;
	series->count++;
	return 0;
}

static int read_lines(const char *path, bool events, struct series *series,
		      struct error *err)
{
	__free_file FILE *file = fopen(path, "re");
	const char *header = events ? SERIES_EVENTS_HEADER : SERIES_HEADER;
	char line[256];
	int number = 0, ret;

	if (!file)
		return error_errno(err, -errno, "%s", path);
	while (fgets(line, sizeof(line), file)) {
		line[strcspn(line, "\n")] = 0;
		number++;
		if (number == 1)
			ret = strcmp(line, header) ? -EINVAL : 0;
		else
			ret = add_line(series, events, line);
		if (ret)
			return error_errno(err, ret, "%s: line %d", path, number);
	}
	if (!number)
		return error_set(err, -EINVAL, "%s: empty; was it recorded?", path);
	return 0;
}

int series_read(const char *csv, const char *events, struct series *ret,
		struct error *err)
{
	struct series series = { 0 };
	int code;

	code = read_lines(csv, false, &series, err);
	if (!code && events)
		code = read_lines(events, true, &series, err);
	if (code) {
		series_free(&series);
		return code;
	}
	*ret = series;
	return 0;
}

void series_free(struct series *series)
{
	free(series->samples);
	free(series->events);
	memset(series, 0, sizeof(*series));
}
