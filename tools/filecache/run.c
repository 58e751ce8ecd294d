// SPDX-License-Identifier: GPL-2.0-or-later
/* filecache run: run a command and report the cache that it brought in. */
#include <errno.h>

#include "base/child.h"
#include "base/cleanup.h"
#include "base/clock.h"
#include "base/format.h"
#include "base/macros.h"
#include "cgroup.h"
#include "command.h"
#include "forks.h"
#include "grouping.h"
#include "members.h"
#include "owners.h"

#define BAR_COLUMNS 10
/* How often it looks for owners that may be gone before the end. */
#define LOOK_NS NSEC_PER_SEC
/* And for what its descendants have started. */
#define DRAIN_NS (100 * NSEC_PER_MSEC)

/**
 * struct run - a command under way
 * @options: shared options
 * @report: where the report goes
 * @client: of the module
 * @page: size in bytes
 * @cgroup: that it runs in; its path is NULL without cgroup v2
 * @forks: tells of its descendants where there is no cgroup, else NULL
 * @missed: some descendants may not be known
 * @members: owners that it and its descendants are
 * @child: its process
 * @started_ns: CLOCK_MONOTONIC
 * @looked_ns: likewise, when it was last looked for owners
 * @took_ns: how long it ran
 */
struct run {
	struct options options;
	FILE *report;
	struct filecache_client *client;
	uint64_t page;
	struct cgroup cgroup;
	struct forks *forks;
	bool missed;
	struct members members;
	struct child child;
	uint64_t started_ns;
	uint64_t looked_ns;
	uint64_t took_ns;
};

static int enter(void *data)
{
	const struct run *run = data;

	return run->cgroup.path ? cgroup_enter(&run->cgroup) : 0;
}

/* Return: see child_start(). */
static int start(struct run *run, char **argv, struct error *err)
{
	struct error why;
	int r;

	run->started_ns = clock_now_ns(CLOCK_MONOTONIC);
	run->looked_ns = run->started_ns;
	run->members.since_ns = clock_now_ns(CLOCK_BOOTTIME);
	/* The kernel may keep the start of a process in coarser units. */
	run->members.since_ns -= run->members.since_ns % (10 * NSEC_PER_MSEC);
	r = child_start(&run->child, argv, enter, run, &why);
	/* What failed before the command is not of it but of its cgroup. */
	if (r < 0 && run->cgroup.path)
		return error_errno(err, r, "%s", run->cgroup.path);
	return r ? error_set(err, r, "%s", why.text) : 0;
}

static int add_cgroup(uint64_t id, void *data)
{
	return members_add_cgroup(data, id);
}

static void drain(struct run *run)
{
	if (run->forks && forks_drain(run->forks, &run->members) < 0)
		run->missed = true;
}

static int look(struct run *run, struct error *err)
{
	int r = 0;

	if (run->cgroup.path)
		r = cgroup_each(&run->cgroup, add_cgroup, &run->members);
	drain(run);
	if (r < 0)
		return error_errno(err, r, "run");
	return members_update(&run->members, run->client, err);
}

/* While it runs: one look that fails is made up for by the last one. */
static void look_now_and_then(void *data)
{
	struct run *run = data;

	drain(run);
	if (clock_now_ns(CLOCK_MONOTONIC) < run->looked_ns + LOOK_NS)
		return;
	look(run, NULL);
	run->looked_ns = clock_now_ns(CLOCK_MONOTONIC);
}

static int follow(struct run *run, int *ret_status, struct error *err)
{
	*ret_status = child_follow(&run->child, DRAIN_NS, look_now_and_then, run);
	run->took_ns = clock_now_ns(CLOCK_MONOTONIC) - run->started_ns;
	return look(run, err);
}

static void put_row(struct out *out, const struct filecache_owner *o,
		    uint64_t page, uint64_t whole)
{
	out_u64(out, "owners", o->owners);
	out_size(out, "added_bytes", o->added * page);
	out_size(out, "removed_bytes", o->removed * page);
	out_size(out, "cache_bytes", filecache_pages(o) * page);
	out_bar(out, "bar", o->added, whole, BAR_COLUMNS);
}

static void put_programs(struct out *out, struct run *run)
{
	static const struct out_column columns[] = {
		{ .key = "comm", .title = "PROGRAM", .max = 17 },
		{ .key = "owners", .title = "RUNS", .right = true },
		{ .key = "added_bytes", .title = "BROUGHT IN", .right = true },
		{ .key = "bar", .title = "" },
		{ .key = "removed_bytes", .title = "DROPPED", .right = true },
		{ .key = "cache_bytes", .title = "STILL CACHED", .right = true },
	};
	struct members *members = &run->members;
	struct filecache_owner total = { 0 };
	size_t rows, i;

	for (i = 0; i < members->count; i++)
		grouping_add(&total, &members->list[i]);
	rows = grouping_apply(grouping_find("program"), members->list,
			      members->count);
	order_apply("added", members->list, rows);
	out_begin(out, OUT_TABLE, "programs", columns,
		  ARRAY_SIZE(columns));
	for (i = 0; i < rows; i++) {
		out_row(out);
		owner_put_comm(out, &members->list[i]);
		put_row(out, &members->list[i], run->page, total.added);
	}
	out_total_row(out);
	out_label(out, "comm", "total");
	put_row(out, &total, run->page, total.added);
	out_end(out);
}

