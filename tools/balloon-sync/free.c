// SPDX-License-Identifier: GPL-2.0-or-later
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/file.h"
#include "base/parse.h"
#include "base/u64.h"
#include "free.h"

#define MEMINFO_MAX	65536
/* Of each zone a paragraph with lines for each processor. */
#define ZONEINFO_MAX	(64u << 20)

/* "        high     3963"; those of processors' lists have a colon. */
uint64_t free_watermarks(const char *zoneinfo)
{
	const char *line = zoneinfo;
	uint64_t sum = 0, pages;

	while (*line) {
		if (sscanf(line, " high %" SCNu64, &pages) == 1)
			sum += pages;
		line += strcspn(line, "\n");
		line += *line == '\n';
	}
	return sum;
}

int free_read(uint64_t *ret_kb, struct error *err)
{
	__free_mem char *meminfo = NULL, *zoneinfo = NULL;
	uint64_t free_kb, kept;
	int r = file_read("/proc/meminfo", MEMINFO_MAX, &meminfo, NULL, err);

	if (r == 0)
		r = file_read("/proc/zoneinfo", ZONEINFO_MAX, &zoneinfo, NULL, err);
	if (r < 0)
		return r;
	if (parse_field(meminfo, "MemFree:", &free_kb) < 0)
		return error_set(err, -EINVAL, "/proc/meminfo: does not say MemFree");
	kept = free_watermarks(zoneinfo) * ((uint64_t)sysconf(_SC_PAGESIZE) / 1024);
	*ret_kb = u64_sub_sat(free_kb, kept);
	return 0;
}
