// SPDX-License-Identifier: GPL-2.0-or-later
/* What a process has at which address: a line of /proc/PID/maps, or of smaps. */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "mapping.h"

bool mapping_parse(const char *line, struct mapping *ret)
{
	struct mapping m;
	char mode[5] = { 0 };

	if (sscanf(line, "%" SCNx64 "-%" SCNx64 " %4s %" SCNx64 " %15s %" SCNu64, &m.start,
		   &m.end, mode, &m.offset, m.device, &m.inode) != 6 || m.end <= m.start)
		return false;
	m.usable = strncmp(mode, "rw-", 3) == 0;
	m.shared = mode[3] == 's';
	*ret = m;
	return true;
}

bool mapping_continues(const struct mapping *a, const struct mapping *b)
{
	return a->end == b->start && a->usable == b->usable && a->shared == b->shared &&
	       a->inode == b->inode && strcmp(a->device, b->device) == 0;
}
