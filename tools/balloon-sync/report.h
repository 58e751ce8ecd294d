/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What balloon-sync tells people, programs and its CSV file. */
#ifndef BALLOON_SYNC_REPORT_H
#define BALLOON_SYNC_REPORT_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

#include "controller.h"

/**
 * struct report - where things are told
 * @json: one JSON object per line rather than text
 * @dry_run: nothing is moved, say what would be
 * @csv: samples, or NULL
 * @start_ns: when time began, CLOCK_MONOTONIC
 * @last: what was printed last, for text only
 */
struct report {
	bool json;
	bool dry_run;
	FILE *csv;
	uint64_t start_ns;
	char last[256];
};

/**
 * report_init() - Begin.
 * @report: filled in
 * @json: see struct report
 * @csv_path: made anew, or NULL
 * @now_ns: CLOCK_MONOTONIC
 * @err: why it failed
 *
 * Return: 0 or negative errno.
 */
int report_init(struct report *report, bool json, const char *csv_path,
		uint64_t now_ns, struct error *err);

/** report_exit() - End; a report of zeros is allowed. */
void report_exit(struct report *report);

/** report_sample() - What is used, wanted and moved at this moment. */
void report_sample(struct report *report, const struct controller *controller,
		   const struct move_report *moved, uint64_t now_ns);

/** report_events() - A line for each event of a step just made. */
void report_events(struct report *report, const struct move *move,
		   const struct move_report *moved);

/** report_limit() - A line about what holds the law back, or no longer. */
void report_limit(struct report *report, const struct controller *controller);

/** report_line() - Any other line. */
void report_line(struct report *report, const char *object, const char *fmt,
		 ...) __attribute__((format(printf, 3, 4)));

#endif
