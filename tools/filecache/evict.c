// SPDX-License-Identifier: GPL-2.0-or-later
/* filecache evict: drop the clean pages of some processes or owners. */
#include "base/macros.h"
#include "filecache/filecache.h"
#include "target.h"

static const struct out_column columns[] = {
	{ .key = "pid" },
	{ .key = "id" },
	{ .key = "target", .title = "TARGET" },
	{ .key = "evicted_bytes", .title = "DROPPED", .right = true },
	{ .key = "kept_bytes", .title = "KEPT", .right = true },
};

static int evict(struct filecache_client *client, const char *arg,
		 struct target *ret_target, struct filecache_evicted *ret,
		 struct error *err)
{
	int r = target_parse(arg, ret_target, err);

	if (r < 0)
		return r;
	if (ret_target->owner)
		return filecache_evict_owner(client, ret_target->owner, ret, err);
	return filecache_evict_pid(client, ret_target->pid, ret, err);
}

/* Return: exit status: 1 when one of them could not be done. */
static int evict_all(struct filecache_client *client, struct out *out,
		     const struct options *options, uint64_t page, int count,
		     char **args)
{
	struct filecache_evicted total = { 0 };
	int status = 0, done = 0, i;

	out_begin(out, OUT_TABLE, "evicted", columns,
		  ARRAY_SIZE(columns));
	for (i = 0; i < count; i++) {
		struct filecache_evicted evicted;
		struct target target;
		struct error err;

		if (evict(client, args[i], &target, &evicted, &err) < 0) {
			complain(&err);
			status = 1;
			continue;
		}
		out_row(out);
		if (target.owner)
			out_u64(out, "id", target.owner);
		else
			out_u64(out, "pid", (uint64_t)target.pid);
		out_label(out, "target", args[i]);
		out_size(out, "evicted_bytes", evicted.evicted * page);
		out_size(out, "kept_bytes", evicted.kept * page);
		total.evicted += evicted.evicted;
		total.kept += evicted.kept;
		done++;
	}
	if (done > 1) {
		out_total_row(out);
		out_label(out, "target", "total");
		out_size(out, "evicted_bytes", total.evicted * page);
		out_size(out, "kept_bytes", total.kept * page);
	}
	out_end(out);
	return status;
}

static int run_evict(const struct command *self, int argc, char **argv,
		     struct error *err)
{
	return targets_run(self, argc, argv, evict_all, err);
}

const struct command command_evict = {
	.name = "evict",
	.run = run_evict,
	.brief = "drop the clean cache of a process or owner",
	.help =
	"filecache evict [OPTION]... PID|@OWNER...\n\n"
	"Drop the page cache that a process or owner has brought in, and nothing\n"
	"else: a drop_caches for one process.  Pages that are dirty, mapped or busy\n"
	"are kept.  Needs CAP_SYS_ADMIN.\n\n"
	HELP_END_SIZES "\n"
	"Examples:\n"
	"  filecache evict 4711       of a running process, with all its programs\n"
	"  filecache evict @17 @18    of owners seen in 'filecache list --dead'\n"
	"  sync; filecache evict @17  dirty pages too, once they are written\n",
};
