// SPDX-License-Identifier: GPL-2.0-or-later
/* Owners put in order, and several summed up to one row. */
#include <stdlib.h>
#include <string.h>

#include <linux/filecache.h>

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
BY_MEMBER(id)

/* A process may call itself like what is none. */
static int by_comm(const void *a, const void *b)
{
	const struct filecache_owner *x = a, *y = b;
	const uint32_t kinds = FILECACHE_OWNER_FLAG_KTHREAD |
			       FILECACHE_OWNER_FLAG_CGROUP |
			       FILECACHE_OWNER_FLAG_FOLDED;

	return strcmp(x->comm, y->comm) ?:
	       LARGER(x->flags & kinds, y->flags & kinds);
}

/* What the kernel read for a cgroup is no user's, and not root's either. */
static int by_owning_user(const void *a, const void *b)
{
	const struct filecache_owner *x = a, *y = b;
	int with_x = owner_has_user(x), with_y = owner_has_user(y);

	return LARGER(with_x, with_y) ?: with_x ? by_uid(a, b) : 0;
}

static int by_process(const void *a, const void *b)
{
	const struct filecache_owner *x = a, *y = b;

	/* Those without a process have no number, and stay one by one. */
	return by_pid(a, b) ?:
	       LARGER(x->process_start_ns, y->process_start_ns) ?:
	       (x->pid == 0 ? LARGER(x->id, y->id) : 0);
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
	{ "user", by_owning_user, { "ref", "id", "pid", "state", "age_ns", "comm",
			    "cgroup_id", "cgroup", "parent_id" } },
	{ "parent", by_id, { "parent_id", "age_ns", "cgroup_id", "cgroup" } },
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
	to->folded += o->folded;
	/* A process goes by the program that it runs now. */
	if (o->birth_ns > to->birth_ns) {
		to->birth_ns = o->birth_ns;
		memcpy(to->comm, o->comm, sizeof(to->comm));
	}
}

/*
 * Those that stand for no process go to the end: sorted in between, they would
 * tear a row apart.  Return: number of others.
 */
static size_t set_apart(char *list, size_t count, size_t size)
{
	size_t real = 0, i, k;

	for (i = 0; i < count; i++) {
		char *here = list + i * size, *there = list + real * size;

		if (owner_is_pseudo((const struct filecache_owner *)here))
			continue;
		for (k = 0; i != real && k < size; k++) {
			char byte = here[k];

			here[k] = there[k];
			there[k] = byte;
		}
		real++;
	}
	return real;
}

size_t grouping_merge(const struct grouping *by, void *list, size_t count,
		      size_t size, void (*add)(void *to, const void *from))
{
	size_t rows = 0, real, i;

	if (!by->compare)
		return count;
	real = set_apart(list, count, size);
	if (real > 0)
		qsort(list, real, size, by->compare);
	for (i = 0; i < count; i++) {
		char *from = (char *)list + i * size;
		char *to = (char *)list + rows * size;

		if (i > 0 && i < real && by->compare(to - size, from) == 0)
			add(to - size, from);
		else if (rows++ != i)
			memcpy(to, from, size);
	}
	return rows;
}

static void add_owner(void *to, const void *from)
{
	grouping_add(to, from);
}

size_t grouping_apply(const struct grouping *by, struct filecache_owner *list,
		      size_t count)
{
	return grouping_merge(by, list, count, sizeof(*list), add_owner);
}

void grouping_adopt(const struct grouping *by, struct filecache_owner *owner,
		    const struct filecache_owner *all, size_t count)
{
	const struct filecache_owner *parent;

	if (strcmp(by->name, "parent") != 0 || owner_is_pseudo(owner))
		return;
	parent = owners_find(all, count, owner->parent_id);
	owner->id = owner->parent_id;
	if (parent) {
		owner->pid = parent->pid;
		owner->uid = parent->uid;
		owner->flags = parent->flags;
		memcpy(owner->comm, parent->comm, sizeof(owner->comm));
		return;
	}
	owner->pid = 0;
	owner->flags = owner->parent_id ? OWNER_FLAG_FREED |
					  FILECACHE_OWNER_FLAG_DEAD :
					  OWNER_FLAG_NONE;
	memset(owner->comm, 0, sizeof(owner->comm));
}

order_compare *order_find(const char *name)
{
	size_t i;

	for (i = 0; i < ARRAY_SIZE(orders); i++)
		if (strcmp(orders[i].name, name) == 0)
			return orders[i].compare;
	return NULL;
}

bool order_apply(const char *name, struct filecache_owner *list, size_t count)
{
	order_compare *compare = order_find(name);

	if (compare && count > 0)
		qsort(list, count, sizeof(*list), compare);
	return compare;
}
