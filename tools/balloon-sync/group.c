// SPDX-License-Identifier: GPL-2.0-or-later
/* A group: the processes and page-cache owners that work for its guests. */
#include <errno.h>
#include <linux/filecache.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "base/array.h"
#include "base/cleanup.h"
#include "cgroup.h"
#include "daemon/unit.h"
#include "family.h"
#include "group.h"

/* systemd is asked for a unit that does not run at every so many-th look. */
#define UNIT_LOOKS 8

/**
 * struct member - one way of belonging to the group
 * @spec: what the operator wrote
 * @text: its text, owned
 * @folder: MEMBER_CGROUP, MEMBER_UNIT: where it is or was last, or NULL
 * @looks: MEMBER_UNIT: how often it has not been there in a row
 * @pidfd: MEMBER_PID: unlike the number, never another process; else -1
 * @start_ticks: MEMBER_PID: see struct census_process
 * @family: MEMBER_PID with its descendants
 */
struct member {
	struct member_spec spec;
	char *text;
	char *folder;
	unsigned int looks;
	int pidfd;
	uint64_t start_ticks;
	struct family family;
};

/**
 * struct group - a group and who is in it
 * @name: as people know it
 * @memory: its cgroups are those of the memory controller
 * @members: ways of belonging
 * @member_count: of @members
 * @census: during a refresh
 * @pids: living processes
 * @pid_count: of @pids
 * @pid_room: allocated
 * @ids: every cgroup ever seen in it, sorted; the cache of one that has been
 *	removed since is still charged
 * @id_count: of @ids
 * @id_room: allocated
 */
struct group {
	char *name;
	bool memory;
	struct member *members;
	size_t member_count;
	struct census *census;
	pid_t *pids;
	size_t pid_count;
	size_t pid_room;
	uint64_t *ids;
	size_t id_count;
	size_t id_room;
};

static int find_process(struct member *member, struct error *err)
{
	pid_t pid = member->spec.pid;
	struct census_process process;

	member->pidfd = (int)syscall(SYS_pidfd_open, pid, 0);
	if (member->pidfd < 0 || census_read(pid, &process) < 0)
		return error_set(err, -ESRCH,
				 "%d: no such process; 'ps ax' shows those that run",
				 pid);
	member->start_ticks = process.start_ticks;
	if (member->spec.children &&
	    family_init(&member->family, pid, process.start_ticks) < 0)
		return error_errno(err, -ENOMEM, "%s", member->text);
	return 0;
}

static int set_folder(struct group *group, struct member *member,
		      const char *path, struct error *err)
{
	char *folder;
	int r = cgroup_find(path, group->memory, &folder, err);

	if (r < 0)
		return r;
	free(member->folder);
	member->folder = folder;
	member->looks = 0;
	return 0;
}

/* One that was there before is most likely to be there again. */
static int find_folder(struct group *group, struct member *member, struct error *err)
{
	__free_mem char *path = NULL;
	int r;

	if (member->folder && access(member->folder, F_OK) == 0)
		return 0;
	if (member->spec.kind == MEMBER_CGROUP)
		return set_folder(group, member, member->spec.name, err);
	if (member->looks++ % UNIT_LOOKS)
		return error_set(err, -ENOENT, "%s: does not run", member->spec.name);
	r = unit_cgroup(member->spec.name, &path, err);
	return r < 0 ? r : set_folder(group, member, path, err);
}

static int member_init(struct group *group, struct member *member,
		       const struct member_spec *spec, unsigned int flags,
		       struct error *err)
{
	int r = 0;

	member->pidfd = -1;
	member->spec = *spec;
	member->text = strdup(spec->text);
	if (!member->text)
		return error_errno(err, -ENOMEM, "%s", spec->text);
	member->spec.text = member->text;
	if (spec->name)
		member->spec.name = member->text + (spec->name - spec->text);
	if (spec->kind == MEMBER_PID)
		r = find_process(member, err);
	else if (member_has_cgroup(spec))
		r = find_folder(group, member, err);
	/* What is not there now may come; that there is no systemd stays so. */
	if (r == -ENOENT && !(flags & GROUP_NOW))
		r = 0;
	return r;
}

