// SPDX-License-Identifier: GPL-2.0-or-later
/* Use by memory cgroup, of both versions of cgroups. */
#include <errno.h>
#include <inttypes.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/file.h"
#include "base/parse.h"
#include "source.h"

#define STAT_MAX 65536

/**
 * struct fields - what a version calls the lines of memory.stat, in bytes
 * @anon: anonymous memory
 * @file: page cache, shared memory included
 * @shmem: shared memory
 *
 * All of them for a cgroup and everything below it, also what has been charged
 * to cgroups that have been removed.
 */
struct fields {
	const char *anon;
	const char *file;
	const char *shmem;
};

static const struct fields fields1 = { "total_rss", "total_cache", "total_shmem" };
static const struct fields fields2 = { "anon", "file", "shmem" };

static char *join(const char *folder, const char *file)
{
	char *path;

	return asprintf(&path, "%s/%s", folder, file) < 0 ? NULL : path;
}

static int parse_stat(const char *path, const char *text, struct usage *usage,
		      struct error *err)
{
	const struct fields *fields = &fields1;
	uint64_t anon, file, shmem;

	if (parse_field(text, fields->anon, &anon) < 0)
		fields = &fields2;
	if (parse_field(text, fields->anon, &anon) < 0 ||
	    parse_field(text, fields->file, &file) < 0 ||
	    parse_field(text, fields->shmem, &shmem) < 0)
		return error_set(err, -EPROTO, "%s: lacks %s, %s or %s; use source = \"filecache\"",
				 path, fields->anon, fields->file, fields->shmem);
	usage->anon_kb += anon / 1024;
	/* They are not read at one moment. */
	usage->cache_kb += file > shmem ? (file - shmem) / 1024 : 0;
	return 0;
}

/* Adds nothing for a cgroup that is gone. */
static int add_cgroup(const char *folder, struct usage *usage, struct error *err)
{
	__free_mem char *path = join(folder, "memory.stat"), *text = NULL;
	int r;

	if (!path)
		return error_errno(err, -ENOMEM, "%s", folder);
	r = file_read(path, STAT_MAX, &text, NULL, err);
	if (r == -ENODEV || (r == -ENOENT && access(folder, F_OK) < 0))
		return 0;
	return r < 0 ? r : parse_stat(path, text, usage, err);
}

static int measure(struct source *source, struct group *group,
		   struct census *census, struct usage *ret, struct error *err)
{
	struct usage usage = { 0 };
	const char *folder;
	const pid_t *pids;
	size_t i;
	int r = group_refresh(group, census, &pids, &usage.processes, err);

	for (i = 0; r == 0 && (folder = group_cgroup(group, i)); i++)
		r = add_cgroup(folder, &usage, err);
	if (r == 0)
		*ret = usage;
	return r;
}

/*
 * Version 2 takes an amount, and fails with EAGAIN when it is not reached,
 * which is no failure: dirty pages stay.  Swapping is no dropping of cache;
 * older kernels cannot be told so.  Version 1 empties the cgroup, or fails.
 */
static int reclaim(const char *folder, uint64_t kb, struct error *err)
{
	__free_mem char *path = join(folder, "memory.reclaim");
	__free_mem char *old = join(folder, "memory.force_empty");
	char text[64];
	int r;

	if (!path || !old)
		return error_errno(err, -ENOMEM, "%s", folder);
	if (access(old, F_OK) == 0)
		return file_write(old, "0", err);
	snprintf(text, sizeof(text), "%" PRIu64 "K swappiness=0", kb);
	r = file_write(path, text, err);
	if (r == -EINVAL) {
		snprintf(text, sizeof(text), "%" PRIu64 "K", kb);
		r = file_write(path, text, err);
	}
	if (r == -ENOENT && access(folder, F_OK) == 0)
		return error_set(err, r,
				 "%s: this kernel cannot drop a cgroup's cache (Linux 5.19 can); use source = \"filecache\"",
				 folder);
	return r == -EAGAIN || r == -ENOENT || r == -ENODEV ? 0 : r;
}

static int evict(struct source *source, struct group *group, uint64_t *ret_kb,
		 struct error *err)
{
	const char *folder;
	uint64_t kb = 0;
	size_t i;
	int r = 0;

	for (i = 0; r == 0 && (folder = group_cgroup(group, i)); i++) {
		struct usage before = { 0 }, after = { 0 };

		r = add_cgroup(folder, &before, err);
		if (r == 0 && before.cache_kb)
			r = reclaim(folder, before.cache_kb, err);
		if (r == 0)
			r = add_cgroup(folder, &after, err);
		if (before.cache_kb > after.cache_kb)
			kb += before.cache_kb - after.cache_kb;
	}
	if (r == 0)
		*ret_kb = kb;
	return r;
}

static void destroy(struct source *source)
{
	free(source);
}

static const struct source_ops cgroup_ops = {
	.name = "cgroup",
	.measure = measure,
	.evict = evict,
	.destroy = destroy,
};

int source_cgroup_create(struct source **ret, struct error *err)
{
	struct source *source = calloc(1, sizeof(*source));

	if (!source)
		return error_errno(err, -ENOMEM, "cgroup");
	source->ops = &cgroup_ops;
	*ret = source;
	return 0;
}
