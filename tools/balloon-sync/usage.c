// SPDX-License-Identifier: GPL-2.0-or-later
/* How much memory a group uses. */
#include <errno.h>
#include <stdio.h>

#include "base/cleanup.h"
#include "base/file.h"
#include "base/parse.h"
#include "usage.h"

#define PROC_FILE_MAX 65536

static int read_field(pid_t pid, const char *file, const char *field,
		      uint64_t *ret)
{
	__free_mem char *text = NULL;
	char path[64];
	int r;

	snprintf(path, sizeof(path), "/proc/%d/%s", pid, file);
	r = file_read(path, PROC_FILE_MAX, &text, NULL, NULL);
	if (r < 0)
		return r;
	return parse_field(text, field, ret);
}

/*
 * Pages that a process shares with its children after fork count once in all
 * by Pss; RssAnon, where the kernel or its configuration has no Pss, counts
 * them once for each.
 * Return: 0; -ESRCH for a zombie or one that has gone.
 */
static int read_anon(pid_t pid, uint64_t *ret)
{
	int r = read_field(pid, "smaps_rollup", "Pss_Anon:", ret);

	if (r == 0 || r == -ESRCH)
		return r;
	return read_field(pid, "status", "RssAnon:", ret) < 0 ? -ESRCH : 0;
}

void usage_add_anon(struct usage *usage, const pid_t *pids, size_t count)
{
	uint64_t kb;
	size_t i;

	for (i = 0; i < count; i++) {
		if (read_anon(pids[i], &kb) < 0)
			continue;
		usage->anon_kb += kb;
		usage->processes++;
	}
}