int group_create(const char *name, const struct member_spec *specs, size_t count,
		 unsigned int flags, struct group **ret, struct error *err)
{
	struct group *group = calloc(1, sizeof(*group));
	size_t i;
	int r = 0;

	if (group) {
		group->name = strdup(name);
		group->members = calloc(count, sizeof(*group->members));
		group->memory = flags & GROUP_MEMORY;
	}
	if (!group || !group->name || !group->members) {
		group_destroy(group);
		return error_errno(err, -ENOMEM, "%s", name);
	}
	for (i = 0; i < count && r == 0; i++) {
		r = member_init(group, &group->members[i], &specs[i], flags, err);
		group->member_count++;
	}
	if (r < 0) {
		group_destroy(group);
		return r;
	}
	*ret = group;
	return 0;
}

void group_destroy(struct group *group)
{
	size_t i;

	if (!group)
		return;
	for (i = 0; i < group->member_count; i++) {
		struct member *member = &group->members[i];

		if (member->pidfd >= 0)
			close(member->pidfd);
		family_exit(&member->family);
		free(member->folder);
		free(member->text);
	}
	free(group->members);
	free(group->name);
	free(group->pids);
	free(group->ids);
	free(group);
}

const char *group_name(const struct group *group)
{
	return group->name;
}

static bool needs_list(const struct member_spec *spec)
{
	return spec->kind == MEMBER_COMM || spec->kind == MEMBER_USER ||
	       spec->children;
}

bool group_needs_list(const struct group *group)
{
	size_t i;

	for (i = 0; i < group->member_count; i++)
		if (needs_list(&group->members[i].spec))
			return true;
	return false;
}

static int add_pid(void *data, pid_t pid)
{
	struct group *group = data;
	pid_t *pids;

	if (!census_claim(group->census, pid))
		return 0;
	pids = array_room(group->pids, group->pid_count, &group->pid_room, sizeof(*pids));
	if (!pids)
		return -ENOMEM;
	group->pids = pids;
	group->pids[group->pid_count++] = pid;
	return 0;
}