static void put_summary(struct out *out, const struct run *run, int status,
			char **argv)
{
	static const struct out_column columns[] = {
		{ .key = "command", .title = "Command" },
		{ .key = "status", .title = "Exit status" },
		{ .key = "took_ns", .title = "Took" },
		{ .key = "followed_by", .title = "Followed by" },
		{ .key = "missed_some" },
	};
	char buf[FORMAT_MAX];

	out_note(out, "%s", "");
	out_begin(out, OUT_RECORD, NULL, columns,
		  ARRAY_SIZE(columns));
	out_text(out, "command", argv[0]);
	out_u64(out, "status", (uint64_t)status);
	snprintf(buf, sizeof(buf), "%.1f s", (double)run->took_ns / NSEC_PER_SEC);
	out_u64_as(out, "took_ns", run->took_ns, buf);
	if (run->cgroup.path)
		out_text(out, "followed_by", "cgroup");
	else
		out_text_as(out, "followed_by", "parents",
			    "parents, as there is no cgroup to be had");
	out_flag(out, "missed_some", run->missed);
	out_end(out);
	if (run->missed)
		out_note(out, "(so much went on that some descendants were missed)");
	out_note(out, "%s", "");
}

static int report(struct run *run, int status, char **argv, struct error *err)
{
	struct out *out = NULL;
	int r = out_create(&out, run->report, run->options.json,
			   run->options.sizes, (unsigned int)run->page);

	if (r < 0)
		return error_errno(err, r, "run");
	put_summary(out, run, status, argv);
	put_programs(out, run);
	r = out_finish(out, err);
	out_destroy(out);
	return r;
}

/* Asked before the command runs: a report that cannot be had is no surprise. */
static int prepare(struct run *run, struct error *err)
{
	struct error no_cgroup, no_events;
	struct filecache_stats stats;
	struct owners owners;
	int r;

	r = filecache_client_create(&run->client, err);
	if (r < 0)
		return r;
	r = owners_init(&owners, run->client, err);
	if (r < 0)
		return r;
	owners_exit(&owners);
	r = filecache_get_stats(run->client, &stats, err);
	if (r < 0)
		return r;
	run->page = stats.page_size;
	if (cgroup_create(&run->cgroup, &no_cgroup) == 0)
		return 0;
	r = forks_create(&run->forks, &no_events);
	if (r < 0)
		error_set(err, r,
			  "%s; %s; run it where it may make cgroups (version 2), or as the host's root",
			  no_cgroup.text, no_events.text);
	return r;
}

/* What is told is told here, and whether the command was run. */
static int not_run(const char *command, const struct error *why)
{
	struct error err;

	error_set(&err, why->code, "%s; %s was not run", why->text, command);
	complain(&err);
	return CHILD_OWN;
}

/* Return: exit status; all is told. */
static int run_it(struct run *run, char **argv, struct error *err)
{
	int status = 0, r;

	r = start(run, argv, err);
	if (r < 0)
		return not_run(argv[0], err);
	if (r > 0) {
		complain(err);
		return r;
	}
	r = members_add_pid(&run->members, run->child.pid);
	if (r < 0)
		error_errno(err, r, "run");
	else
		r = follow(run, &status, err);
	if (r == 0)
		r = report(run, status, argv, err);
	/* The command's own status says more than ours would. */
	if (r < 0)
		complain(err);
	return status || r == 0 ? status : CHILD_OWN;
}

static int open_report(struct run *run, const char *path, struct error *err)
{
	run->report = path ? fopen(path, "we") : stderr;
	return run->report ? 0 : error_errno(err, -errno, "%s", path);
}

static int run_run(const struct command *self, int argc, char **argv,
		   struct error *err)
{
	static const struct option longs[] = {
		{ "output", required_argument, NULL, 'o' },
		OPTIONS_END_SIZES
	};
	const char *path = NULL;
	struct run run = { 0 };
	struct error late;
	int option, r, status;

	while ((option = options_next(self, argc, argv, "+:ho:", longs,
				      &run.options, &status)) == 'o')
		path = optarg;
	/* Status 2 may be the command's. */
	if (option == OPTIONS_EXIT)
		return status ? CHILD_OWN : 0;
	if (optind == argc) {
		usage_error(self, "no command given");
		return CHILD_OWN;
	}

	child_hold_signals(&run.child);
	r = prepare(&run, err);
	if (r == 0)
		r = open_report(&run, path, err);
	status = r < 0 ? not_run(argv[optind], err) :
			 run_it(&run, argv + optind, err);
	if (cgroup_destroy(&run.cgroup, &late) < 0)
		complain(&late);
	if (path && run.report)
		fclose(run.report);
	forks_destroy(run.forks);
	members_exit(&run.members);
	filecache_client_destroy(run.client);
	return status;
}

const struct command command_run = {
	.name = "run",
	.run = run_run,
	.brief = "run a command and report the cache it brought in",
	.help =
	"filecache run [OPTION]... [--] COMMAND [ARGUMENT]...\n\n"
	"Run COMMAND in a cgroup of its own, wait for it, and report what page cache\n"
	"it and its descendants have brought in, program by program.  The report goes\n"
	"to the standard error output; the exit status is that of COMMAND, 128 and the\n"
	"signal's number, 127 when there is no COMMAND, 126 when it cannot be executed,\n"
	"or 125 when it was not run or not reported for another reason.  Without\n"
	"cgroup v2, descendants are found by their parents.  Needs CAP_NET_ADMIN.\n\n"
	"  -o, --output FILE  write the report to FILE\n"
	HELP_END_SIZES "\n"
	"Examples:\n"
	"  filecache run aide --config /etc/aide/aide.conf --check\n"
	"  filecache run --json -o build.json -- make -j8\n",
};
