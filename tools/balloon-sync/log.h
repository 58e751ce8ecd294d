/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The log of many guests and groups: a row for each of them and interval.
 *
 * In CSV, the columns of struct log_row in order; in JSON, an object for each
 * interval that has "time_s", "host", "guests" and "groups".  What does not
 * apply is empty in the one and missing in the other.
 */
#ifndef BALLOON_SYNC_LOG_H
#define BALLOON_SYNC_LOG_H

#include <stdint.h>
#include <stdio.h>

#include "base/error.h"
#include "decision.h"

#define LOG_NONE UINT64_MAX

/**
 * enum log_object - what a row is about
 * @LOG_HOST: the host, with the sums of all groups and guests
 * @LOG_GUEST: a guest
 * @LOG_GROUP: a group
 */
enum log_object {
	LOG_HOST,
	LOG_GUEST,
	LOG_GROUP,
};

/**
 * struct log_row - one object at one moment, in kB; LOG_NONE if it does not apply
 * @time_ms: since the log began
 * @object: what it is about
 * @name: of it
 * @used_kb: groups: what it uses
 * @slack_kb: groups: of that, paid by the host's slack
 * @charged_kb: groups: by guests; guests: by it
 * @uncovered_kb: groups: by nobody
 * @allowance_kb: groups: so much could be paid
 * @high_kb: groups: the limit
 * @wanted_kb: guests: what it is to give; host: all of them
 * @given_kb: guests: what it gave; host: what has arrived
 * @size_kb: guests and host
 * @limit: guests: why it does not give all that groups use
 */
struct log_row {
	uint64_t time_ms;
	enum log_object object;
	const char *name;
	uint64_t used_kb;
	uint64_t slack_kb;
	uint64_t charged_kb;
	uint64_t uncovered_kb;
	uint64_t allowance_kb;
	uint64_t high_kb;
	uint64_t wanted_kb;
	uint64_t given_kb;
	uint64_t size_kb;
	enum law_limit limit;
};

#define LOG_CSV_HEADER \
	"time_s,object,name,used_kb,slack_kb,charged_kb,uncovered_kb,allowance_kb,high_kb,"	\
	"wanted_kb,given_kb,size_kb,limit\n"

/** log_csv() - Write one row. */
void log_csv(FILE *stream, const struct log_row *row);

/**
 * log_json() - Write one interval.
 * @stream: where to
 * @rows: one host, then guests and groups in any order
 * @count: of them, at least one
 *
 * Return: 0; -ENOMEM.
 */
int log_json(FILE *stream, const struct log_row *rows, size_t count);

/** log_group() - The row of a group after a decision. */
struct log_row log_group(const struct decision *decision, size_t i, const char *name,
			 uint64_t time_ms);

/** log_guest() - The row of a guest that has given so much. */
struct log_row log_guest(const struct decision *decision, size_t i, const char *name,
			 uint64_t time_ms, uint64_t given_kb);

/** log_host() - The row of the host, at whose size at rest so much has arrived. */
struct log_row log_host(const struct decision *decision, const char *name,
			uint64_t time_ms, uint64_t arrived_kb, uint64_t size_kb);

/** log_limit_name() - "free", "floor", "cap", "host" or "stuck". */
const char *log_limit_name(enum law_limit limit);

#endif
