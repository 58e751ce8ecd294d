// SPDX-License-Identifier: GPL-2.0-or-later
/* filecache show: everything about the cache of some processes or owners. */
#include <stdlib.h>
#include <time.h>

#include <linux/filecache.h>

#include "base/clock.h"
#include "base/format.h"
#include "base/macros.h"
#include "cgroup.h"
#include "owners.h"
#include "target.h"

static const struct out_column columns[] = {
	{ .key = "id" },
	{ .key = "ref", .title = "Owner" },
	{ .key = "pid", .title = "Process" },
	{ .key = "comm", .title = "Program" },
	{ .key = "uid" },
	{ .key = "user", .title = "User" },
	{ .key = "state", .title = "State" },
	{ .key = "kind" },
	{ .key = "owners", .title = "Owners summed" },
	{ .key = "folded", .title = "Owners folded" },
	{ .key = "age_ns", .title = "Started, ago" },
	{ .key = "ended_ns", .title = "Ended, ago" },
	{ .key = "parent_id", .title = "Parent owner" },
	{ .key = "cgroup_id" },
	{ .key = "cgroup", .title = "Cgroup" },
	{ .key = "cache_bytes", .title = "Cache" },
	{ .key = "file_bytes", .title = "  of files" },
	{ .key = "blockdev_bytes", .title = "  of block devices" },
	{ .key = "shmem_bytes", .title = "  shared memory" },
	{ .key = "added_bytes", .title = "Ever brought in" },
	{ .key = "removed_bytes", .title = "Ever dropped" },
	{ .key = "moved_bytes", .title = "Ever migrated" },
};

static void put_identity(struct out *out, const struct filecache_owner *owner)
{
	struct names names = { 0 };
	char buf[FORMAT_MAX];

	out_u64_as(out, "pid", owner->pid, owner_has_process(owner) ?
		   format_u64(buf, owner->pid) : "-");
	out_u64(out, "id", owner->id);
	out_label(out, "ref", owner->id ? owner_ref(buf, owner) : "-");
	owner_put_comm(out, owner);
	owner_put_user(out, owner, &names);
	names_exit(&names);
	owner_put_state(out, owner);
	owner_put_kind(out, owner);
	out_u64(out, "owners", owner->owners);
	if (owner->folded)
		out_u64(out, "folded", owner->folded);
}

static void put_origin(struct out *out, const struct filecache_owner *owner)
{
	uint64_t now = clock_now_ns(CLOCK_BOOTTIME);
	char *path = NULL;
	char buf[FORMAT_MAX];

	if (owner->process_start_ns && owner->process_start_ns <= now)
		out_age(out, "age_ns", now - owner->process_start_ns);
	if (owner->exit_ns && owner->exit_ns <= now)
		out_age(out, "ended_ns", now - owner->exit_ns);
	if (owner->parent_id) {
		struct filecache_owner parent = { .id = owner->parent_id };

		out_u64_as(out, "parent_id", owner->parent_id,
			   owner_ref(buf, &parent));
	}
	out_u64(out, "cgroup_id", owner->cgroup_id);
	if (owner->cgroup_id && cgroup_path(owner->cgroup_id, &path) == 0)
		out_text(out, "cgroup", path);
	else if (owner->cgroup_id)
		out_null(out, "cgroup");
	free(path);
}

static void put_counts(struct out *out, const struct filecache_owner *owner,
		       uint64_t page)
{
	out_size(out, "cache_bytes", filecache_pages(owner) * page);
	out_size(out, "file_bytes", owner->file_pages * page);
	out_size(out, "blockdev_bytes", owner->blockdev_pages * page);
	out_size(out, "shmem_bytes", owner->shmem_pages * page);
	out_size(out, "added_bytes", owner->added * page);
	out_size(out, "removed_bytes", owner->removed * page);
	out_size(out, "moved_bytes", owner->moved * page);
}

static int get(struct filecache_client *client, const char *arg,
	       struct filecache_owner *ret, struct error *err)
{
	struct target target;
	int r = target_parse(arg, &target, err);

	if (r < 0)
		return r;
	if (target.owner)
		return filecache_get_owner(client, target.owner, ret, err);
	return filecache_get_pid(client, target.pid, ret, err);
}

/* Return: exit status: 1 when one of them could not be shown. */
static int show_all(struct filecache_client *client, struct out *out,
		    const struct options *options, uint64_t page, int count,
		    char **args)
{
	const size_t width = ARRAY_SIZE(columns);
	bool first = true;
	int status = 0, i;

	if (options->json)
		out_begin(out, OUT_TABLE, "owners", columns, width);
	for (i = 0; i < count; i++) {
		struct filecache_owner owner;
		struct error err;

		if (get(client, args[i], &owner, &err) < 0) {
			complain(&err);
			status = 1;
			continue;
		}
		if (options->json)
			out_row(out);
		else if (!first)
			out_note(out, "%s", "");
		if (!options->json)
			out_begin(out, OUT_RECORD, "owner", columns, width);
		put_identity(out, &owner);
		put_origin(out, &owner);
		put_counts(out, &owner, page);
		if (!options->json)
			out_end(out);
		first = false;
	}
	if (options->json)
		out_end(out);
	return status;
}

static int run_show(const struct command *self, int argc, char **argv,
		    struct error *err)
{
	return targets_run(self, argc, argv, show_all, err);
}

const struct command command_show = {
	.name = "show",
	.run = run_show,
	.brief = "everything about the cache of a process or owner",
	.help =
	"filecache show [OPTION]... PID|@OWNER...\n\n"
	"Show how much page cache a process has brought in and still holds, by\n"
	"kind, and since when.  A process is the sum of its owners: a new one begins\n"
	"with every program that it executes.  Processes that have ended are\n"
	"known by their owners only; 'filecache list' shows those.\n"
	"Without root, only processes of the same user can be shown.\n\n"
	HELP_END_SIZES "\n"
	"Examples:\n"
	"  filecache show $$          what this shell has brought in\n"
	"  filecache show @17         an owner, dead or alive, seen in a list\n"
	"  filecache show --json 1 | jq '.owners[0].cache_bytes'\n",
};
