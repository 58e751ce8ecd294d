// SPDX-License-Identifier: GPL-2.0-or-later
/* Numbers given by people and by the kernel, bounded, with clear errors. */
#include <ctype.h>
#include <errno.h>
#include <inttypes.h>
#include <stdbool.h>
#include <stddef.h>
#include <string.h>
#include <strings.h>

#include "clock.h"
#include "format.h"
#include "parse.h"

struct unit {
	const char *name;
	uint64_t factor;
};

static const struct unit size_units[] = {
	{ "", 1 },	     { "b", 1 },
	{ "k", 1ULL << 10 }, { "kb", 1ULL << 10 }, { "kib", 1ULL << 10 },
	{ "m", 1ULL << 20 }, { "mb", 1ULL << 20 }, { "mib", 1ULL << 20 },
	{ "g", 1ULL << 30 }, { "gb", 1ULL << 30 }, { "gib", 1ULL << 30 },
	{ "t", 1ULL << 40 }, { "tb", 1ULL << 40 }, { "tib", 1ULL << 40 },
	{ NULL, 0 },
};

static const struct unit duration_units[] = {
	{ "", NSEC_PER_SEC },	     { "s", NSEC_PER_SEC },
	{ "ms", NSEC_PER_MSEC },     { "m", 60 * NSEC_PER_SEC },
	{ "min", 60 * NSEC_PER_SEC }, { "h", 3600 * NSEC_PER_SEC },
	{ NULL, 0 },
};

/* Digits at *@text; moves *@text behind them. */
static int take_digits(const char **text, uint64_t *ret)
{
	const char *p = *text;
	uint64_t value = 0;

	if (!isdigit((unsigned char)*p))
		return -EINVAL;
	for (; isdigit((unsigned char)*p); p++)
		if (__builtin_mul_overflow(value, 10, &value) ||
		    __builtin_add_overflow(value, (uint64_t)(*p - '0'), &value))
			return -ERANGE;
	*text = p;
	*ret = value;
	return 0;
}

/* ".5" of a unit of @factor; at most six digits count, more are refused. */
static int take_fraction(const char **text, uint64_t *ret_millionths)
{
	uint64_t value = 0, scale = 100000;
	const char *p = *text;

	*ret_millionths = 0;
	if (*p != '.')
		return 0;
	p++;
	if (!isdigit((unsigned char)*p))
		return -EINVAL;
	for (; isdigit((unsigned char)*p); p++) {
		if (scale == 0)
			return -EINVAL;
		value += (uint64_t)(*p - '0') * scale;
		scale /= 10;
	}
	*text = p;
	*ret_millionths = value;
	return 0;
}

static int find_unit(const struct unit *units, const char *name,
		     uint64_t *ret_factor)
{
	for (; units->name; units++) {
		if (strcasecmp(units->name, name) == 0) {
			*ret_factor = units->factor;
			return 0;
		}
	}
	return -EINVAL;
}

static int parse_with_unit(const char *text, const struct unit *units,
			   uint64_t *ret)
{
	uint64_t whole, millionths, factor, value;
	int r;

	r = take_digits(&text, &whole);
	if (r < 0)
		return r;
	r = take_fraction(&text, &millionths);
	if (r < 0)
		return r;
	while (*text == ' ')
		text++;
	r = find_unit(units, text, &factor);
	if (r < 0)
		return r;
	if (__builtin_mul_overflow(whole, factor, &value) ||
	    __builtin_add_overflow(value,
				   (uint64_t)((double)millionths / 1e6 *
					      (double)factor), &value))
		return -ERANGE;
	*ret = value;
	return 0;
}

int parse_u64(const char *what, const char *text, uint64_t min, uint64_t max,
	      uint64_t *ret, struct error *err)
{
	const char *rest = text;
	uint64_t value;
	int r = take_digits(&rest, &value);

	if (r == -EINVAL || (r == 0 && *rest))
		return error_set(err, -EINVAL,
				 "%s: '%s' is not a whole number", what, text);
	if (r < 0 || value < min || value > max)
		return error_set(err, -ERANGE,
				 "%s: %s is not within %" PRIu64 " to %" PRIu64,
				 what, text, min, max);
	*ret = value;
	return 0;
}

int parse_size(const char *what, const char *text, uint64_t min, uint64_t max,
	       uint64_t *ret, struct error *err)
{
	char low[FORMAT_MAX], high[FORMAT_MAX];
	uint64_t value;
	int r = parse_with_unit(text, size_units, &value);

	if (r == -EINVAL)
		return error_set(err, r,
				 "%s: '%s' is not a size; write it like 64K, 200M or 1.5G",
				 what, text);
	if (r < 0 || value < min || value > max)
		return error_set(err, -ERANGE, "%s: %s is not within %s to %s",
				 what, text, format_size(low, min),
				 format_size(high, max));
	*ret = value;
	return 0;
}

int parse_duration(const char *what, const char *text, uint64_t min_ns,
		   uint64_t max_ns, uint64_t *ret, struct error *err)
{
	uint64_t value;
	int r = parse_with_unit(text, duration_units, &value);

	if (r == -EINVAL)
		return error_set(err, r,
				 "%s: '%s' is not a time; write it like 0.5, 250ms or 2m",
				 what, text);
	if (r < 0 || value < min_ns || value > max_ns)
		return error_set(err, -ERANGE,
				 "%s: %s is not within %g to %g seconds", what,
				 text, (double)min_ns / NSEC_PER_SEC,
				 (double)max_ns / NSEC_PER_SEC);
	*ret = value;
	return 0;
}

int parse_field(const char *text, const char *name, uint64_t *ret)
{
	size_t len = strlen(name);
	const char *line = text;

	while (line) {
		const char *p = line + len;

		if (strncmp(line, name, len) == 0 &&
		    (*p == ' ' || *p == '\t')) {
			while (*p == ' ' || *p == '\t')
				p++;
			return take_digits(&p, ret) < 0 ? -ENOENT : 0;
		}
		line = strchr(line, '\n');
		if (line)
			line++;
	}
	return -ENOENT;
}
