// SPDX-License-Identifier: GPL-2.0-or-later
/* How much memory a group uses, and dropping its share of the page cache. */
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/file.h"
#include "base/parse.h"
#include "usage.h"

#define PROC_FILE_MAX 65536

static uint64_t page_kb(void)
{
	return (uint64_t)sysconf(_SC_PAGESIZE) / 1024;
}

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

static int measure_processes(struct group *group, struct usage *usage,
			     struct error *err)
{
	const pid_t *pids;
	size_t count, i;
	uint64_t kb;
	int r = group_refresh(group, &pids, &count, err);

	if (r < 0)
		return r;
	for (i = 0; i < count; i++) {
		if (read_anon(pids[i], &kb) < 0)
			continue;
		usage->anon_kb += kb;
		usage->processes++;
	}
	return 0;
}

static uint64_t charged_pages(const struct filecache_owner *owner)
{
	return owner->file_pages + owner->blockdev_pages;
}

int usage_measure(struct group *group, struct filecache_client *client,
		  struct usage *ret, struct error *err)
{
	__free_mem struct filecache_owner *owners = NULL;
	struct usage usage = { 0 };
	uint64_t pages = 0;
	size_t count, i;
	bool torn;
	int r = measure_processes(group, &usage, err);

	if (r < 0)
		return r;
	r = filecache_dump(client, &owners, &count, &torn, err);
	if (r == -ENOENT)
		return error_set(err, r,
				 "the module has been unloaded; load it with 'modprobe filecache'");
	if (r < 0)
		return r;
	for (i = 0; i < count; i++)
		if (group_owns(group, &owners[i]))
			pages += charged_pages(&owners[i]);
	usage.cache_kb = pages * page_kb();
	*ret = usage;
	return 0;
}

int usage_evict(struct group *group, struct filecache_client *client,
		uint64_t *ret_kb, struct error *err)
{
	__free_mem struct filecache_owner *owners = NULL;
	uint64_t pages = 0;
	size_t count, i;
	bool torn;
	int r = filecache_dump(client, &owners, &count, &torn, err);

	if (r < 0)
		return r;
	for (i = 0; i < count; i++) {
		struct filecache_evicted evicted;

		if (!group_owns(group, &owners[i]) || !charged_pages(&owners[i]))
			continue;
		r = filecache_evict_owner(client, owners[i].id, &evicted, err);
		if (r == 0)
			pages += evicted.evicted;
		/* An owner without pages any more may have gone meanwhile. */
		else if (r != -ENOENT)
			return r;
	}
	*ret_kb = pages * page_kb();
	return 0;
}
