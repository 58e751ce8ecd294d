// SPDX-License-Identifier: GPL-2.0-or-later
/* The log of many guests and groups: a row for each of them and interval. */
#include <errno.h>
#include <inttypes.h>

#include "base/json.h"
#include "base/macros.h"
#include "log.h"

static const char *const objects[] = {
	[LOG_HOST] = "host",
	[LOG_GUEST] = "guest",
	[LOG_GROUP] = "group",
};

static const char *const limits[] = {
	[LAW_FREE] = "free",
	[LAW_FLOOR] = "floor",
	[LAW_CAP] = "cap",
	[LAW_HOST] = "host",
	[LAW_STUCK] = "stuck",
	[LAW_SHORT] = "short",
};

/**
 * struct column - an amount of a row
 * @name: in CSV and JSON
 * @offset: in struct log_row
 */
struct column {
	const char *name;
	size_t offset;
};

#define COLUMN(member) { #member, offsetof(struct log_row, member) }

static const struct column columns[] = {
	COLUMN(used_kb), COLUMN(slack_kb), COLUMN(charged_kb), COLUMN(uncovered_kb),
	COLUMN(allowance_kb), COLUMN(high_kb), COLUMN(wanted_kb), COLUMN(given_kb),
	COLUMN(size_kb),
};

const char *log_limit_name(enum law_limit limit)
{
	return limits[limit];
}

static uint64_t amount(const struct log_row *row, const struct column *column)
{
	return *(const uint64_t *)((const char *)row + column->offset);
}

/* As RFC 4180 has it, always, and no control characters for any reader to trip over. */
static void put_quoted(FILE *stream, const char *text)
{
	putc('"', stream);
	for (; *text; text++) {
		if (*text == '"')
			putc('"', stream);
		putc((unsigned char)*text < ' ' || *text == 0x7f ? '?' : *text, stream);
	}
	putc('"', stream);
}

void log_csv(FILE *stream, const struct log_row *row)
{
	size_t i;

	fprintf(stream, "%" PRIu64 ".%03u,%s,", row->time_ms / 1000,
		(unsigned int)(row->time_ms % 1000), objects[row->object]);
	put_quoted(stream, row->name);
	for (i = 0; i < ARRAY_SIZE(columns); i++) {
		uint64_t kb = amount(row, &columns[i]);

		if (kb == LOG_NONE)
			putc(',', stream);
		else
			fprintf(stream, ",%" PRIu64, kb);
	}
	fprintf(stream, ",%s\n", row->object == LOG_GUEST ? limits[row->limit] : "");
}

static json_t *row_json(const struct log_row *row)
{
	json_t *json = json_pack("{s:o}", "name", json_text(row->name));
	bool failed = !json;
	size_t i;

	for (i = 0; !failed && i < ARRAY_SIZE(columns); i++)
		if (amount(row, &columns[i]) != LOG_NONE)
			failed = json_object_set_new(json, columns[i].name,
						     json_u64(amount(row, &columns[i]))) < 0;
	if (!failed && row->object == LOG_GUEST)
		failed = json_object_set_new(json, "limit", json_string(limits[row->limit])) < 0;
	if (!failed)
		return json;
	json_decref(json);
	return NULL;
}

int log_json(FILE *stream, const struct log_row *rows, size_t count)
{
	__free_json json_t *guests = json_array();
	__free_json json_t *groups = json_array();
	__free_json json_t *host = row_json(&rows[0]);
	__free_json json_t *all = NULL;
	size_t i;

	for (i = 1; i < count; i++) {
		json_t *list = rows[i].object == LOG_GUEST ? guests : groups;

		if (json_array_append_new(list, row_json(&rows[i])) < 0)
			return -ENOMEM;
	}
	all = json_pack("{s:f, s:O, s:O, s:O}", "time_s", (double)rows[0].time_ms / 1000,
			"host", host, "guests", guests, "groups", groups);
	if (!all)
		return -ENOMEM;
	json_dumpf(all, stream, JSON_COMPACT | JSON_ENSURE_ASCII | JSON_REAL_PRECISION(15));
	putc('\n', stream);
	return 0;
}

static struct log_row empty_row(enum log_object object, const char *name, uint64_t time_ms)
{
	return (struct log_row){
		.time_ms = time_ms,
		.object = object,
		.name = name,
		.used_kb = LOG_NONE,
		.slack_kb = LOG_NONE,
		.charged_kb = LOG_NONE,
		.uncovered_kb = LOG_NONE,
		.allowance_kb = LOG_NONE,
		.high_kb = LOG_NONE,
		.wanted_kb = LOG_NONE,
		.given_kb = LOG_NONE,
		.size_kb = LOG_NONE,
	};
}

struct log_row log_group(const struct decision *decision, size_t i, const char *name,
			 uint64_t time_ms)
{
	const struct plan_group_result *group = &decision->plan.groups[i];
	struct log_row row = empty_row(LOG_GROUP, name, time_ms);

	row.used_kb = decision->groups[i].used_kb;
	row.slack_kb = group->slack_kb;
	row.charged_kb = group->charged_kb;
	row.uncovered_kb = group->uncovered_kb;
	row.allowance_kb = group->allowance_kb;
	row.high_kb = group->high_kb;
	return row;
}

struct log_row log_guest(const struct decision *decision, size_t i, const char *name,
			 uint64_t time_ms, uint64_t given_kb)
{
	const struct plan_guest_result *guest = &decision->plan.guests[i];
	struct log_row row = empty_row(LOG_GUEST, name, time_ms);
	uint64_t rest_kb = decision->guests[i].rest_kb;

	row.charged_kb = guest->wanted_kb;
	row.wanted_kb = decision->states[i].wanted_kb;
	row.given_kb = given_kb;
	row.size_kb = rest_kb > given_kb ? rest_kb - given_kb : 0;
	row.limit = guest->limit;
	return row;
}

struct log_row log_host(const struct decision *decision, const char *name,
			uint64_t time_ms, uint64_t arrived_kb, uint64_t size_kb)
{
	struct log_row row = empty_row(LOG_HOST, name, time_ms);
	size_t i;

	row.used_kb = 0;
	row.slack_kb = 0;
	row.charged_kb = 0;
	row.uncovered_kb = 0;
	row.wanted_kb = 0;
	row.given_kb = arrived_kb;
	row.size_kb = size_kb + arrived_kb;
	for (i = 0; i < decision->group_count; i++) {
		row.used_kb += decision->groups[i].used_kb;
		row.slack_kb += decision->plan.groups[i].slack_kb;
		row.charged_kb += decision->plan.groups[i].charged_kb;
		row.uncovered_kb += decision->plan.groups[i].uncovered_kb;
	}
	for (i = 0; i < decision->guest_count; i++)
		row.wanted_kb += decision->states[i].wanted_kb;
	return row;
}
