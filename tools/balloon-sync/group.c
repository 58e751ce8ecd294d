// SPDX-License-Identifier: GPL-2.0-or-later
/* A group: the processes and page-cache owners that work for one guest. */
#include <ctype.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <fts.h>
#include <inttypes.h>
#include <linux/filecache.h>
#include <poll.h>
#include <pwd.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/vfs.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/clock.h"
#include "base/file.h"
#include "base/parse.h"
#include "group.h"

#define CGROUP_ROOT		"/sys/fs/cgroup"
#define CGROUP2_MAGIC		0x63677270
#define CGROUP_DEPTH_MAX	64
#define PROCS_MAX		(4 << 20)
#define STAT_FIELD_START	22

/**
 * struct group - a group and who is in it
 * @spec: what the operator wrote
 * @path: GROUP_CGROUP: its folder
 * @pidfd: GROUP_PID: unlike the number, never another process; else -1
 * @start_ticks: GROUP_PID: when it started, in clock ticks since the boot
 * @pids: living members
 * @pid_count: of @pids
 * @pid_room: allocated
 * @ids: GROUP_CGROUP: every cgroup ever seen in it; the cache of one that has
 *	been removed since is still charged
 * @id_count: of @ids
 * @id_room: allocated
 */
struct group {
	struct group_spec spec;
	char *path;
	int pidfd;
	uint64_t start_ticks;
	pid_t *pids;
	size_t pid_count;
	size_t pid_room;
	uint64_t *ids;
	size_t id_count;
	size_t id_room;
};

static int parse_uid(const char *text, uid_t *ret, struct error *err)
{
	const struct passwd *user = NULL;
	uint64_t value;

	if (isdigit((unsigned char)*text)) {
		int r = parse_u64("--group uid", text, 0, UINT32_MAX - 1,
				  &value, err);
		if (r < 0)
			return -EINVAL;
		*ret = (uid_t)value;
		return 0;
	}
	user = getpwnam(text);
	if (!user)
		return error_set(err, -EINVAL, "--group: no user '%s'", text);
	*ret = user->pw_uid;
	return 0;
}

static int parse_comm(const char *text, struct group_spec *spec,
		      struct error *err)
{
	const char *comma = strstr(text, ",uid=");
	size_t len = comma ? (size_t)(comma - text) : 0;

	if (!comma)
		return error_set(err, -EINVAL,
				 "--group: comm=NAME needs ,uid=U, or any user could join by a program's name");
	if (len == 0 || len >= sizeof(spec->comm))
		return error_set(err, -EINVAL,
				 "--group: the kernel's names of programs have 1 to 15 characters");
	memcpy(spec->comm, text, len);
	spec->comm[len] = '\0';
	return parse_uid(comma + strlen(",uid="), &spec->uid, err);
}

int group_parse(const char *text, struct group_spec *ret, struct error *err)
{
	struct group_spec spec = { .text = text };
	uint64_t pid;
	int r = 0;

	if (strncmp(text, "cgroup=", 7) == 0 && text[7]) {
		spec.kind = GROUP_CGROUP;
		spec.path = text + 7;
	} else if (strncmp(text, "pid=", 4) == 0) {
		spec.kind = GROUP_PID;
		r = parse_u64("--group pid", text + 4, 1, 1 << 22, &pid, err);
		spec.pid = (pid_t)pid;
	} else if (strncmp(text, "comm=", 5) == 0) {
		spec.kind = GROUP_COMM;
		r = parse_comm(text + 5, &spec, err);
	} else {
		r = error_set(err, -EINVAL,
			      "--group: '%s' is none of cgroup=PATH, pid=N and comm=NAME,uid=U",
			      text);
	}
	if (r < 0)
		return -EINVAL;
	*ret = spec;
	return 0;
}

static bool is_cgroup(const char *path)
{
	struct statfs fs;
	struct stat st;

	return statfs(path, &fs) == 0 && fs.f_type == CGROUP2_MAGIC &&
	       stat(path, &st) == 0 && S_ISDIR(st.st_mode);
}

