// SPDX-License-Identifier: GPL-2.0-or-later
/* What a recording shows, in numbers, and whether that is what was promised. */
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "summary.h"

static long max_long(long a, long b)
{
	return a > b ? a : b;
}

static long min_long(long a, long b)
{
	return a < b ? a : b;
}

static int compare_doubles(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return (x > y) - (x < y);
}

/*
 * The change that sample @i shows is answered when added has passed the use
 * it led to, or has met what use has become since; the time runs from the
 * sample that showed it.  A change that is never answered lasts to the end of
 * the recording, so that it makes the lag worse instead of vanishing.
 */
static double lag_of(const struct series *series, size_t i)
{
	const struct sample *s = series->samples;
	bool rise = s[i].used_kb > s[i - 1].used_kb;
	size_t j;

	for (j = i; j < series->count; j++) {
		if (rise ? s[j].added_kb >= s[i].used_kb - ARRIVED_KB :
			   s[j].added_kb <= s[i].used_kb + ARRIVED_KB)
			break;
		if (labs(s[j].added_kb - s[j].used_kb) <= ARRIVED_KB)
			break;
	}
	if (j == series->count)
		j--;
	return s[j].time_s - s[i].time_s;
}

static void measure_lag(const struct series *series, struct summary *ret)
{
	double *lags = calloc(series->count, sizeof(*lags));
	const struct sample *s = series->samples;
	size_t i, count = 0;

	if (!lags)
		abort();
	for (i = 1; i < series->count; i++)
		if (labs(s[i].used_kb - s[i - 1].used_kb) >= CHANGE_KB)
			lags[count++] = lag_of(series, i);
	ret->changes = count;
	ret->p95_lag_s = 0;
	if (count) {
		qsort(lags, count, sizeof(*lags), compare_doubles);
		/* Nearest rank: the smallest that 95 % do not exceed. */
		ret->p95_lag_s = lags[(count * 95 + 99) / 100 - 1];
	}
	free(lags);
}

void summary_make(const struct series *series, struct summary *ret)
{
	const struct sample *first = series->samples;
	const struct sample *last = &series->samples[series->count - 1];
	const struct sample *s;
	double sum = 0;
	long error;

	*ret = (struct summary){
		.samples = series->count,
		.guest = { first->guest_kb, first->guest_kb, last->guest_kb },
		.dom0 = { first->dom0_kb, first->dom0_kb, last->dom0_kb },
	};
	for (s = first; s <= last; s++) {
		ret->max_moved_kb = max_long(ret->max_moved_kb, s->added_kb);
		ret->max_anon_kb = max_long(ret->max_anon_kb, s->anon_kb);
		ret->max_cache_kb = max_long(ret->max_cache_kb, s->cache_kb);
		ret->guest.extreme = min_long(ret->guest.extreme, s->guest_kb);
		ret->dom0.extreme = max_long(ret->dom0.extreme, s->dom0_kb);
		if (!s->settled)
			continue;
		error = labs(s->added_kb - s->used_kb);
		ret->settled++;
		ret->max_error_kb = max_long(ret->max_error_kb, error);
		sum += error;
	}
	if (ret->settled)
		ret->mean_error_kb = sum / ret->settled;
	measure_lag(series, ret);
}

/* --- goals --------------------------------------------------------------- */

struct checking {
	const struct missed *missed;
	unsigned int count;
};

__attribute__((format(printf, 2, 3)))
static void miss(struct checking *c, const char *fmt, ...)
{
	char text[192];
	va_list args;

	va_start(args, fmt);
	vsnprintf(text, sizeof(text), fmt, args);
	va_end(args);
	c->missed->tell(c->missed->arg, text);
	c->count++;
}

static bool is_kind(const struct event *event, const char *kind)
{
	size_t len = strlen(kind);

	return !strncmp(event->text, kind, len) &&
	       (event->text[len] == ' ' || !event->text[len]);
}

static bool settled_between(const struct series *series, double from, double to)
{
	size_t i;

	for (i = 0; i < series->count; i++)
		if (series->samples[i].settled && series->samples[i].time_s >= from &&
		    series->samples[i].time_s < to)
			return true;
	return false;
}

/* Notes tell a reader something, but begin nothing. */
static double neighbour(const struct series *series, size_t i, int way)
{
	size_t j;

	for (j = i + way; j < series->event_count; j += way)
		if (!is_kind(&series->events[j], "note"))
			return series->events[j].time_s;
	return way < 0 ? 0 : series->samples[series->count - 1].time_s + 1;
}

/* A step is at rest before the next event, a run before it and after it. */
static size_t check_windows(const struct series *series, struct checking *c)
{
	const struct event *e;
	size_t i, windows = 0;

	for (i = 0; i < series->event_count; i++) {
		e = &series->events[i];
		if (is_kind(e, "step") || is_kind(e, "end")) {
			windows++;
			if (!settled_between(series, e->time_s, neighbour(series, i, 1)))
				miss(c, "no settled sample after '%s'", e->text);
		} else if (is_kind(e, "begin")) {
			if (!settled_between(series, neighbour(series, i, -1), e->time_s))
				miss(c, "no settled sample before '%s'", e->text);
		}
	}
	return windows;
}

static bool is_back(long before, long after)
{
	return labs(after - before) <= ARRIVED_KB;
}

static void check_returned(const struct series *series, const struct summary *sum,
			   struct checking *c)
{
	const struct sample *last = NULL;
	bool stopped = false;
	size_t i, j;

	for (i = 0; i < series->event_count; i++) {
		if (!is_kind(&series->events[i], "stop"))
			continue;
		stopped = true;
		for (j = 0; j < series->count; j++)
			if (series->samples[j].time_s <= series->events[i].time_s)
				last = &series->samples[j];
	}
	if (!stopped)
		miss(c, "balloon-sync was never stopped");
	else if (!last || !is_back(sum->guest.before, last->guest_kb) ||
		 !is_back(sum->dom0.before, last->dom0_kb))
		miss(c, "memory was not back before balloon-sync was stopped");
}

unsigned int summary_check(const struct series *series, const struct summary *sum,
			   const struct goals *goals, const struct missed *missed)
{
	struct checking c = { .missed = missed };
	size_t windows;

	if (sum->settled * 100 < sum->samples * goals->settled_percent || !sum->settled)
		miss(&c, "%zu of %zu samples settled, wanted %u %%", sum->settled,
		     sum->samples, goals->settled_percent);
	if (sum->max_error_kb > goals->max_error_kb)
		miss(&c, "largest error %ld kB, wanted at most %ld", sum->max_error_kb,
		     goals->max_error_kb);
	if (sum->max_moved_kb < goals->min_moved_kb)
		miss(&c, "moved %ld kB at the peak, wanted %ld", sum->max_moved_kb,
		     goals->min_moved_kb);
	if (!is_back(sum->guest.before, sum->guest.after))
		miss(&c, "guest ended with %ld kB, began with %ld", sum->guest.after,
		     sum->guest.before);
	if (!is_back(sum->dom0.before, sum->dom0.after))
		miss(&c, "dom0 ended with %ld kB, began with %ld", sum->dom0.after,
		     sum->dom0.before);
	windows = check_windows(series, &c);
	if (windows < goals->min_windows)
		miss(&c, "%zu steps or runs, wanted %zu", windows, goals->min_windows);
	check_returned(series, sum, &c);
	return c.count;
}
