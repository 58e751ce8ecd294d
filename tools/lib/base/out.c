// SPDX-License-Identifier: GPL-2.0-or-later
/* Output that is a table for people or JSON for programs, from one call. */
#include <errno.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "cleanup.h"
#include "format.h"
#include "json.h"
#include "out.h"
#include "text.h"

/**
 * struct out - output under way
 * @stream: where it goes
 * @json: the whole of it; NULL for text
 * @rows: array of the current block, of JSON tables
 * @row: object being filled in, of JSON; NULL in a row for people only
 * @key: of the current block, NULL for a record at the top
 * @columns: of the current block, NULL outside of one
 * @count: of columns
 * @cells: text, one row after the other; NULL for an empty cell
 * @used: cells in use, a multiple of @count
 * @room: cells allocated
 * @total: index of the first cell below the rule, SIZE_MAX without one
 * @shape: of the current block
 * @sizes: how sizes are shown
 * @page_size: in bytes
 * @left: bytes that may still be kept, see out_allow()
 * @error: the first error, 0 for none
 */
struct out {
	FILE *stream;
	json_t *json;
	json_t *rows;
	json_t *row;
	const char *key;
	const struct out_column *columns;
	size_t count;
	char **cells;
	size_t used;
	size_t room;
	size_t total;
	enum out_shape shape;
	enum out_sizes sizes;
	unsigned int page_size;
	uint64_t left;
	int error;
};

/* What a cell or a row takes beside its text, about. */
#define CELL_BYTES	64u

static void fail(struct out *out, int error)
{
	if (out->error == 0)
		out->error = error;
}

int out_create(struct out **ret, FILE *stream, bool json, enum out_sizes sizes,
	       unsigned int page_size)
{
	struct out *out = calloc(1, sizeof(*out));

	if (!out)
		return -ENOMEM;
	out->stream = stream;
	out->sizes = sizes;
	out->page_size = page_size ? page_size : 4096;
	out->total = SIZE_MAX;
	out->left = UINT64_MAX;
	if (json) {
		out->json = json_object();
		if (!out->json) {
			free(out);
			return -ENOMEM;
		}
	}
	*ret = out;
	return 0;
}

static void forget_cells(struct out *out)
{
	size_t i;

	for (i = 0; i < out->used; i++)
		free(out->cells[i]);
	free(out->cells);
	out->cells = NULL;
	out->used = 0;
	out->room = 0;
	out->total = SIZE_MAX;
	out->columns = NULL;
	out->count = 0;
}

void out_destroy(struct out *out)
{
	if (!out)
		return;
	forget_cells(out);
	json_decref(out->row);
	json_decref(out->rows);
	json_decref(out->json);
	free(out);
}

/* Whether so much more may be kept. */
static bool keep(struct out *out, size_t bytes)
{
	if (out->left < bytes + CELL_BYTES) {
		out->left = 0;
		fail(out, -EFBIG);
		return false;
	}
	out->left -= bytes + CELL_BYTES;
	return true;
}

static void begin_row(struct out *out)
{
	size_t i;

	/* Its cells are those of the row before, and left out as well. */
	if (!keep(out, 0))
		return;
	if (out->json) {
		json_decref(out->row);
		out->row = json_object();
		if (!out->row)
			fail(out, -ENOMEM);
		else if (out->rows && json_array_append(out->rows, out->row) < 0)
			fail(out, -ENOMEM);
		return;
	}
	if (out->used + out->count > out->room) {
		size_t room = 2 * out->room + 16 * out->count;
		char **more = realloc(out->cells, room * sizeof(*more));

		if (!more) {
			fail(out, -ENOMEM);
			return;
		}
		out->cells = more;
		out->room = room;
	}
	for (i = 0; i < out->count; i++)
		out->cells[out->used++] = NULL;
}

void out_begin(struct out *out, enum out_shape shape, const char *key,
	       const struct out_column *columns, size_t count)
{
	out->shape = shape;
	out->key = key;
	out->columns = columns;
	out->count = count;
	if (out->json && shape == OUT_TABLE) {
		out->rows = json_array();
		if (!out->rows)
			fail(out, -ENOMEM);
	}
	if (shape == OUT_RECORD)
		begin_row(out);
}

void out_row(struct out *out)
{
	begin_row(out);
}

