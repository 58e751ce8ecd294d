// SPDX-License-Identifier: GPL-2.0-or-later
/* The cgroups by which the host's processors are shared out, of version 2 or 1. */
#include <dirent.h>
#include <errno.h>
#include <inttypes.h>
#include <mntent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/clock.h"
#include "base/file.h"
#include "base/macros.h"
#include "cputree.h"

#define FILE_MOST	4194304
#define DEPTH_MOST	64
#define PERIOD_US	100000
/* cgroup v2 has 100 where version 1, and a thread, has CPUTREE_WEIGHT. */
#define WEIGHT2		100
#define WEIGHT2_MOST	10000
#define SHARES_MOST	262144
#define SESSIONS_MOST	256
/* Of /proc/PID/stat, behind the name. */
#define STATE_AND_NICE	" %c %*s %*s %*s %*s %*s %*s %*s %*s %*s %*s %*s %*s %*s %*s %*s %ld"

/* Return: the contents of a file of a group, to be freed; NULL. */
static char *read_one(const char *folder, const char *file)
{
	char *text = NULL, path[PATH_MAX];

	if (snprintf(path, sizeof(path), "%s/%s", folder, file) >= (int)sizeof(path) ||
	    file_read(path, FILE_MOST, &text, NULL, NULL) < 0)
		return NULL;
	return text;
}

static int write_one(const char *folder, const char *file, const char *text, struct error *err)
{
	char path[PATH_MAX];

	if (snprintf(path, sizeof(path), "%s/%s", folder, file) >= (int)sizeof(path))
		return error_errno(err, -ENAMETOOLONG, "%s", folder);
	return file_write(path, text, err);
}

/* Whether a word is in a list, whose words one of @between stands after. */
static bool has_word(const char *list, const char *word, const char *between)
{
	size_t len = strlen(word);

	while (*list) {
		size_t n = strcspn(list, between);

		if (n == len && strncmp(list, word, n) == 0)
			return true;
		list += n + (list[n] != '\0');
	}
	return false;
}

static bool is_tree(const struct mntent *entry, bool *ret_unified)
{
	__free_mem char *controllers = NULL;

	*ret_unified = strcmp(entry->mnt_type, "cgroup2") == 0;
	if (!*ret_unified)
		return strcmp(entry->mnt_type, "cgroup") == 0 && hasmntopt(entry, "cpu");
	controllers = read_one(entry->mnt_dir, "cgroup.controllers");
	return controllers && has_word(controllers, "cpu", "\n ");
}

int cputree_find(struct cputree *ret, struct error *err)
{
	FILE *mounts = setmntent("/proc/self/mounts", "re");
	struct cputree tree = { .cpus = (unsigned int)sysconf(_SC_NPROCESSORS_ONLN) };
	const struct mntent *entry;
	bool found = false;

	if (!mounts)
		return error_errno(err, -errno, "/proc/self/mounts");
	while (!found && (entry = getmntent(mounts))) {
		found = is_tree(entry, &tree.unified) &&
			strlen(entry->mnt_dir) < sizeof(tree.mount);
		if (found)
			strcpy(tree.mount, entry->mnt_dir);
	}
	endmntent(mounts);
	if (!found)
		return error_set(err, -ENODEV,
				 "cgroup: none is mounted that shares out processors");
	*ret = tree;
	return 0;
}

/* "NUMBER:CONTROLLERS:PATH", without the newline. Return: the path, NULL for another tree. */
static const char *path_in(const struct cputree *tree, char *line)
{
	char *controllers = strchr(line, ':'), *path;

	path = controllers ? strchr(controllers + 1, ':') : NULL;
	if (!path)
		return NULL;
	*path = '\0';
	if (tree->unified ? controllers[1] != '\0' : !has_word(controllers + 1, "cpu", ","))
		return NULL;
	return path + 1;
}