/* Where an id is among those known, or would have to be put. */
static size_t place_id(const struct group *group, uint64_t id)
{
	size_t low = 0, high = group->id_count;

	while (low < high) {
		size_t middle = (low + high) / 2;

		if (group->ids[middle] < id)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

static bool knows_id(const struct group *group, uint64_t id)
{
	size_t at = place_id(group, id);

	return at < group->id_count && group->ids[at] == id;
}

static int add_id(void *data, uint64_t id)
{
	struct group *group = data;
	size_t at = place_id(group, id);
	uint64_t *ids;

	if (knows_id(group, id))
		return 0;
	ids = array_room(group->ids, group->id_count, &group->id_room, sizeof(*ids));
	if (!ids)
		return -ENOMEM;
	group->ids = ids;
	memmove(&group->ids[at + 1], &group->ids[at],
		(group->id_count - at) * sizeof(*group->ids));
	group->ids[at] = id;
	group->id_count++;
	return 0;
}

static int refresh_folder(struct group *group, struct member *member)
{
	struct cgroup_visitor visitor = { add_id, add_pid, group };
	int r = find_folder(group, member, NULL);

	if (r == -ENOMEM)
		return r;
	return r < 0 ? 0 : cgroup_walk(member->folder, &visitor);
}

static bool process_ended(const struct member *member)
{
	struct pollfd fd = { .fd = member->pidfd, .events = POLLIN };

	return poll(&fd, 1, 0) != 0;
}

static int refresh_process(struct group *group, struct member *member)
{
	size_t i;
	int r;

	if (!member->spec.children)
		return process_ended(member) ? 0 : add_pid(group, member->spec.pid);
	r = family_update(&member->family, group->census);
	for (i = 0; i < member->family.count && r == 0; i++)
		if (member->family.list[i].alive)
			r = add_pid(group, member->family.list[i].pid);
	return r;
}

/* The name first: it is known already. */
static bool matches(const struct member_spec *spec,
		    const struct census_process *process)
{
	uid_t uid;

	if (spec->kind == MEMBER_COMM && strcmp(process->comm, spec->comm) != 0)
		return false;
	return census_uid(process->pid, &uid) == 0 && uid == spec->uid;
}

static int refresh_matching(struct group *group, const struct member *member)
{
	const struct census *census = group->census;
	size_t i;
	int r = 0;

	for (i = 0; i < census->count && r == 0; i++)
		if (matches(&member->spec, &census->list[i]))
			r = add_pid(group, census->list[i].pid);
	return r;
}

static int refresh_member(struct group *group, struct member *member)
{
	switch (member->spec.kind) {
	case MEMBER_CGROUP:
	case MEMBER_UNIT:
		return refresh_folder(group, member);
	case MEMBER_PID:
		return refresh_process(group, member);
	case MEMBER_COMM:
	case MEMBER_USER:
		return refresh_matching(group, member);
	}
	return 0;
}

int group_refresh(struct group *group, struct census *census,
		  const pid_t **ret, size_t *ret_count, struct error *err)
{
	size_t i;
	int r = 0;

	group->pid_count = 0;
	group->census = census;
	for (i = 0; i < group->member_count && r == 0; i++)
		r = refresh_member(group, &group->members[i]);
	group->census = NULL;
	if (r < 0)
		return error_errno(err, r, "%s", group->name);
	*ret = group->pids;
	*ret_count = group->pid_count;
	return 0;
}

int group_adopt(struct group *group, const struct filecache_owner *owners,
		size_t count)
{
	size_t i;
	int r = 0;

	for (i = 0; i < group->member_count && r == 0; i++)
		if (group->members[i].spec.children)
			r = family_adopt(&group->members[i].family, owners, count);
	return r;
}

static bool member_owns(const struct group *group, const struct member *member,
			const struct filecache_owner *owner)
{
	switch (member->spec.kind) {
	case MEMBER_CGROUP:
	case MEMBER_UNIT:
		return knows_id(group, owner->cgroup_id);
	case MEMBER_PID:
		if (member->spec.children)
			return family_has(&member->family, (pid_t)owner->pid,
					  census_ticks(owner->process_start_ns));
		return owner->pid == (uint32_t)member->spec.pid &&
		       census_ticks(owner->process_start_ns) == member->start_ticks;
	case MEMBER_COMM:
		return owner->uid == member->spec.uid &&
		       strcmp(owner->comm, member->spec.comm) == 0;
	case MEMBER_USER:
		return owner->uid == member->spec.uid;
	}
	return false;
}

bool group_owns(const struct group *group, const struct filecache_owner *owner)
{
	size_t i;

	/* Not anybody's in particular, whatever else they say. */
	if (owner->flags & (FILECACHE_OWNER_FLAG_UNKNOWN |
			    FILECACHE_OWNER_FLAG_OVERFLOW))
		return false;
	for (i = 0; i < group->member_count; i++)
		if (member_owns(group, &group->members[i], owner))
			return true;
	return false;
}

static bool is_below(const char *folder, const char *above)
{
	size_t len = strlen(above);

	return strncmp(folder, above, len) == 0 && folder[len] == '/';
}

/* Of two that are the same folder, the first one counts. */
static bool is_covered(const struct group *group, size_t index)
{
	const char *folder = group->members[index].folder;
	size_t i;

	for (i = 0; i < group->member_count; i++) {
		const char *other = group->members[i].folder;

		if (other && (is_below(folder, other) ||
			      (i < index && strcmp(folder, other) == 0)))
			return true;
	}
	return false;
}

const char *group_cgroup(const struct group *group, size_t index)
{
	size_t i;

	for (i = 0; i < group->member_count; i++)
		if (group->members[i].folder && !is_covered(group, i) && index-- == 0)
			return group->members[i].folder;
	return NULL;
}

static bool member_ended(const struct member *member)
{
	size_t i;

	if (member->spec.kind != MEMBER_PID || !process_ended(member))
		return false;
	for (i = 0; i < member->family.count; i++)
		if (member->family.list[i].alive)
			return false;
	return true;
}

bool group_ended(const struct group *group)
{
	size_t i;

	for (i = 0; i < group->member_count; i++)
		if (!member_ended(&group->members[i]))
			return false;
	return true;
}