/* As a path, or as /proc/PID/cgroup shows it: from the root of all cgroups. */
static int find_cgroup(struct group *group, struct error *err)
{
	const char *path = group->spec.path;

	if (is_cgroup(path)) {
		group->path = realpath(path, NULL);
	} else {
		if (asprintf(&group->path, CGROUP_ROOT "/%s", path) < 0)
			group->path = NULL;
		if (group->path && !is_cgroup(group->path))
			return error_set(err, -ENOENT,
					 "%s: no such cgroup (v2); give a folder below "
					 CGROUP_ROOT, path);
	}
	return group->path ? 0 : error_errno(err, -ENOMEM, "%s", path);
}

/* The name in parentheses may hold blanks and parentheses itself. */
static int read_start(pid_t pid, uint64_t *ret, struct error *err)
{
	__free_mem char *text = NULL;
	char path[64], *p;
	int field, r;

	snprintf(path, sizeof(path), "/proc/%d/stat", pid);
	r = file_read(path, 4096, &text, NULL, err);
	if (r < 0)
		return r;
	p = strrchr(text, ')');
	for (field = 2; p && field < STAT_FIELD_START; field++)
		p = strchr(p + 1, ' ');
	if (!p)
		return error_set(err, -EINVAL, "%s: not understood", path);
	*ret = strtoull(p, NULL, 10);
	return 0;
}

static int find_process(struct group *group, struct error *err)
{
	pid_t pid = group->spec.pid;

	group->pidfd = (int)syscall(SYS_pidfd_open, pid, 0);
	if (group->pidfd < 0 || read_start(pid, &group->start_ticks, NULL) < 0)
		return error_set(err, -ESRCH,
				 "%d: no such process; 'ps ax' shows those that run",
				 pid);
	return 0;
}

int group_create(const struct group_spec *spec, struct group **ret,
		 struct error *err)
{
	struct group *group = calloc(1, sizeof(*group));
	int r = 0;

	if (!group)
		return error_errno(err, -ENOMEM, "%s", spec->text);
	group->spec = *spec;
	group->pidfd = -1;
	if (spec->kind == GROUP_CGROUP)
		r = find_cgroup(group, err);
	else if (spec->kind == GROUP_PID)
		r = find_process(group, err);
	if (r < 0) {
		group_destroy(group);
		return r;
	}
	*ret = group;
	return 0;
}

void group_destroy(struct group *group)
{
	if (!group)
		return;
	if (group->pidfd >= 0)
		close(group->pidfd);
	free(group->path);
	free(group->pids);
	free(group->ids);
	free(group);
}

static int add_pid(struct group *group, pid_t pid)
{
	if (group->pid_count == group->pid_room) {
		size_t room = group->pid_room ? 2 * group->pid_room : 64;
		pid_t *pids = reallocarray(group->pids, room, sizeof(*pids));

		if (!pids)
			return -ENOMEM;
		group->pids = pids;
		group->pid_room = room;
	}
	group->pids[group->pid_count++] = pid;
	return 0;
}

static bool knows_id(const struct group *group, uint64_t id)
{
	size_t i;

	for (i = 0; i < group->id_count; i++)
		if (group->ids[i] == id)
			return true;
	return false;
}

static int add_id(struct group *group, uint64_t id)
{
	if (knows_id(group, id))
		return 0;
	if (group->id_count == group->id_room) {
		size_t room = group->id_room ? 2 * group->id_room : 16;
		uint64_t *ids = reallocarray(group->ids, room, sizeof(*ids));

		if (!ids)
			return -ENOMEM;
		group->ids = ids;
		group->id_room = room;
	}
	group->ids[group->id_count++] = id;
	return 0;
}

