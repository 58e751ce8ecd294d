/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A recording: samples and the events between them, as CSV files hold them. */
#ifndef DEMO_SERIES_H
#define DEMO_SERIES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

#include "base/error.h"

#define SERIES_HEADER \
	"time_s,anon_kb,cache_kb,used_kb,added_kb,guest_kb,dom0_kb,settled"
#define SERIES_EVENTS_HEADER	"time_s,event"

/* Use that changed by this much between two samples is not at rest. */
#define SETTLED_KB		256
#define SETTLED_INTERVALS	2

/**
 * struct sample - one row of a recording; kB are 1024 bytes
 * @time_s: since the recording began
 * @anon_kb: anonymous memory of the watched cgroup
 * @cache_kb: its file cache, without shared memory
 * @used_kb: the sum of both
 * @added_kb: what dom0 has more than when the recording began
 * @guest_kb: the guest's pages, as the hypervisor counts them
 * @dom0_kb: dom0's pages, likewise; see sizes_read() for other hosts
 * @settled: nothing moved over the last two intervals
 */
struct sample {
	double time_s;
	long anon_kb;
	long cache_kb;
	long used_kb;
	long added_kb;
	long guest_kb;
	long dom0_kb;
	bool settled;
};

/** struct event - something that happened; @text begins with its kind */
struct event {
	double time_s;
	char text[96];
};

/** struct series - a whole recording; series_free() releases it */
struct series {
	struct sample *samples;
	size_t count;
	struct event *events;
	size_t event_count;
};

/**
 * series_settled() - Whether the last of these samples is at rest.
 * @samples: in the order of their time
 * @count: how many
 *
 * Settled: over two intervals, used changed by less than SETTLED_KB and both
 * page counts by nothing.  The first two samples never are.
 */
bool series_settled(const struct sample *samples, size_t count);

/** series_write() - Write one row. Return: 0 or a negative errno. */
int series_write(FILE *file, const struct sample *sample);

/**
 * series_read() - Read a recording.
 * @csv: file of samples
 * @events: file of events; NULL for none
 * @ret: untouched on failure
 *
 * Return: 0; -EINVAL with the line in @err when a file is not a recording.
 */
int series_read(const char *csv, const char *events, struct series *ret,
		struct error *err);

/** series_free() - Release what series_read() allocated. */
void series_free(struct series *series);

#endif
