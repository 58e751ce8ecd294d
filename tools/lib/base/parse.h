/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Numbers given by people and by the kernel, bounded, with clear errors. */
#ifndef BASE_PARSE_H
#define BASE_PARSE_H

#include <stdint.h>

#include "error.h"

/**
 * parse_u64() - A whole decimal number.
 * @what: what it is, for the error: "--limit"
 * @text: the number and nothing else
 * @min: smallest value allowed
 * @max: largest value allowed
 * @ret: the number; untouched on failure
 * @err: why it failed
 *
 * Return: 0; -EINVAL for anything else, -ERANGE outside of @min to @max.
 */
int parse_u64(const char *what, const char *text, uint64_t min, uint64_t max,
	      uint64_t *ret, struct error *err);

/**
 * parse_size() - A size in bytes: "4096", "64K", "1.5G", "200MiB".
 *
 * Units are powers of 1024 and may be written in either case.
 *
 * Return: 0, -EINVAL, -ERANGE; see parse_u64().
 */
int parse_size(const char *what, const char *text, uint64_t min, uint64_t max,
	       uint64_t *ret, struct error *err);

/**
 * parse_duration() - A time in nanoseconds: "1", "0.5", "250ms", "2m", "1h".
 *
 * A number without a unit is seconds.
 *
 * Return: 0, -EINVAL, -ERANGE; see parse_u64().
 */
int parse_duration(const char *what, const char *text, uint64_t min_ns,
		   uint64_t max_ns, uint64_t *ret, struct error *err);

/**
 * parse_field() - The number after a name at the start of a line.
 * @text: such as /proc/meminfo, a smaps_rollup or a memory.stat
 * @name: with its colon where there is one: "Cached:", "file"
 * @ret: the number, in whatever unit the file has; untouched on failure
 *
 * Return: 0; -ENOENT when no line has that name and a number.
 */
int parse_field(const char *text, const char *name, uint64_t *ret);

#endif
