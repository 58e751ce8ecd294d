// SPDX-License-Identifier: GPL-2.0-or-later
/* Which owners a command and its descendants are, followed while it runs. */
#include <errno.h>
#include <stdlib.h>

#include "base/cleanup.h"
#include "members.h"

void members_exit(struct members *members)
{
	free(members->list);
	free(members->cgroups);
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

static struct filecache_owner *find(const struct members *members, uint64_t id)
{
	size_t i;

	for (i = 0; i < members->count; i++)
		if (members->list[i].id == id)
			return &members->list[i];
	return NULL;
}

static bool belongs(const struct members *members,
		    const struct filecache_owner *owner)
{
	if (owner->process_start_ns < members->since_ns)
		return false;
	if (owner->pid == (uint32_t)members->pid)
		return true;
	if (owner->cgroup_id && knows_cgroup(members, owner->cgroup_id))
		return true;
	return owner->parent_id && find(members, owner->parent_id);
}

static int append(struct members *members, const struct filecache_owner *owner)
{
	if (members->count == members->room) {
		size_t room = members->room ? 2 * members->room : 64;
		struct filecache_owner *more;

		more = reallocarray(members->list, room, sizeof(*more));
		if (!more)
			return -ENOMEM;
		members->list = more;
		members->room = room;
	}
	members->list[members->count++] = *owner;
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
	bool found;
	size_t i;
	int r;

	forget_pages(members);
	for (i = 0; i < count; i++) {
		struct filecache_owner *known = find(members, owners[i].id);

		if (known)
			*known = owners[i];
	}
	/* A parent may stand behind its child: look again after each gain. */
	do {
		found = false;
		for (i = 0; i < count; i++) {
			if (find(members, owners[i].id) ||
			    !belongs(members, &owners[i]))
				continue;
			r = append(members, &owners[i]);
			if (r < 0)
				return r;
			found = true;
		}
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