void out_total_row(struct out *out)
{
	if (out->json) {
		json_decref(out->row);
		out->row = NULL;
		return;
	}
	out->total = out->used;
	begin_row(out);
}

/*
 * The one place where a cell is set.  Takes over the reference to @json; NULL
 * for a cell that only people see.  @text is copied.
 */
static void set_cell(struct out *out, const char *key, json_t *json,
		     const char *text)
{
	size_t i;

	for (i = 0; i < out->count; i++)
		if (strcmp(out->columns[i].key, key) == 0)
			break;
	if (i == out->count || (!out->json && out->used < out->count)) {
		json_decref(json);
		fail(out, -EINVAL);
	} else if (!keep(out, strlen(text))) {
		json_decref(json);
	} else if (out->json) {
		if (!json || !out->row)
			json_decref(json);
		else if (json_object_set_new(out->row, key, json) < 0)
			fail(out, -ENOMEM);
	} else {
		char **cell = &out->cells[out->used - out->count + i];

		json_decref(json);
		free(*cell);
		*cell = strdup(text);
		if (!*cell)
			fail(out, -ENOMEM);
	}
}

/* A json_t that could not be made must not look like "for people only". */
static void set_value(struct out *out, const char *key, json_t *json,
		      const char *text)
{
	if (!json)
		fail(out, -ENOMEM);
	else
		set_cell(out, key, json, text);
}

void out_text(struct out *out, const char *key, const char *text)
{
	__free_mem char *safe = text_escape(text);

	if (!safe)
		fail(out, -ENOMEM);
	else
		set_value(out, key, json_text(text), safe);
}

void out_u64(struct out *out, const char *key, uint64_t value)
{
	char buf[FORMAT_MAX];

	set_value(out, key, json_u64(value), format_u64(buf, value));
}

void out_s64(struct out *out, const char *key, int64_t value)
{
	char buf[FORMAT_MAX];

	snprintf(buf, sizeof(buf), "%+" PRId64, value);
	set_value(out, key, json_integer(value), value ? buf : "0");
}

static char *show_size(const struct out *out, char *buf, uint64_t bytes)
{
	switch (out->sizes) {
	case OUT_SIZES_BYTES:
		return format_u64(buf, bytes);
	case OUT_SIZES_PAGES:
		return format_u64(buf, bytes / out->page_size);
	case OUT_SIZES_HUMAN:
		break;
	}
	return format_size(buf, bytes);
}

void out_size(struct out *out, const char *key, uint64_t bytes)
{
	char buf[FORMAT_MAX];

	set_value(out, key, json_u64(bytes), show_size(out, buf, bytes));
}

void out_ssize(struct out *out, const char *key, int64_t bytes)
{
	uint64_t size = bytes < 0 ? -(uint64_t)bytes : (uint64_t)bytes;
	char buf[FORMAT_MAX], text[FORMAT_MAX + 1];

	snprintf(text, sizeof(text), "%s%s",
		 bytes < 0 ? "-" : bytes > 0 ? "+" : "",
		 show_size(out, buf, size));
	set_value(out, key, json_integer(bytes), text);
}

void out_age(struct out *out, const char *key, uint64_t ns)
{
	char buf[FORMAT_MAX];

	set_value(out, key, json_u64(ns), format_age(buf, ns));
}

void out_flag(struct out *out, const char *key, bool value)
{
	set_value(out, key, json_boolean(value), value ? "yes" : "no");
}

void out_null(struct out *out, const char *key)
{
	set_value(out, key, json_null(), "-");
}

void out_bar(struct out *out, const char *key, uint64_t part, uint64_t whole,
	     unsigned int columns)
{
	char buf[FORMAT_BAR_MAX];

	set_cell(out, key, NULL, format_bar(buf, part, whole, columns));
}

void out_label(struct out *out, const char *key, const char *text)
{
	set_cell(out, key, NULL, text);
}

void out_u64_as(struct out *out, const char *key, uint64_t value,
		const char *text)
{
	set_value(out, key, json_u64(value), text);
}

void out_text_as(struct out *out, const char *key, const char *word,
		 const char *text)
{
	set_value(out, key, json_text(word), text);
}

static size_t column_width(const struct out *out, size_t column)
{
	size_t width = text_width(out->columns[column].title), i;

	for (i = column; i < out->used; i += out->count) {
		if (!out->cells[i])
			continue;
		if (out->columns[column].max)
			text_cut(out->cells[i], out->columns[column].max);
		if (text_width(out->cells[i]) > width)
			width = text_width(out->cells[i]);
	}
	return width;
}

