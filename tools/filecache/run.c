// SPDX-License-Identifier: GPL-2.0-or-later
/* filecache run: run a command and report the cache that it brought in. */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

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
/* As env(1) and timeout(1) tell their own failures from a command's status. */
#define EXIT_NOT_FOUND 127
#define EXIT_NOT_RUN 126
#define EXIT_OWN 125

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
 * @held: signals that are waited for
 * @mask: signals as they were
 * @child: its process
 * @started_ns: CLOCK_MONOTONIC
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
	sigset_t held;
	sigset_t mask;
	pid_t child;
	uint64_t started_ns;
	uint64_t took_ns;
};

/* Never returns; the reason goes through the pipe, which exec closes. */
static void run_child(const struct run *run, char **argv, int pipe)
{
	int error;

	sigprocmask(SIG_SETMASK, &run->mask, NULL);
	/* Below 0: not of the command but of its cgroup. */
	error = run->cgroup.path ? cgroup_enter(&run->cgroup) : 0;
	if (error == 0) {
		execvp(argv[0], argv);
		error = errno;
	}
	if (write(pipe, &error, sizeof(error)) < 0)
		_exit(EXIT_NOT_FOUND);
	_exit(EXIT_NOT_FOUND);
}

/* Passed on to the command: who sends them to us means it. */
static const int passed_on[] = {
	SIGTERM, SIGHUP, SIGUSR1, SIGUSR2, SIGALRM,
};

/*
 * A terminal sends the first two to the command itself, and the last two come
 * from our own writing, which fails instead.
 */
static const int kept[] = {
	SIGINT, SIGQUIT, SIGCHLD, SIGPIPE, SIGXFSZ,
};

/* Waited for, none is lost between looks, and none leaves a cgroup behind. */
static void hold_signals(struct run *run)
{
	size_t i;

	/* Inherited as ignored, it would hide how the command ended. */
	signal(SIGCHLD, SIG_DFL);
	sigemptyset(&run->held);
	for (i = 0; i < ARRAY_SIZE(passed_on); i++)
		sigaddset(&run->held, passed_on[i]);
	for (i = 0; i < ARRAY_SIZE(kept); i++)
		sigaddset(&run->held, kept[i]);
	sigprocmask(SIG_BLOCK, &run->held, &run->mask);
}

static void pass_on(const struct run *run, int sig)
{
	size_t i;

	for (i = 0; i < ARRAY_SIZE(passed_on); i++)
		if (passed_on[i] == sig)
			kill(run->child, sig);
}

/*
 * Return: 0; the exit status when the command could not be executed; a negative
 * errno when it did not come to that.
 */
static int start(struct run *run, char **argv, struct error *err)
{
	__free_fd int from = -1;
	__free_fd int to = -1;
	int pipefd[2], error;

	if (pipe2(pipefd, O_CLOEXEC) < 0)
		return error_errno(err, -errno, "run");
	from = pipefd[0];
	to = pipefd[1];
	run->started_ns = clock_now_ns(CLOCK_MONOTONIC);
	run->members.since_ns = clock_now_ns(CLOCK_BOOTTIME);
	/* The kernel may keep the start of a process in coarser units. */
	run->members.since_ns -= run->members.since_ns % (10 * NSEC_PER_MSEC);
	fflush(NULL);
	run->child = fork();
	if (run->child < 0)
		return error_errno(err, -errno, "run");
	if (run->child == 0)
		run_child(run, argv, to);
	close(to);
	to = -1;
	if (read(from, &error, sizeof(error)) != (ssize_t)sizeof(error))
		return 0;
	waitpid(run->child, NULL, 0);
	if (error < 0)
		return error_errno(err, error, "%s", run->cgroup.path);
	error_errno(err, -error, "%s", argv[0]);
	return error == ENOENT ? EXIT_NOT_FOUND : EXIT_NOT_RUN;
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

/* Return: exit status of the command, as a shell would tell it. */
static int follow(struct run *run, int *ret_status, struct error *err)
{
	const struct timespec wait = { .tv_nsec = DRAIN_NS };
	uint64_t next = run->started_ns + LOOK_NS;
	int status = 0;

	while (waitpid(run->child, &status, WNOHANG) == 0) {
		pass_on(run, sigtimedwait(&run->held, NULL, &wait));
		drain(run);
		if (clock_now_ns(CLOCK_MONOTONIC) < next)
			continue;
		/* One that fails here is made up for by the last one. */
		look(run, NULL);
		next = clock_now_ns(CLOCK_MONOTONIC) + LOOK_NS;
	}
	run->took_ns = clock_now_ns(CLOCK_MONOTONIC) - run->started_ns;
	*ret_status = WIFSIGNALED(status) ? 128 + WTERMSIG(status) :
					    WEXITSTATUS(status);
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
	return EXIT_OWN;
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
	r = members_add_pid(&run->members, run->child);
	if (r < 0)
		error_errno(err, r, "run");
	else
		r = follow(run, &status, err);
	if (r == 0)
		r = report(run, status, argv, err);
	/* The command's own status says more than ours would. */
	if (r < 0)
		complain(err);
	return status || r == 0 ? status : EXIT_OWN;
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
		return status ? EXIT_OWN : 0;
	if (optind == argc) {
		usage_error(self, "no command given");
		return EXIT_OWN;
	}

	hold_signals(&run);
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