int cputree_of(const struct cputree *tree, pid_t pid, char ret[PATH_MAX], struct error *err)
{
	__free_mem char *text = NULL;
	const char *path = NULL;
	char file[32], *line, *rest;
	int r;

	snprintf(file, sizeof(file), "/proc/%d/cgroup", (int)pid);
	r = file_read(file, FILE_MOST, &text, NULL, NULL);
	if (r < 0)
		return error_set(err, -ESRCH, "process %d: there is none", (int)pid);
	for (line = strtok_r(text, "\n", &rest); line && !path; line = strtok_r(NULL, "\n", &rest))
		path = path_in(tree, line);
	if (!path || snprintf(ret, PATH_MAX, "%s%s", tree->mount,
			      strcmp(path, "/") ? path : "") >= PATH_MAX)
		return error_set(err, -ENODEV, "process %d: its cgroup is not to be seen from here",
				 (int)pid);
	return 0;
}

uint64_t cputree_weight(const struct cputree *tree, const char *folder)
{
	__free_mem char *text = read_one(folder, tree->unified ? "cpu.weight" : "cpu.shares");
	uint64_t weight = text ? strtoull(text, NULL, 10) : 0;

	return tree->unified ? weight * CPUTREE_WEIGHT / WEIGHT2 : weight;
}

uint64_t cputree_weight_most(const struct cputree *tree)
{
	return tree->unified ? WEIGHT2_MOST * CPUTREE_WEIGHT / WEIGHT2 : SHARES_MOST;
}

int cputree_set_weight(const struct cputree *tree, const char *folder, uint64_t weight,
		       struct error *err)
{
	char text[24];

	/* Rounded up: what was promised is the least. */
	if (tree->unified)
		weight = (weight * WEIGHT2 + CPUTREE_WEIGHT - 1) / CPUTREE_WEIGHT;
	snprintf(text, sizeof(text), "%" PRIu64, weight);
	return write_one(folder, tree->unified ? "cpu.weight" : "cpu.shares", text, err);
}

void cputree_cap(const struct cputree *tree, const char *folder, char ret[CPUTREE_CAP_MAX])
{
	__free_mem char *text = read_one(folder, tree->unified ? "cpu.max" : "cpu.cfs_quota_us");
	__free_mem char *other = tree->unified ? NULL : read_one(folder, "cpu.cfs_period_us");

	*ret = '\0';
	if (text && (tree->unified || other))
		snprintf(ret, CPUTREE_CAP_MAX, "%.*s%s%.*s", (int)strcspn(text, "\n"), text,
			 other ? " " : "", other ? (int)strcspn(other, "\n") : 0,
			 other ? other : "");
}

int cputree_restore_cap(const struct cputree *tree, const char *folder, const char *cap,
			struct error *err)
{
	char quota[CPUTREE_CAP_MAX];
	size_t len = strcspn(cap, " ");
	int r;

	if (!*cap)
		return 0;
	if (tree->unified)
		return write_one(folder, "cpu.max", cap, err);
	snprintf(quota, sizeof(quota), "%.*s", (int)len, cap);
	/* In between, no quota is too little for the period. */
	r = write_one(folder, "cpu.cfs_quota_us", "-1", err);
	if (r == 0)
		r = write_one(folder, "cpu.cfs_period_us", cap + len + (cap[len] == ' '), err);
	return r < 0 ? r : write_one(folder, "cpu.cfs_quota_us", quota, err);
}

int cputree_set_cap(const struct cputree *tree, const char *folder, uint64_t cap,
		    struct error *err)
{
	char text[48];

	if (tree->unified && cap)
		snprintf(text, sizeof(text), "%" PRIu64 " %d", cap * PERIOD_US / 1000, PERIOD_US);
	else if (tree->unified)
		snprintf(text, sizeof(text), "max");
	else if (cap)
		snprintf(text, sizeof(text), "%" PRIu64, cap * PERIOD_US / 1000);
	else
		snprintf(text, sizeof(text), "-1");
	if (tree->unified)
		return write_one(folder, "cpu.max", text, err);
	return cap && write_one(folder, "cpu.cfs_period_us", "100000", err) < 0 ? -EIO :
	       write_one(folder, "cpu.cfs_quota_us", text, err);
}

