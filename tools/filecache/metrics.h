/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Metrics in the text formats of Prometheus and OpenMetrics. */
#ifndef FILECACHE_METRICS_H
#define FILECACHE_METRICS_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

/**
 * struct metrics - metrics being written
 * @to: where they go
 * @openmetrics: OpenMetrics 1.0 rather than the older text format
 * @name: of the family that was begun last
 * @counter: it only grows
 */
struct metrics {
	FILE *to;
	bool openmetrics;
	const char *name;
	bool counter;
};

/**
 * metrics_gauge() - Begin a family whose values go up and down.
 * @metrics: being written
 * @name: ends in "_" and @unit, if there is one; must live until the next family
 * @unit: such as "bytes"; NULL for none
 * @help: one sentence, without a backslash
 */
void metrics_gauge(struct metrics *metrics, const char *name, const char *unit,
		   const char *help);

/** metrics_counter() - Begin one whose values only grow; no "_total" in @name. */
void metrics_counter(struct metrics *metrics, const char *name,
		     const char *unit, const char *help);

/** metrics_value() - A value of the family without labels. */
void metrics_value(struct metrics *metrics, uint64_t value);

/**
 * metrics_labelled() - A value with labels.
 * @metrics: being written
 * @value: the value
 * @label: name of the first label
 * @text: its value; valid UTF-8
 *
 * More labels follow in pairs; NULL ends them.
 */
void metrics_labelled(struct metrics *metrics, uint64_t value,
		      const char *label, const char *text, ...)
	__attribute__((sentinel));

/** metrics_end() - What ends the whole. */
void metrics_end(struct metrics *metrics);

#endif
