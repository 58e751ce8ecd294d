// SPDX-License-Identifier: GPL-2.0-or-later
/* Sizes, ages and bars as people like to read them. */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "clock.h"
#include "format.h"
#include "macros.h"
#include "text.h"

char *format_size(char *buf, uint64_t bytes)
{
	static const char *const units[] = {
		"B", "KiB", "MiB", "GiB", "TiB", "PiB", "EiB",
	};
	double value = (double)bytes;
	size_t unit = 0;

	/* 1023.95 would be rounded to 1024.0 of the smaller unit. */
	while (unit + 1 < ARRAY_SIZE(units) && value >= 1023.95) {
		value /= 1024;
		unit++;
	}
	if (unit == 0)
		snprintf(buf, FORMAT_MAX, "%" PRIu64 " B", bytes);
	else
		snprintf(buf, FORMAT_MAX, "%.*f %s", value < 99.95 ? 1 : 0,
			 value, units[unit]);
	return buf;
}

char *format_u64(char *buf, uint64_t value)
{
	snprintf(buf, FORMAT_MAX, "%" PRIu64, value);
	return buf;
}

char *format_age(char *buf, uint64_t ns)
{
	uint64_t s = ns / NSEC_PER_SEC;

	if (s < 100)
		snprintf(buf, FORMAT_MAX, "%" PRIu64 " s", s);
	else if (s < 3600)
		snprintf(buf, FORMAT_MAX, "%" PRIu64 " m %" PRIu64 " s",
			 s / 60, s % 60);
	else if (s < 86400)
		snprintf(buf, FORMAT_MAX, "%" PRIu64 " h %" PRIu64 " m",
			 s / 3600, s % 3600 / 60);
	else
		snprintf(buf, FORMAT_MAX, "%" PRIu64 " d %" PRIu64 " h",
			 s / 86400, s % 86400 / 3600);
	return buf;
}

/* U+2588 is a full column, U+258F an eighth of one. */
static char *put_eighths(char *to, unsigned int eighths)
{
	memcpy(to, "\xe2\x96", 2);
	to[2] = (char)(0x90 - eighths);
	return to + 3;
}

char *format_bar(char *buf, uint64_t part, uint64_t whole, unsigned int columns)
{
	unsigned int step = text_unicode() ? 8 : 1;
	unsigned int filled, i;
	char *to = buf;
	double share;

	if (columns > 32)
		columns = 32;
	share = whole > 0 ? (double)part / (double)whole : 0;
	if (share > 1)
		share = 1;
	filled = (unsigned int)(share * columns * step + 0.5);
	if (filled == 0 && part > 0)
		filled = 1;

	if (step == 1) {
		memset(buf, '#', filled);
		buf[filled] = '\0';
		return buf;
	}
	for (i = 0; i < filled / 8; i++)
		to = put_eighths(to, 8);
	if (filled % 8)
		to = put_eighths(to, filled % 8);
	*to = '\0';
	return buf;
}
