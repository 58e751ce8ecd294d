/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What balloon-sync tells people, programs and its CSV file: of one guest and
 * one group a line for each sample, of many the rows of log.h, and what happens.
 */
#ifndef BALLOON_SYNC_REPORT_H
#define BALLOON_SYNC_REPORT_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

#include "controller.h"

/**
 * struct report_last - what was told last of a guest, a group or the host
 * @object: its name
 * @text: without the name
 */
struct report_last {
	char *object;
	char text[256];
};

/**
 * struct report - where things are told
 * @many: any number of guests and groups, rather than one of each
 * @json: one JSON object per line rather than text
 * @dry_run: nothing is moved, say what would be
 * @csv: samples, or NULL
 * @start_ns: when time began, CLOCK_MONOTONIC
 * @last: what was printed last, for text only
 * @lasts: what was told last of each; only of @many
 * @last_count: of @lasts
 */
struct report {
	bool many;
	bool json;
	bool dry_run;
	FILE *csv;
	uint64_t start_ns;
	char last[256];
	struct report_last *lasts;
	size_t last_count;
};

/**
 * report_init() - Begin.
 * @report: filled in
 * @many: see struct report
 * @json: see struct report
 * @csv_path: made anew, or NULL
 * @now_ns: CLOCK_MONOTONIC
 * @err: why it failed
 *
 * Return: 0 or negative errno.
 */
int report_init(struct report *report, bool many, bool json, const char *csv_path,
		uint64_t now_ns, struct error *err);

/** report_exit() - End; a report of zeros is allowed. */
void report_exit(struct report *report);

/** report_sample() - What is used, wanted and moved at this moment. */
void report_sample(struct report *report, const struct controller *controller,
		   uint64_t now_ns);

/** report_events() - A line for each event of a step just made. */
void report_events(struct report *report, const struct move *move,
		   const struct move_report *moved);

/** report_limits() - A line for each guest that can no longer, or again, pay in full. */
void report_limits(struct report *report, struct controller *controller);

/** report_last() - What was told last of a guest, a group or the host, or NULL. */
const char *report_last(const struct report *report, const char *object);

/** report_phase() - "settled", "moving" or "resting". */
const char *report_phase(enum move_phase phase);

/** report_line() - Any other line. */
void report_line(struct report *report, const char *object, const char *fmt,
		 ...) __attribute__((format(printf, 3, 4)));

#endif
