/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Output that is a table for people or JSON for programs, from one call. */
#ifndef BASE_OUT_H
#define BASE_OUT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include "error.h"

struct out;

/**
 * enum out_sizes - how out_size() shows a size to people
 * @OUT_SIZES_HUMAN: in KiB, MiB and so on
 * @OUT_SIZES_BYTES: as a number of bytes
 * @OUT_SIZES_PAGES: as a number of pages
 *
 * JSON has bytes always.
 */
enum out_sizes {
	OUT_SIZES_HUMAN,
	OUT_SIZES_BYTES,
	OUT_SIZES_PAGES,
};

/**
 * enum out_shape - how a block of output is laid out
 * @OUT_TABLE: a heading and rows; in JSON an array of objects
 * @OUT_RECORD: one "title: value" a line; in JSON an object
 */
enum out_shape {
	OUT_TABLE,
	OUT_RECORD,
};

/**
 * struct out_column - a column of a table or a line of a record
 * @key: names it in JSON and in the calls below
 * @title: names it to people; NULL when it is for JSON only
 * @right: numbers stand at the right of a column
 * @max: cut longer text at so many columns, 0 for any length
 */
struct out_column {
	const char *key;
	const char *title;
	bool right;
	unsigned int max;
};

/**
 * out_create() - Begin output.
 * @ret: the output
 * @stream: where it goes
 * @json: JSON rather than text
 * @sizes: how sizes are shown
 * @page_size: in bytes, for OUT_SIZES_PAGES
 *
 * The calls that follow return nothing: the first error is kept and
 * returned by out_finish().
 *
 * Return: 0 or -ENOMEM.
 */
int out_create(struct out **ret, FILE *stream, bool json, enum out_sizes sizes,
	       unsigned int page_size);

/** out_destroy() - Free it; what was not finished is not printed. */
void out_destroy(struct out *out);

/**
 * out_begin() - Begin a table or a record.
 * @out: the output
 * @shape: which of the two
 * @key: of the member in JSON; NULL puts a record's members at the top
 * @columns: must live until out_end()
 * @count: of columns
 */
void out_begin(struct out *out, enum out_shape shape, const char *key,
	       const struct out_column *columns, size_t count);

/** out_row() - Begin the next row of a table. */
void out_row(struct out *out);

/** out_total_row() - Begin a row below a rule, for people only. */
void out_total_row(struct out *out);

/** out_text() - Set a cell to text of any bytes; it is made safe here. */
void out_text(struct out *out, const char *key, const char *text);

/** out_u64() - Set a cell to a number. */
void out_u64(struct out *out, const char *key, uint64_t value);

/** out_s64() - Set a cell to a number that may be negative. */
void out_s64(struct out *out, const char *key, int64_t value);

/** out_size() - Set a cell to a size, given in bytes. */
void out_size(struct out *out, const char *key, uint64_t bytes);

/** out_ssize() - Set a cell to a difference of sizes, given in bytes. */
void out_ssize(struct out *out, const char *key, int64_t bytes);

/** out_age() - Set a cell to a span of time; JSON has nanoseconds. */
void out_age(struct out *out, const char *key, uint64_t ns);

/** out_flag() - Set a cell to true or false: "yes" and "no" in text. */
void out_flag(struct out *out, const char *key, bool value);

/** out_null() - Set a cell to "nothing known": "-" in text. */
void out_null(struct out *out, const char *key);

/** out_bar() - Set a cell to a bar of at most @columns, for people only. */
void out_bar(struct out *out, const char *key, uint64_t part, uint64_t whole,
	     unsigned int columns);

/** out_label() - Set a cell to text of our own, for people only. */
void out_label(struct out *out, const char *key, const char *text);

/** out_u64_as() - Set a cell to a number that people see as @text. */
void out_u64_as(struct out *out, const char *key, uint64_t value,
		const char *text);

/** out_text_as() - Set a cell to a word that people see as @text. */
void out_text_as(struct out *out, const char *key, const char *word,
		 const char *text);

/** out_end() - End the table or record; text is printed now. */
void out_end(struct out *out);

/** out_note() - A line between tables, for people only. */
void out_note(struct out *out, const char *fmt, ...)
	__attribute__((format(printf, 2, 3)));

/**
 * out_allow() - Bound what is kept until it is printed; it is not, by itself.
 * @out: of something that a stranger makes as long as he likes
 * @bytes: about so many; what comes after is left out, and out_finish() fails
 */
void out_allow(struct out *out, uint64_t bytes);

/**
 * out_finish() - End the output; JSON is printed now.
 * @out: no call but out_destroy() may follow
 * @err: why it failed
 *
 * Return: 0; -ENOMEM; -EFBIG, see out_allow(); -EINVAL for a key that no column has; -EIO
 * or another negative errno when the stream cannot be written.
 */
int out_finish(struct out *out, struct error *err);

#endif
