// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * QEMU's map of memory, as its monitor prints it for people:
 *
 *	FlatView #1
 *	 AS "memory", root: system
 *	 AS "cpu-memory-0", root: system
 *	 Root memory region: system
 *	  0000000000000000-00000000000c2fff (prio 0, ram): ram
 *	  00000000000c3000-00000000000e7fff (prio 0, rom): ram @00000000000c3000
 *	  0000000100000000-000000017fffffff (prio 0, ram): ram @0000000080000000
 *
 * Several views follow each other; the one that has "memory" is meant.
 */
#include <errno.h>
#include <inttypes.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "mtree.h"

static const char view[] = "FlatView #";
static const char space[] = " AS \"memory\",";

static bool begins(const char *line, const char *with)
{
	return strncmp(line, with, strlen(with)) == 0;
}

static const char *next_line(const char *line)
{
	const char *end = strchr(line, '\n');

	return end ? end + 1 : line + strlen(line);
}

/* Return: the first line of the view, an empty one when it is not there. */
static const char *find_view(const char *text)
{
	const char *line, *first = text;

	for (line = text; *line; line = next_line(line)) {
		if (begins(line, view))
			first = line;
		if (begins(line, space))
			return first;
	}
	return line;
}

/* "  START-LAST (prio P, KIND): ..." Return: 1 for memory, 0 for others, -EPROTO. */
static int parse_range(const char *line, struct mtree_range *ret)
{
	struct mtree_range range;
	char kind[8];
	int end = 0;

	if (sscanf(line, " %16" SCNx64 "-%16" SCNx64 " (prio %*d, %7[a-z/])%n", &range.start,
		   &range.last, kind, &end) != 3 || end == 0)
		return -EPROTO;
	if (strcmp(kind, "ram") != 0 && strcmp(kind, "rom") != 0)
		return 0;
	if (range.last < range.start)
		return -EPROTO;
	*ret = range;
	return 1;
}

int mtree_parse(const char *text, struct mtree_range ranges[MTREE_RANGES_MAX],
		struct error *err)
{
	const char *line = find_view(text);
	int count = 0, r = 0;

	for (line = next_line(line); *line && !begins(line, view); line = next_line(line)) {
		struct mtree_range range;

		if (!begins(line, "  0"))
			continue;
		r = parse_range(line, &range);
		if (r < 0)
			break;
		if (r == 0)
			continue;
		if (count == MTREE_RANGES_MAX)
			return error_set(err, -ENOSPC, "QEMU: more than %d pieces of memory",
					 MTREE_RANGES_MAX);
		ranges[count++] = range;
	}
	if (r < 0 || count == 0)
		return error_set(err, -EPROTO,
				 "QEMU's answer to 'info mtree -f' is not understood; is it older than 2.12?");
	return count;
}

int mtree_parse_address(const char *text, uint64_t *ret)
{
	static const char before[] = " is 0x";
	const char *at = strstr(text, before);
	int end = 0;
	uint64_t address;

	if (!begins(text, "Host virtual address for ") || !at ||
	    sscanf(at + strlen(before), "%16" SCNx64 "%n", &address, &end) != 1)
		return -EPROTO;
	*ret = address;
	return 0;
}
