// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * A cgroup that is to be gone, with all groups in it, while its processes go on elsewhere.
 *
 * An IDS may have made groups in its own one, as supervisors and containers do.  They cannot stay
 * where they are, and to make the like of them elsewhere would be a guess.
 */
#include <dirent.h>
#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/clock.h"
#include "base/file.h"
#include "cputree.h"
#include "dissolve.h"

#define FILE_MOST	4194304
#define DEPTH_MOST	64
/* Those that are made meanwhile are seen the next time. */
#define AT_ONCE		10
#define PAUSE_NS	(20 * NSEC_PER_MSEC)

static int move_processes(const char *from, const char *to, struct error *err)
{
	__free_mem char *text = NULL;
	char path[PATH_MAX], *line, *end;
	int r;

	/* That of a threaded group cannot be read; the one above it tells its processes as well. */
	if (snprintf(path, sizeof(path), "%s/cgroup.procs", from) >= (int)sizeof(path) ||
	    file_read(path, FILE_MOST, &text, NULL, NULL) < 0)
		return 0;
	for (line = text; *line; line = end + (*end == '\n')) {
		long pid = strtol(line, &end, 10);

		if (end == line)
			break;
		if (pid == 0)
			return error_set(err, -EPERM,
					 "%s: has a process that is another container's, and can be moved from there alone",
					 from);
		r = cputree_move(to, (pid_t)pid, err);
		if (r < 0 && r != -ESRCH)
			return r;
	}
	return 0;
}

/* What cannot be removed yet is the next time. */
static int empty(const char *from, const char *to, unsigned int depth, struct error *err)
{
	const struct dirent *entry;
	char child[PATH_MAX];
	int r = move_processes(from, to, err);
	DIR *dir = r == 0 && depth < DEPTH_MOST ? opendir(from) : NULL;

	while (dir && r == 0 && (entry = readdir(dir))) {
		if (entry->d_type != DT_DIR || entry->d_name[0] == '.' ||
		    snprintf(child, sizeof(child), "%s/%s", from, entry->d_name) >=
		    (int)sizeof(child))
			continue;
		r = empty(child, to, depth + 1, err);
		rmdir(child);
	}
	if (dir)
		closedir(dir);
	return r;
}

int dissolve(const char *from, const char *to, uint64_t until_ns, struct error *err)
{
	int i, r;

	for (i = 0;; i++) {
		/* Numbers are old after a pause, and may be others' then. */
		if (i >= AT_ONCE)
			clock_sleep(PAUSE_NS);
		r = empty(from, to, 0, err);
		if (r < 0)
			return r;
		if (rmdir(from) == 0 || errno == ENOENT)
			return 0;
		if (errno != EBUSY && errno != ENOTEMPTY)
			return error_errno(err, -errno, "%s", from);
		if (i >= AT_ONCE && clock_now_ns(CLOCK_MONOTONIC) >= until_ns)
			return error_set(err, -EBUSY,
					 "%s: processes or groups keep appearing in it, or do not end",
					 from);
	}
}
