// SPDX-License-Identifier: GPL-2.0-or-later
/* What a log says of each guest and group, as series of numbers over time. */
#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/macros.h"
#include "series.h"

#define LINE_MAX_BYTES	1024
#define FIELDS_MAX	16

/**
 * struct pick - a column that makes a series
 * @column: its name
 * @object: rows of this, NULL if rows have none
 * @kind: of the series
 * @name: of the series, NULL for the row's
 */
struct pick {
	const char *column;
	const char *object;
	enum series_kind kind;
	const char *name;
};

/* Of many guests and groups, and of one of each. */
static const struct pick picks[] = {
	{ "used_kb", "host", SERIES_SUM, "used by all groups" },
	{ "given_kb", "host", SERIES_MOVED, "moved to the host" },
	{ "used_kb", "group", SERIES_GROUP, NULL },
	{ "size_kb", "host", SERIES_HOST, NULL },
	{ "size_kb", "guest", SERIES_GUEST, NULL },
	{ "used_kb", NULL, SERIES_SUM, "used by the group" },
	{ "arrived_kb", NULL, SERIES_MOVED, "moved to the host" },
	{ "dom0_kb", NULL, SERIES_HOST, "host" },
	{ "guest_kb", NULL, SERIES_GUEST, "guest" },
};

/**
 * struct reader - a log that is being read
 * @file: it
 * @path: its name
 * @line: number of the line
 * @text: the line, cut into fields
 * @fields: parts of @text
 * @field_count: of them
 * @columns: names of columns, parts of @heading
 * @column_count: of them
 * @heading: the first line
 * @list: what has been read
 * @last_s: time of the last row
 */
struct reader {
	FILE *file;
	const char *path;
	unsigned long line;
	char text[LINE_MAX_BYTES];
	char *fields[FIELDS_MAX];
	size_t field_count;
	char *columns[FIELDS_MAX];
	size_t column_count;
	char heading[LINE_MAX_BYTES];
	struct series_list *list;
	double last_s;
};

void series_free(struct series_list *list)
{
	size_t i;

	for (i = 0; i < list->count; i++) {
		free(list->all[i].times_s);
		free(list->all[i].values_kb);
	}
	free(list->all);
	*list = (struct series_list){ 0 };
}

static int wrong(const struct reader *reader, struct error *err, const char *what)
{
	return error_set(err, -EINVAL, "%s: line %lu: %s", reader->path, reader->line, what);
}

/* A field in quotes, from behind the first; doubled ones stand for one. */
static char *unquote(char *text)
{
	char *to = text;

	for (; *text; text++) {
		if (*text == '"' && *++text != '"')
			break;
		*to++ = *text;
	}
	if (to != text)
		*to = '\0';
	return text;
}

/* Cut @text in place.  Return: fields, 0 if there are too many or quotes are wrong. */
static size_t split(char *text, char **fields)
{
	size_t count = 0;

	for (;;) {
		char *end;

		if (count == FIELDS_MAX)
			return 0;
		if (*text == '"') {
			fields[count++] = ++text;
			end = unquote(text);
		} else {
			fields[count++] = text;
			end = text + strcspn(text, ",");
		}
		if (*end == '\0')
			return count;
		if (*end != ',')
			return 0;
		*end = '\0';
		text = end + 1;
	}
}

/* Return: 1; 0 at the end; negative errno. */
static int read_row(struct reader *reader, char *text, char **fields, size_t *ret_count,
		    struct error *err)
{
	size_t len;

	if (!fgets(text, LINE_MAX_BYTES, reader->file))
		return ferror(reader->file) ? error_errno(err, -EIO, "%s", reader->path) : 0;
	reader->line++;
	len = strlen(text);
	/* The last line of a run that was killed may be cut off. */
	if (len == 0 || text[len - 1] != '\n') {
		if (feof(reader->file))
			return 0;
		return wrong(reader, err, "is too long or not text");
	}
	text[len - 1] = '\0';
	*ret_count = split(text, fields);
	if (!*ret_count)
		return wrong(reader, err, "is not CSV");
	return 1;
}

static const char *field(const struct reader *reader, const char *column)
{
	size_t i;

	for (i = 0; i < reader->column_count; i++)
		if (strcmp(reader->columns[i], column) == 0)
			return reader->fields[i];
	return NULL;
}

/* A log has few series and many rows; the next row's is most often the next one. */
static struct series *find(struct reader *reader, enum series_kind kind, const char *name,
			   size_t *hint)
{
	struct series_list *list = reader->list;
	size_t i, at;

	for (i = 0; i < list->count; i++) {
		at = (*hint + i) % list->count;
		if (list->all[at].kind == kind && strcmp(list->all[at].name, name) == 0) {
			*hint = at + 1;
			return &list->all[at];
		}
	}
	return NULL;
}

