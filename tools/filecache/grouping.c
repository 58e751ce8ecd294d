// SPDX-License-Identifier: GPL-2.0-or-later
/* Owners put in order, and several summed up to one row. */
#include <stdlib.h>
#include <string.h>

#include "base/macros.h"
#include "grouping.h"
#include "owners.h"

#define LARGER(a, b) (((a) < (b)) - ((a) > (b)))

static int by_cache(const void *a, const void *b)
{
	return LARGER(filecache_pages(a), filecache_pages(b));
}

/* Comparing one member, the larger first. */
#define BY_MEMBER(member)						\
	static int by_##member(const void *a, const void *b)		\
	{								\
		const struct filecache_owner *x = a, *y = b;		\
									\
		return LARGER(x->member, y->member);			\
	}

BY_MEMBER(file_pages)
BY_MEMBER(blockdev_pages)
BY_MEMBER(shmem_pages)
BY_MEMBER(added)
BY_MEMBER(birth_ns)
BY_MEMBER(pid)
BY_MEMBER(uid)
BY_MEMBER(cgroup_id)

static int by_comm(const void *a, const void *b)
{
	const struct filecache_owner *x = a, *y = b;

	return strcmp(x->comm, y->comm);
}

static int by_process(const void *a, const void *b)
{
	const struct filecache_owner *x = a, *y = b;

	return by_pid(a, b) ?: LARGER(x->process_start_ns, y->process_start_ns);
}

static const struct order {
	const char *name;
	int (*compare)(const void *a, const void *b);
} orders[] = {
	{ "cache", by_cache },	     { "files", by_file_pages },
	{ "devices", by_blockdev_pages }, { "shmem", by_shmem_pages },
	{ "added", by_added },	     { "newest", by_birth_ns },
	{ "pid", by_pid },	     { "user", by_uid },
	{ "program", by_comm },
};

static const struct grouping groupings[] = {
	{ "owner", NULL, { "owners", "cgroup" } },
	{ "process", by_process, { "ref", "id", "parent_id", "cgroup" } },
	{ "program", by_comm, { "ref", "id", "pid", "uid", "user", "age_ns",
				"cgroup_id", "cgroup", "parent_id" } },
	{ "user", by_uid, { "ref", "id", "pid", "state", "age_ns", "comm",
			    "cgroup_id", "cgroup", "parent_id" } },
	{ "cgroup", by_cgroup_id, { "ref", "id", "pid", "uid", "user", "state",
				    "age_ns", "comm", "parent_id" } },
};

const struct grouping *grouping_find(const char *name)
{
	size_t i;

	for (i = 0; i < ARRAY_SIZE(groupings); i++)
		if (strcmp(groupings[i].name, name) == 0)
			return &groupings[i];
	return NULL;
}

bool grouping_hides(const struct grouping *by, const char *key)
{
	size_t i;

	for (i = 0; i < ARRAY_SIZE(by->hidden); i++)
		if (by->hidden[i] && strcmp(by->hidden[i], key) == 0)
			return true;
	return false;
}

/* Dead only if all are, and so on; what differs within a row is hidden. */
void grouping_add(struct filecache_owner *to, const struct filecache_owner *o)
{
	to->owners += o->owners;
	to->flags &= o->flags;
	to->file_pages += o->file_pages;
	to->blockdev_pages += o->blockdev_pages;
	to->shmem_pages += o->shmem_pages;
	to->added += o->added;
	to->removed += o->removed;
	to->moved += o->moved;
	/* A process goes by the program that it runs now. */
	if (o->birth_ns > to->birth_ns) {
		to->birth_ns = o->birth_ns;
		memcpy(to->comm, o->comm, sizeof(to->comm));
	}
}

/* Those that stand for no process go to the end. Return: number of others. */
static size_t set_apart(struct filecache_owner *list, size_t count)
{
	size_t real = 0, i;

	for (i = 0; i < count; i++) {
		struct filecache_owner owner = list[i];

		if (owner_is_pseudo(&owner))
			continue;
		list[i] = list[real];
		list[real++] = owner;
	}
	return real;
}

size_t grouping_apply(const struct grouping *by, struct filecache_owner *list,
		      size_t count)
{
	size_t rows = 0, real, i;

	if (!by->compare)
		return count;
	/* Sorted in between, they would tear a row apart. */
	real = set_apart(list, count);
	if (real > 0)
		qsort(list, real, sizeof(*list), by->compare);
	for (i = 0; i < count; i++) {
		if (i > 0 && i < real &&
		    by->compare(&list[rows - 1], &list[i]) == 0)
			grouping_add(&list[rows - 1], &list[i]);
		else
			list[rows++] = list[i];
	}
	return rows;
}

bool order_apply(const char *name, struct filecache_owner *list, size_t count)
{
	size_t i;

	for (i = 0; i < ARRAY_SIZE(orders); i++) {
		if (strcmp(orders[i].name, name) != 0)
			continue;
		if (count > 0)
			qsort(list, count, sizeof(*list), orders[i].compare);
		return true;
	}
	return false;
}
