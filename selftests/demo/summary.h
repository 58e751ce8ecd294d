/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What a recording shows, in numbers, and whether that is what was promised. */
#ifndef DEMO_SUMMARY_H
#define DEMO_SUMMARY_H

#include <stdbool.h>
#include <stddef.h>

#include "series.h"

/* A change of use by this much has a lag. */
#define CHANGE_KB	1024
/* Memory has arrived, and sizes are back, when this little is missing. */
#define ARRIVED_KB	1024

/** struct sizes - how one domain's size went, in kB */
struct sizes {
	long before;
	long extreme;
	long after;
};

/**
 * struct summary - one recording in numbers
 * @samples: rows
 * @settled: rows that are settled
 * @max_error_kb: largest |added - used| of a settled row
 * @mean_error_kb: mean of the same
 * @changes: changes of use that have a lag
 * @p95_lag_s: 95 % of those changes were answered within this time
 * @max_moved_kb: most that dom0 had more
 * @max_anon_kb: most anonymous memory
 * @max_cache_kb: most file cache
 * @guest: sizes of the guest; extreme is the lowest
 * @dom0: sizes of dom0; extreme is the highest
 */
struct summary {
	size_t samples;
	size_t settled;
	long max_error_kb;
	double mean_error_kb;
	size_t changes;
	double p95_lag_s;
	long max_moved_kb;
	long max_anon_kb;
	long max_cache_kb;
	struct sizes guest;
	struct sizes dom0;
};

/**
 * struct goals - what a recording has to show
 * @settled_percent: at least this share of rows is settled
 * @max_error_kb: no settled row is off by more
 * @min_moved_kb: at least this much has moved at the peak
 * @min_windows: at least this many steps, or runs of an IDS
 */
struct goals {
	unsigned int settled_percent;
	long max_error_kb;
	long min_moved_kb;
	size_t min_windows;
};

/** struct missed - told one line for each goal that was missed */
struct missed {
	void (*tell)(void *arg, const char *text);
	void *arg;
};

/** summary_make() - Work out the numbers. @series has at least one sample. */
void summary_make(const struct series *series, struct summary *ret);

/**
 * summary_check() - Hold a recording against its goals.
 *
 * Beside the numbers: every step and both ends of every IDS run contribute a
 * settled sample, and memory was back before balloon-sync was stopped.
 *
 * Return: how many goals were missed.
 */
unsigned int summary_check(const struct series *series, const struct summary *summary,
			   const struct goals *goals, const struct missed *missed);

#endif
