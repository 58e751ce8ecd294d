/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Sizes, ages and bars as people like to read them. */
#ifndef BASE_FORMAT_H
#define BASE_FORMAT_H

#include <stddef.h>
#include <stdint.h>

#define FORMAT_MAX 32	/* enough for any result of these functions */
#define FORMAT_BAR_MAX 128

/**
 * format_size() - A size in the unit that suits it: "712 B", "3.4 MiB".
 * @buf: at least FORMAT_MAX bytes
 * @bytes: the size
 *
 * Never more than nine columns.
 *
 * Return: @buf.
 */
char *format_size(char *buf, uint64_t bytes);

/** format_u64() - A number without any unit. Return: @buf. */
char *format_u64(char *buf, uint64_t value);

/** format_age() - A span of time in two units at most: "41 s", "2 h 10 m". */
char *format_age(char *buf, uint64_t ns);

/**
 * format_bar() - A bar for part of a whole.
 * @buf: at least FORMAT_BAR_MAX bytes
 * @part: not more than @whole
 * @whole: what fills the bar; 0 gives an empty one
 * @columns: length of a full bar, at most 32
 *
 * Drawn in eighths of a column where the locale has them, else of '#'.
 * Anything above 0 shows.
 *
 * Return: @buf.
 */
char *format_bar(char *buf, uint64_t part, uint64_t whole, unsigned int columns);

#endif