int cputree_used(const struct cputree *tree, const char *folder, uint64_t *ret,
		 struct error *err)
{
	__free_mem char *text = read_one(folder, tree->unified ? "cpu.stat" : "cpuacct.usage");
	const char *usage = text;

	if (tree->unified && text) {
		usage = strstr(text, "usage_usec ");
		usage = usage ? usage + strlen("usage_usec ") : NULL;
	}
	if (!usage)
		return error_set(err, -ENOTSUP, "%s: does not count what its processes use",
				 folder);
	*ret = strtoull(usage, NULL, 10) * (tree->unified ? NSEC_PER_USEC : 1);
	return 0;
}

/* Those of threaded groups cannot be read there, but are told by their parent. */
static bool lists_others(const char *folder, pid_t pid)
{
	__free_mem char *text = read_one(folder, "cgroup.procs");
	char *line = text, *end;

	for (; line && *line; line = end) {
		long one = strtol(line, &end, 10);

		if (end == line)
			return false;
		/* 0 is somebody whom only another container knows. */
		if (one != pid || pid == 0)
			return true;
		end += *end == '\n';
	}
	return false;
}

static bool has_others(const char *folder, pid_t pid, unsigned int depth)
{
	const struct dirent *entry;
	char child[PATH_MAX];
	bool found = lists_others(folder, pid);
	DIR *dir = !found && depth < DEPTH_MOST ? opendir(folder) : NULL;

	while (dir && !found && (entry = readdir(dir))) {
		if (entry->d_type != DT_DIR || entry->d_name[0] == '.' ||
		    snprintf(child, sizeof(child), "%s/%s", folder, entry->d_name) >=
		    (int)sizeof(child))
			continue;
		found = has_others(child, pid, depth + 1);
	}
	if (dir)
		closedir(dir);
	return found;
}

bool cputree_has_others(const char *folder, pid_t pid)
{
	return has_others(folder, pid, 0);
}

/* What @count says of the groups in a group, but one, in all. */
static uint64_t sum_siblings(const struct cputree *tree, const char *parent, const char *name,
			     uint64_t (*count)(const struct cputree *tree, const char *folder))
{
	const struct dirent *entry;
	char child[PATH_MAX];
	uint64_t sum = 0;
	DIR *dir = opendir(parent);

	while (dir && (entry = readdir(dir))) {
		if (entry->d_type != DT_DIR || entry->d_name[0] == '.' ||
		    strcmp(entry->d_name, name) == 0 ||
		    snprintf(child, sizeof(child), "%s/%s", parent, entry->d_name) >=
		    (int)sizeof(child))
			continue;
		sum += count(tree, child);
	}
	if (dir)
		closedir(dir);
	return sum;
}

/* With anybody in there who may want to run. */
static uint64_t used_weight(const struct cputree *tree, const char *folder)
{
	return cputree_has_others(folder, 0) ? cputree_weight(tree, folder) : 0;
}

static uint64_t is_set(const struct cputree *tree, const char *folder)
{
	char cap[CPUTREE_CAP_MAX];

	cputree_cap(tree, folder, cap);
	return cputree_weight(tree, folder) != CPUTREE_WEIGHT ||
	       (*cap && strncmp(cap, "max", 3) != 0 && strncmp(cap, "-1", 2) != 0);
}

static uint64_t is_limited(const struct cputree *tree, const char *folder)
{
	static const char *const files[][2] = {
		{ "memory.max", "max" }, { "memory.high", "max" }, { "memory.swap.max", "max" },
		{ "memory.low", "0" }, { "memory.min", "0" },
	};
	size_t i;

	for (i = 0; i < ARRAY_SIZE(files); i++) {
		__free_mem char *text = read_one(folder, files[i][0]);

		if (text && !has_word(text, files[i][1], "\n"))
			return 1;
	}
	return 0;
}

static bool any_sibling(const struct cputree *tree, const char *folder,
			uint64_t (*is)(const struct cputree *tree, const char *folder))
{
	const char *name = strrchr(folder, '/');
	char parent[PATH_MAX];

	if (!name || snprintf(parent, sizeof(parent), "%.*s", (int)(name - folder), folder) >=
	    (int)sizeof(parent))
		return false;
	return sum_siblings(tree, parent, name + 1, is);
}

