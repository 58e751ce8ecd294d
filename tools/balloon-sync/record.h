/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A real run written down as a trace, for simulate. */
#ifndef BALLOON_SYNC_RECORD_H
#define BALLOON_SYNC_RECORD_H

#include "controller.h"
#include "trace.h"

/**
 * struct record - a trace being written
 * @file: where to, NULL when nothing is recorded
 * @path: of it
 * @trace: its first line, NULL until all guests are there
 * @used_kb: for one interval
 * @last_ms: time of the last one
 */
struct record {
	FILE *file;
	const char *path;
	struct trace *trace;
	uint64_t *used_kb;
	uint64_t last_ms;
};

/** record_open() - Begin; a @path of NULL is for nothing. Return: 0, -errno. */
int record_open(struct record *record, const char *path, struct error *err);

/**
 * record_sample() - Write down one interval.
 * @record: the trace
 * @c: just sampled
 * @free_kb: free memory of the host then
 * @now_ns: CLOCK_MONOTONIC
 * @err: why it could not be written; it ends then
 *
 * A trace says at its beginning who there is and how large: nothing is written
 * before all guests are there.
 *
 * Return: 0 or negative errno.
 */
int record_sample(struct record *record, const struct controller *c, uint64_t free_kb,
		  uint64_t now_ns, struct error *err);

/**
 * record_close() - End it; nothing is done where nothing is recorded.
 *
 * Return: 0; -EIO when not all of it could be written.
 */
int record_close(struct record *record, struct error *err);

#endif
