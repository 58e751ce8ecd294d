// SPDX-License-Identifier: GPL-2.0-or-later
/* Which owners a command and its descendants are, followed while it runs. */
#include <errno.h>
#include <stdlib.h>

#include <linux/filecache.h>

#include "base/array.h"
#include "base/cleanup.h"
#include "members.h"

/* PID_MAX_LIMIT of 64-bit kernels. */
#define PID_LIMIT 4194304

void members_exit(struct members *members)
{
	free(members->list);
	free(members->cgroups);
	free(members->pids);
	members->pids = NULL;
	members->list = NULL;
	members->cgroups = NULL;
	members->count = 0;
	members->room = 0;
	members->cgroups_count = 0;
}

static bool knows_cgroup(const struct members *members, uint64_t id)
{
	size_t i;

	for (i = 0; i < members->cgroups_count; i++)
		if (members->cgroups[i] == id)
			return true;
	return false;
}

int members_add_cgroup(struct members *members, uint64_t id)
{
	uint64_t *more;

	if (knows_cgroup(members, id))
		return 0;
	more = reallocarray(members->cgroups, members->cgroups_count + 1,
			    sizeof(*more));
	if (!more)
		return -ENOMEM;
	members->cgroups = more;
	more[members->cgroups_count++] = id;
	return 0;
}

int members_add_pid(struct members *members, pid_t pid)
{
	if (pid <= 0 || pid > PID_LIMIT)
		return -EINVAL;
	if (!members->pids)
		members->pids = calloc(PID_LIMIT / 8 + 1, 1);
	if (!members->pids)
		return -ENOMEM;
	members->pids[pid / 8] |= (unsigned char)(1 << pid % 8);
	return 0;
}

bool members_has_pid(const struct members *members, pid_t pid)
{
	if (!members->pids || pid <= 0 || pid > PID_LIMIT)
		return false;
	return members->pids[pid / 8] & 1 << pid % 8;
}

static int by_id(const void *a, const void *b)
{
	const struct filecache_owner *x = a, *y = b;

	return (x->id > y->id) - (x->id < y->id);
}

static struct filecache_owner *find(const struct members *members, uint64_t id)
{
	const struct filecache_owner key = { .id = id };

	if (members->count == 0)
		return NULL;
	return bsearch(&key, members->list, members->count,
		       sizeof(*members->list), by_id);
}

static bool belongs(const struct members *members,
		    const struct filecache_owner *owner)
{
	/* What stands for a cgroup or for folded owners has no process. */
	if (owner->flags & (FILECACHE_OWNER_FLAG_CGROUP |
			    FILECACHE_OWNER_FLAG_FOLDED))
		return owner->birth_ns >= members->since_ns &&
		       owner->cgroup_id &&
		       knows_cgroup(members, owner->cgroup_id);
	if (owner->process_start_ns < members->since_ns)
		return false;
	if (owner->pid <= PID_LIMIT &&
	    members_has_pid(members, (pid_t)owner->pid))
		return true;
	if (owner->cgroup_id && knows_cgroup(members, owner->cgroup_id))
		return true;
	return owner->parent_id && find(members, owner->parent_id);
}

/*
 * What folded owners brought in was counted while they were known one by one;
 * what became of it is not.
 */
static void set_member(struct filecache_owner *member,
		       const struct filecache_owner *owner)
{
	*member = *owner;
	if (owner->flags & FILECACHE_OWNER_FLAG_FOLDED) {
		member->added = 0;
		member->removed = 0;
	}
}

/* Leaves the order of the list to be restored. */
static int append(struct members *members, size_t place,
		  const struct filecache_owner *owner)
{
	struct filecache_owner *list = array_room(members->list, place, &members->room,
						  sizeof(*list));

	if (!list)
		return -ENOMEM;
	members->list = list;
	set_member(&members->list[place], owner);
	return 0;
}

/* The module forgets an owner once it is dead and its last page is dropped. */
static void forget_pages(struct members *members)
{
	size_t i;

	for (i = 0; i < members->count; i++) {
		struct filecache_owner *owner = &members->list[i];

		owner->removed += filecache_pages(owner);
		owner->file_pages = 0;
		owner->blockdev_pages = 0;
		owner->shmem_pages = 0;
	}
}

int members_merge(struct members *members, const struct filecache_owner *owners,
		  size_t count)
{
	size_t found, i;
	int r;

	forget_pages(members);
	for (i = 0; i < count; i++) {
		struct filecache_owner *known = find(members, owners[i].id);

		if (known)
			set_member(known, &owners[i]);
	}
	/* A parent may stand behind its child: look again after each gain. */
	do {
		found = 0;
		for (i = 0; i < count; i++) {
			if (find(members, owners[i].id) ||
			    !belongs(members, &owners[i]))
				continue;
			r = append(members, members->count + found, &owners[i]);
			if (r < 0)
				return r;
			found++;
		}
		members->count += found;
		if (found)
			qsort(members->list, members->count,
			      sizeof(*members->list), by_id);
	} while (found);
	return 0;
}

int members_update(struct members *members, struct filecache_client *client,
		   struct error *err)
{
	__free_mem struct filecache_owner *owners = NULL;
	size_t count;
	bool torn;
	int r;

	r = filecache_dump(client, &owners, &count, &torn, err);
	if (r < 0)
		return r;
	r = members_merge(members, owners, count);
	if (r < 0)
		return error_errno(err, r, "run");
	return 0;
}