bool cputree_siblings_set(const struct cputree *tree, const char *folder)
{
	return any_sibling(tree, folder, is_set);
}

bool cputree_siblings_limited(const struct cputree *tree, const char *folder)
{
	return any_sibling(tree, folder, is_limited);
}

/* What a nice level weighs: each step is a quarter more or less. */
static uint64_t nice_weight(long nice)
{
	double weight = CPUTREE_WEIGHT;

	for (; nice < 0; nice++)
		weight *= 1.25;
	for (; nice > 0; nice--)
		weight /= 1.25;
	return (uint64_t)weight;
}

/* Return: 0 for a thread that does not run now. */
static uint64_t thread_weight(long tid)
{
	__free_mem char *text = NULL;
	char path[32], state;
	const char *at;
	long nice;

	snprintf(path, sizeof(path), "/proc/%ld/stat", tid);
	if (tid == getpid() || file_read(path, 4096, &text, NULL, NULL) < 0)
		return 0;
	at = strrchr(text, ')');
	if (!at || sscanf(at + 1, STATE_AND_NICE, &state, &nice) != 2 || state != 'R')
		return 0;
	return nice_weight(nice);
}

/**
 * struct crowd - sessions that were met: threads at the root are grouped by them, if at all
 * @ids: numbers of these groups
 * @count: of them
 */
struct crowd {
	unsigned long ids[SESSIONS_MOST];
	size_t count;
};

/* What a runnable thread adds; of a session, only the first one does. */
static uint64_t add_thread(struct crowd *crowd, long tid, uint64_t weight)
{
	__free_mem char *text = NULL;
	unsigned long id;
	char path[48];
	long nice;
	size_t i;

	snprintf(path, sizeof(path), "/proc/%ld/autogroup", tid);
	if (file_read(path, 4096, &text, NULL, NULL) < 0 ||
	    sscanf(text, "/autogroup-%lu nice %ld", &id, &nice) != 2)
		return weight;
	for (i = 0; i < crowd->count; i++)
		if (crowd->ids[i] == id)
			return 0;
	if (crowd->count < SESSIONS_MOST)
		crowd->ids[crowd->count++] = id;
	return nice_weight(nice);
}

static bool sessions_are_groups(void)
{
	uint64_t enabled;

	return file_read_u64("/proc/sys/kernel/sched_autogroup_enabled", &enabled, NULL) == 0 &&
	       enabled;
}

static uint64_t threads_weight(const struct cputree *tree, const char *parent)
{
	__free_mem char *text = read_one(parent, tree->unified ? "cgroup.threads" : "tasks");
	bool grouped = strcmp(parent, tree->mount) == 0 && sessions_are_groups();
	struct crowd crowd = { .count = 0 };
	char *line = text, *end;
	uint64_t sum = 0;

	for (; line && *line; line = end) {
		long tid = strtol(line, &end, 10);
		uint64_t weight;

		if (end == line)
			break;
		weight = thread_weight(tid);
		sum += weight && grouped ? add_thread(&crowd, tid, weight) : weight;
		end += *end == '\n';
	}
	return sum;
}

double cputree_share(const struct cputree *tree, const char *folder, uint64_t *ret_others)
{
	char path[PATH_MAX], *name;
	double share = 1;
	bool own = true;

	snprintf(path, sizeof(path), "%s", folder);
	while (strlen(path) > strlen(tree->mount)) {
		uint64_t others, weight = cputree_weight(tree, path);

		name = strrchr(path, '/');
		*name++ = '\0';
		others = sum_siblings(tree, path, name, used_weight) + threads_weight(tree, path);
		if (own)
			*ret_others = others;
		/* Where a level has no weights, all below its parent are as one. */
		else if (weight)
			share *= (double)weight / (double)(weight + others);
		own = false;
	}
	return share;
}

int cputree_move(const char *folder, pid_t pid, struct error *err)
{
	char text[16];

	snprintf(text, sizeof(text), "%d", (int)pid);
	return write_one(folder, "cgroup.procs", text, err);
}
