// SPDX-License-Identifier: GPL-2.0-or-later
/* All processes of the host, seen once for all groups. */
#include <ctype.h>
#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/array.h"
#include "base/cleanup.h"
#include "base/clock.h"
#include "base/file.h"
#include "base/parse.h"
#include "census.h"

/* No kernel gives a process a number from here on. */
#define PID_END		4194304
#define STAT_MAX	4096
#define STATUS_MAX	65536
/* Fields of /proc/PID/stat behind the name, the state being the first. */
#define FIELD_PPID	2
#define FIELD_START	20

/* The name in parentheses may hold blanks and parentheses itself. */
static int parse_stat(const char *text, struct census_process *ret)
{
	const char *name = strchr(text, '('), *p = strrchr(text, ')');
	size_t len;
	int field;

	if (!name || !p || p < name)
		return -ESRCH;
	name++;
	len = (size_t)(p - name);
	if (len >= sizeof(ret->comm))
		len = sizeof(ret->comm) - 1;
	memcpy(ret->comm, name, len);
	ret->comm[len] = '\0';
	for (field = 1; field <= FIELD_START; field++) {
		p = strchr(p + 1, ' ');
		if (!p)
			return -ESRCH;
		if (field == FIELD_PPID)
			ret->ppid = atoi(p);
	}
	ret->start_ticks = strtoull(p, NULL, 10);
	return 0;
}

int census_read(pid_t pid, struct census_process *ret)
{
	__free_mem char *text = NULL;
	struct census_process process = { .pid = pid };
	char path[64];

	snprintf(path, sizeof(path), "/proc/%d/stat", pid);
	if (file_read(path, STAT_MAX, &text, NULL, NULL) < 0 ||
	    parse_stat(text, &process) < 0)
		return -ESRCH;
	*ret = process;
	return 0;
}

int census_uid(pid_t pid, uid_t *ret)
{
	__free_mem char *text = NULL;
	char path[64];
	uint64_t uid;

	snprintf(path, sizeof(path), "/proc/%d/status", pid);
	if (file_read(path, STATUS_MAX, &text, NULL, NULL) < 0 ||
	    parse_field(text, "Uid:", &uid) < 0)
		return -ESRCH;
	*ret = (uid_t)uid;
	return 0;
}

uint64_t census_ticks(uint64_t boot_ns)
{
	return boot_ns / (NSEC_PER_SEC / (uint64_t)sysconf(_SC_CLK_TCK));
}

static int compare_pids(const void *a, const void *b)
{
	const struct census_process *x = a, *y = b;

	return (x->pid > y->pid) - (x->pid < y->pid);
}

static int add(struct census *census, size_t *room, const char *name)
{
	struct census_process process, *more;

	/* Those that end while we look are not seen. */
	if (census_read(atoi(name), &process) < 0)
		return 0;
	more = array_room(census->list, census->count, room, sizeof(*more));
	if (!more)
		return -ENOMEM;
	census->list = more;
	census->list[census->count++] = process;
	return 0;
}

static int list_all(struct census *census)
{
	DIR *proc = opendir("/proc");
	struct dirent *entry;
	size_t room = 0;
	int r = 0;

	if (!proc)
		return -errno;
	while (r == 0 && (entry = readdir(proc)))
		if (isdigit((unsigned char)entry->d_name[0]))
			r = add(census, &room, entry->d_name);
	closedir(proc);
	if (census->count)
		qsort(census->list, census->count, sizeof(*census->list), compare_pids);
	return r;
}

int census_take(struct census *census, bool list, struct error *err)
{
	int r = 0;

	*census = (struct census){ .claimed = calloc(PID_END / 8, 1) };
	if (!census->claimed)
		r = -ENOMEM;
	else if (list)
		r = list_all(census);
	if (r == 0)
		return 0;
	census_exit(census);
	return error_errno(err, r, "/proc");
}

void census_exit(struct census *census)
{
	free(census->list);
	free(census->claimed);
	*census = (struct census){ 0 };
}

const struct census_process *census_find(const struct census *census, pid_t pid)
{
	struct census_process key = { .pid = pid };

	if (!census->count)
		return NULL;
	return bsearch(&key, census->list, census->count, sizeof(key), compare_pids);
}

bool census_claim(struct census *census, pid_t pid)
{
	uint8_t bit = (uint8_t)(1 << (pid % 8));

	if (pid <= 0 || pid >= PID_END || (census->claimed[pid / 8] & bit))
		return false;
	census->claimed[pid / 8] |= bit;
	return true;
}