static int add_series(struct reader *reader, enum series_kind kind, const char *name,
		      struct series **ret, struct error *err)
{
	struct series_list *list = reader->list;
	struct series *more;

	if (list->count == SERIES_MAX)
		return wrong(reader, err, "more guests and groups than can be drawn");
	if (!*name || strlen(name) > SERIES_NAME_MAX)
		return wrong(reader, err, "a name is missing or too long");
	more = reallocarray(list->all, list->count + 1, sizeof(*more));
	if (!more)
		return error_errno(err, -ENOMEM, "%s", reader->path);
	list->all = more;
	*ret = &list->all[list->count++];
	**ret = (struct series){ .kind = kind };
	strcpy((*ret)->name, name);
	return 0;
}

static int add_point(struct reader *reader, struct series *series, double time_s,
		     double value_kb, struct error *err)
{
	if (++reader->list->points > SERIES_POINTS_MAX)
		return wrong(reader, err, "more points than can be drawn");
	if (series->count == series->room) {
		size_t room = series->room ? 2 * series->room : 64;
		double *times, *values;

		times = reallocarray(series->times_s, room, sizeof(*times));
		if (times)
			series->times_s = times;
		values = reallocarray(series->values_kb, room, sizeof(*values));
		if (values)
			series->values_kb = values;
		if (!times || !values)
			return error_errno(err, -ENOMEM, "%s", reader->path);
		series->room = room;
	}
	series->times_s[series->count] = time_s;
	series->values_kb[series->count++] = value_kb;
	if (series->count == 1 || value_kb > series->peak_kb)
		series->peak_kb = value_kb;
	if (series->count == 1 || value_kb < series->low_kb)
		series->low_kb = value_kb;
	return 0;
}

static int parse_number(const struct reader *reader, const char *text, double *ret,
			struct error *err)
{
	char *end;

	if (text) {
		*ret = strtod(text, &end);
		if (end != text && *end == '\0' && isfinite(*ret) && *ret >= 0)
			return 0;
	}
	return wrong(reader, err, "has something that is not a number");
}

static int pick(struct reader *reader, const struct pick *pick, double time_s, size_t *hint,
		struct error *err)
{
	const char *object = field(reader, "object");
	const char *name = pick->name ? pick->name : field(reader, "name");
	const char *value = field(reader, pick->column);
	struct series *series;
	double value_kb;
	int r;

	if (!name || !value || !*value || !object != !pick->object ||
	    (object && strcmp(object, pick->object) != 0))
		return 0;
	r = parse_number(reader, value, &value_kb, err);
	if (r < 0)
		return r;
	series = find(reader, pick->kind, name, hint);
	if (!series)
		r = add_series(reader, pick->kind, name, &series, err);
	return r < 0 ? r : add_point(reader, series, time_s, value_kb, err);
}

static int read_rows(struct reader *reader, struct error *err)
{
	size_t hint = 0, i;
	double time_s;
	int r;

	while ((r = read_row(reader, reader->text, reader->fields, &reader->field_count,
			     err)) > 0) {
		if (reader->field_count != reader->column_count)
			return wrong(reader, err, "has not as many columns as the first line");
		r = parse_number(reader, field(reader, "time_s"), &time_s, err);
		if (r < 0)
			return r;
		if (time_s < reader->last_s)
			return wrong(reader, err, "is earlier than the one before");
		reader->last_s = time_s;
		for (i = 0; i < ARRAY_SIZE(picks); i++) {
			r = pick(reader, &picks[i], time_s, &hint, err);
			if (r < 0)
				return r;
		}
	}
	return r;
}

static int read_log(struct reader *reader, struct error *err)
{
	size_t i;
	int r = read_row(reader, reader->heading, reader->columns, &reader->column_count, err);

	if (r < 0)
		return r;
	for (i = 0; r > 0 && i < reader->column_count; i++)
		if (strcmp(reader->columns[i], "time_s") == 0)
			break;
	if (r == 0 || i == reader->column_count)
		return error_set(err, -EINVAL, "%s: not a log of balloon-sync", reader->path);
	r = read_rows(reader, err);
	if (r == 0 && reader->list->count == 0)
		r = error_set(err, -EINVAL, "%s: has nothing that can be drawn", reader->path);
	return r;
}

int series_read(const char *path, struct series_list *ret, struct error *err)
{
	struct series_list list = { 0 };
	struct reader reader = { .path = path, .list = &list };
	int r;

	reader.file = fopen(path, "re");
	if (!reader.file)
		return error_errno(err, -errno, "%s", path);
	r = read_log(&reader, err);
	fclose(reader.file);
	if (r < 0)
		series_free(&list);
	else
		*ret = list;
	return r;
}