static void pad(const struct out *out, size_t columns)
{
	fprintf(out->stream, "%*s", (int)columns, "");
}

/* Spaces at the end of a line are held back in @*behind until more follows. */
static void put_cell(const struct out *out, const char *text, size_t width,
		     bool right, size_t *behind)
{
	size_t own = text_width(text);
	size_t fill = width > own ? width - own : 0;

	if (*text) {
		pad(out, *behind + (right ? fill : 0));
		fputs(text, out->stream);
		*behind = right ? 0 : fill;
	} else {
		*behind += width;
	}
	*behind += 2;
}

/* One line of a table: a row of cells, the heading or the rule. */
static void put_line(const struct out *out, const size_t *widths,
		     char *const *cells, const char *fill)
{
	size_t behind = 0, i, n;

	for (i = 0; i < out->count; i++) {
		const struct out_column *column = &out->columns[i];

		if (!column->title)
			continue;
		if (cells) {
			put_cell(out, cells[i] ? cells[i] : "", widths[i],
				 column->right, &behind);
		} else if (!fill) {
			put_cell(out, column->title, widths[i], column->right,
				 &behind);
		} else {
			pad(out, behind);
			for (n = 0; n < widths[i]; n++)
				fputs(fill, out->stream);
			behind = 2;
		}
	}
	fputc('\n', out->stream);
}

static void put_table(struct out *out)
{
	__free_mem size_t *widths = calloc(out->count, sizeof(*widths));
	size_t i;

	/* A heading over nothing says nothing. */
	if (out->used == 0)
		return;
	if (!widths) {
		fail(out, -ENOMEM);
		return;
	}
	for (i = 0; i < out->count; i++)
		if (out->columns[i].title)
			widths[i] = column_width(out, i);

	put_line(out, widths, NULL, NULL);
	for (i = 0; i < out->used; i += out->count) {
		if (i == out->total)
			put_line(out, widths, NULL, text_unicode() ?
				 "\xe2\x94\x80" : "-");
		put_line(out, widths, &out->cells[i], NULL);
	}
}

static void put_record(struct out *out)
{
	size_t width = 0, i;

	for (i = 0; i < out->count; i++)
		if (out->columns[i].title && out->cells[i] &&
		    text_width(out->columns[i].title) > width)
			width = text_width(out->columns[i].title);
	for (i = 0; i < out->count; i++) {
		if (!out->columns[i].title || !out->cells[i])
			continue;
		fprintf(out->stream, "%s:", out->columns[i].title);
		pad(out, width - text_width(out->columns[i].title) + 1);
		fprintf(out->stream, "%s\n", out->cells[i]);
	}
}

static void keep_json(struct out *out)
{
	json_t *block = out->shape == OUT_TABLE ? out->rows : out->row;
	int r;

	if (out->shape == OUT_RECORD && !out->key)
		r = json_object_update(out->json, block);
	else
		r = json_object_set(out->json, out->key, block);
	if (r < 0)
		fail(out, -ENOMEM);
	json_decref(out->row);
	json_decref(out->rows);
	out->row = NULL;
	out->rows = NULL;
}

void out_end(struct out *out)
{
	if (out->json)
		keep_json(out);
	else if (out->error == 0 && out->shape == OUT_TABLE)
		put_table(out);
	else if (out->error == 0)
		put_record(out);
	forget_cells(out);
}

void out_note(struct out *out, const char *fmt, ...)
{
	va_list args;

	if (out->json)
		return;
	va_start(args, fmt);
	vfprintf(out->stream, fmt, args);
	va_end(args);
	fputc('\n', out->stream);
}

void out_allow(struct out *out, uint64_t bytes)
{
	out->left = bytes;
}

int out_finish(struct out *out, struct error *err)
{
	if (out->error < 0)
		return error_errno(err, out->error, "output");
	if (out->json) {
		if (json_dumpf(out->json, out->stream,
			       JSON_INDENT(2) | JSON_ENSURE_ASCII) < 0)
			return error_errno(err, -EIO, "output");
		fputc('\n', out->stream);
	}
	errno = 0;
	if (fflush(out->stream) != 0 || ferror(out->stream))
		return error_errno(err, errno ? -errno : -EIO, "output");
	return 0;
}
