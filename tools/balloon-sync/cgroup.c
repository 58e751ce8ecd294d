// SPDX-License-Identifier: GPL-2.0-or-later
/* Cgroups as folders: where they are, who is in them, what is below them. */
#include <errno.h>
#include <fts.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <sys/vfs.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/file.h"
#include "base/macros.h"
#include "cgroup.h"

#define CGROUP1_MAGIC		0x27e0eb
#define CGROUP2_MAGIC		0x63677270
#define CGROUP_DEPTH_MAX	64
#define PROCS_MAX		4194304

/**
 * struct root - where cgroups may be mounted
 * @path: the folder
 * @memory: by version 1, with the memory controller
 */
struct root {
	const char *path;
	bool memory;
};

/* Beside version 1, systemd mounts version 2 aside. */
static const struct root roots[] = {
	{ "/sys/fs/cgroup", false },
	{ "/sys/fs/cgroup/unified", false },
	{ "/sys/fs/cgroup/memory", true },
};

static bool has_memory(const char *path)
{
	__free_mem char *file = NULL;

	if (asprintf(&file, "%s/memory.stat", path) < 0) {
		file = NULL;
		return false;
	}
	return access(file, R_OK) == 0;
}

static bool is_cgroup(const char *path, bool memory)
{
	struct statfs fs;
	struct stat st;

	if (statfs(path, &fs) < 0 || stat(path, &st) < 0 || !S_ISDIR(st.st_mode))
		return false;
	if (fs.f_type != CGROUP2_MAGIC && !(memory && fs.f_type == CGROUP1_MAGIC))
		return false;
	return !memory || has_memory(path);
}

int cgroup_find(const char *path, bool memory, char **ret, struct error *err)
{
	bool found = is_cgroup(path, memory);
	char *folder;
	size_t i;

	if (found) {
		folder = realpath(path, NULL);
		if (!folder)
			return error_errno(err, -errno, "%s", path);
		*ret = folder;
		return 0;
	}
	for (i = 0; i < ARRAY_SIZE(roots); i++) {
		if (roots[i].memory && !memory)
			continue;
		if (asprintf(&folder, "%s/%s", roots[i].path, path) < 0)
			return error_errno(err, -ENOMEM, "%s", path);
		if (is_cgroup(folder, memory)) {
			*ret = folder;
			return 0;
		}
		free(folder);
	}
	return error_set(err, -ENOENT, memory ?
			 "%s: no such cgroup with the memory controller; give a folder below %s" :
			 "%s: no such cgroup (v2); give a folder below %s",
			 path, roots[0].path);
}

/* A cgroup that is removed while we look has no processes. */
static int visit_processes(const char *folder, const struct cgroup_visitor *visitor)
{
	__free_mem char *path = NULL, *text = NULL;
	char *line, *end;
	int r;

	if (asprintf(&path, "%s/cgroup.procs", folder) < 0) {
		path = NULL;
		return -ENOMEM;
	}
	r = file_read(path, PROCS_MAX, &text, NULL, NULL);
	if (r < 0)
		return r == -EFBIG || r == -ENOMEM ? r : 0;
	for (line = text; *line && r == 0; line = end) {
		long pid = strtol(line, &end, 10);

		if (end == line)
			break;
		if (pid > 0)
			r = visitor->process(visitor->data, (pid_t)pid);
		end += *end == '\n';
	}
	return r;
}

static int visit(const FTSENT *entry, const struct cgroup_visitor *visitor)
{
	int r = 0;

	if (visitor->cgroup)
		r = visitor->cgroup(visitor->data, entry->fts_statp->st_ino);
	if (r == 0 && visitor->process)
		r = visit_processes(entry->fts_accpath, visitor);
	return r;
}

int cgroup_walk(const char *folder, const struct cgroup_visitor *visitor)
{
	char *const paths[2] = { (char *)folder, NULL };
	FTS *fts = fts_open(paths, FTS_PHYSICAL | FTS_NOCHDIR | FTS_XDEV, NULL);
	FTSENT *entry;
	int r = 0;

	if (!fts)
		return -errno;
	while (r == 0 && (entry = fts_read(fts))) {
		if (entry->fts_info != FTS_D)
			continue;
		/* One link is each child's: without any, there is nothing to look for. */
		if (entry->fts_level >= CGROUP_DEPTH_MAX || entry->fts_statp->st_nlink == 2)
			fts_set(fts, entry, FTS_SKIP);
		r = visit(entry, visitor);
	}
	fts_close(fts);
	return r;
}