/* A cgroup that is removed while we look has no processes. */
static int add_cgroup(struct group *group, const FTSENT *entry)
{
	__free_mem char *path = NULL, *text = NULL;
	char *line, *end;
	int r;

	r = add_id(group, entry->fts_statp->st_ino);
	if (r < 0)
		return r;
	if (asprintf(&path, "%s/cgroup.procs", entry->fts_accpath) < 0) {
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
			r = add_pid(group, (pid_t)pid);
		end += *end == '\n';
	}
	return r;
}

static int refresh_cgroup(struct group *group)
{
	char *const paths[2] = { group->path, NULL };
	FTS *fts = fts_open(paths, FTS_PHYSICAL | FTS_NOCHDIR | FTS_XDEV, NULL);
	FTSENT *entry;
	int r = 0;

	if (!fts)
		return -errno;
	while (r == 0 && (entry = fts_read(fts))) {
		if (entry->fts_info != FTS_D)
			continue;
		if (entry->fts_level >= CGROUP_DEPTH_MAX)
			fts_set(fts, entry, FTS_SKIP);
		r = add_cgroup(group, entry);
	}
	fts_close(fts);
	return r;
}

static int refresh_process(struct group *group)
{
	return group_ended(group) ? 0 : add_pid(group, group->spec.pid);
}

static bool matches(const struct group_spec *spec, const char *pid)
{
	__free_mem char *comm = NULL, *status = NULL;
	char path[64];
	uint64_t uid;

	snprintf(path, sizeof(path), "/proc/%.16s/comm", pid);
	if (file_read(path, 64, &comm, NULL, NULL) < 0)
		return false;
	comm[strcspn(comm, "\n")] = '\0';
	if (strcmp(comm, spec->comm) != 0)
		return false;
	snprintf(path, sizeof(path), "/proc/%.16s/status", pid);
	return file_read(path, 1 << 16, &status, NULL, NULL) == 0 &&
	       parse_field(status, "Uid:", &uid) == 0 && uid == spec->uid;
}

static int refresh_comm(struct group *group)
{
	DIR *proc = opendir("/proc");
	const struct dirent *entry;
	int r = 0;

	if (!proc)
		return -errno;
	while (r == 0 && (entry = readdir(proc)))
		if (isdigit((unsigned char)entry->d_name[0]) &&
		    matches(&group->spec, entry->d_name))
			r = add_pid(group, atoi(entry->d_name));
	closedir(proc);
	return r;
}

int group_refresh(struct group *group, const pid_t **ret, size_t *ret_count,
		  struct error *err)
{
	int r = 0;

	group->pid_count = 0;
	switch (group->spec.kind) {
	case GROUP_CGROUP:
		r = refresh_cgroup(group);
		break;
	case GROUP_PID:
		r = refresh_process(group);
		break;
	case GROUP_COMM:
		r = refresh_comm(group);
		break;
	}
	if (r < 0)
		return error_errno(err, r, "%s", group->spec.text);
	*ret = group->pids;
	*ret_count = group->pid_count;
	return 0;
}

bool group_owns(const struct group *group, const struct filecache_owner *owner)
{
	uint64_t tick_ns = NSEC_PER_SEC / (uint64_t)sysconf(_SC_CLK_TCK);

	/* Not anybody's in particular, whatever else they say. */
	if (owner->flags & (FILECACHE_OWNER_FLAG_UNKNOWN |
			    FILECACHE_OWNER_FLAG_OVERFLOW))
		return false;
	switch (group->spec.kind) {
	case GROUP_CGROUP:
		return knows_id(group, owner->cgroup_id);
	case GROUP_PID:
		return owner->pid == (uint32_t)group->spec.pid &&
		       owner->process_start_ns / tick_ns == group->start_ticks;
	case GROUP_COMM:
		return owner->uid == group->spec.uid &&
		       strcmp(owner->comm, group->spec.comm) == 0;
	}
	return false;
}

bool group_ended(const struct group *group)
{
	struct pollfd fd = { .fd = group->pidfd, .events = POLLIN };

	return group->spec.kind == GROUP_PID && poll(&fd, 1, 0) != 0;
}
