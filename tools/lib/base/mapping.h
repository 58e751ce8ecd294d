/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What a process has at which address: a line of /proc/PID/maps, or of smaps. */
#ifndef BASE_MAPPING_H
#define BASE_MAPPING_H

#include <stdbool.h>
#include <stdint.h>

/**
 * struct mapping - addresses of a process that belong together
 * @start: the first
 * @end: the one after the last
 * @usable: it may be read and written, not executed
 * @shared: what is written is in the file
 * @offset: of the first byte in the file
 * @device: of the file, as it stands there
 * @inode: of the file, 0 for anonymous memory
 */
struct mapping {
	uint64_t start;
	uint64_t end;
	bool usable;
	bool shared;
	uint64_t offset;
	char device[16];
	uint64_t inode;
};

/**
 * mapping_parse() - Read a line.
 * @line: such as "7f..-7f.. rw-s 00000000 fe:00 1347 /path"
 * @ret: is filled in
 *
 * Return: false for another line, such as most of smaps.
 */
bool mapping_parse(const char *line, struct mapping *ret);

/** mapping_continues() - Whether @b goes on where @a ends, and is of the same kind. */
bool mapping_continues(const struct mapping *a, const struct mapping *b);

#endif
