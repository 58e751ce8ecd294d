/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Metrics in the text formats of Prometheus and OpenMetrics. */
#ifndef BASE_METRICS_H
#define BASE_METRICS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include "error.h"

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

/**
 * struct metrics_file - metrics on their way into a file
 * @metrics: to be written to
 * @text: what has been written
 * @len: of @text
 */
struct metrics_file {
	struct metrics metrics;
	char *text;
	size_t len;
};

/**
 * metrics_file_begin() - Begin to write, into memory.
 * @file: filled in
 * @openmetrics: see struct metrics
 * @err: why it failed
 *
 * Return: 0 or -ENOMEM.
 */
int metrics_file_begin(struct metrics_file *file, bool openmetrics,
		       struct error *err);

/**
 * metrics_file_end() - End it, and put it in place of what was there before.
 * @file: begun; nothing of it is left, also on failure
 * @path: readers see the old file or the new one, never half of one
 * @err: why it failed
 *
 * Return: 0 or negative errno.
 */
int metrics_file_end(struct metrics_file *file, const char *path,
		     struct error *err);

#endif
