// SPDX-License-Identifier: GPL-2.0-or-later
/* filecache watch: say when owners end and when caches pass a size. */
#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <linux/filecache.h>

#include "base/clock.h"
#include "base/parse.h"
#include "cgroup.h"
#include "command.h"
#include "event-line.h"
#include "owners.h"
#include "seen.h"
#include "target.h"

/* As many as the module lets one watcher have. */
#define TARGETS_MAX 64
/* The module says nothing when it or an owner goes: it is asked so often. */
#define CHECK_NS (10 * NSEC_PER_SEC)

enum {
	OPTION_EXITS = OPTION_OWN,
	OPTION_LEAST,
	OPTION_ABOVE,
	OPTION_HYSTERESIS,
	OPTION_CGROUP,
	OPTION_OWNER,
	OPTION_PID,
	OPTION_ONCE,
};

/**
 * struct watched - something whose cache is watched
 * @name: as the user calls it
 * @option: OPTION_CGROUP, OPTION_OWNER or OPTION_PID
 * @above: size in bytes
 * @hysteresis: in bytes, 0 for the module's choice
 * @threshold: of the module
 * @gone: it can pass nothing more
 */
struct watched {
	const char *name;
	int option;
	uint64_t above;
	uint64_t hysteresis;
	struct filecache_threshold threshold;
	bool gone;
};

/**
 * struct watch - a watcher
 * @options: shared options
 * @exits: tell of owners' ends
 * @least: bytes that an owner must leave to be told of
 * @above: of the targets that follow on the command line
 * @hysteresis: likewise
 * @targets: what is watched
 * @count: of @targets
 * @wanted: ends and crossings until it ends, 0 for never
 * @told: of them so far
 * @client: the thresholds live as long as it
 * @events: announcements
 * @style: of lines
 * @seen: ends that were told
 */
struct watch {
	struct options options;
	bool exits;
	uint64_t least;
	uint64_t above;
	uint64_t hysteresis;
	struct watched targets[TARGETS_MAX];
	size_t count;
	uint64_t wanted;
	uint64_t told;
	struct filecache_client *client;
	struct filecache_events *events;
	struct event_style style;
	struct seen seen;
};

static bool enough(const struct watch *watch)
{
	return watch->wanted && watch->told >= watch->wanted;
}

static int tell_exit(struct watch *watch, const struct filecache_owner *owner,
		     struct error *err)
{
	if (enough(watch) ||
	    filecache_pages(owner) * watch->style.page_size < watch->least)
		return 0;
	watch->told++;
	return event_line_exit(&watch->style, time(NULL), owner, err);
}

static int tell_threshold(struct watch *watch, const struct watched *watched,
			  struct error *err)
{
	if (enough(watch))
		return 0;
	watch->told++;
	return event_line_threshold(&watch->style, time(NULL), watched->name,
				    &watched->threshold, err);
}

/* Announcements are for all watchers: only this one's own thresholds count. */
static struct watched *find_own(struct watch *watch,
				const struct filecache_threshold *threshold)
{
	size_t i;

	for (i = 0; i < watch->count; i++) {
		const struct filecache_threshold *own = &watch->targets[i].threshold;

		if (own->id == threshold->id &&
		    own->owner_id == threshold->owner_id &&
		    own->cgroup_id == threshold->cgroup_id)
			return &watch->targets[i];
	}
	return NULL;
}

static int take_threshold(struct watch *watch,
			  const struct filecache_threshold *threshold,
			  struct error *err)
{
	struct watched *watched = find_own(watch, threshold);

	/* After a loss, the state may have been told already. */
	if (!watched || watched->threshold.state == threshold->state)
		return 0;
	watched->threshold.state = threshold->state;
	watched->threshold.now = threshold->now;
	return tell_threshold(watch, watched, err);
}

/* Setting a threshold anew tells the state that it has now. */
static int renew_thresholds(struct watch *watch, struct error *err)
{
	size_t i;
	int r = 0;

	for (i = 0; r == 0 && i < watch->count; i++) {
		struct watched *watched = &watch->targets[i];
		struct filecache_threshold fresh = watched->threshold;

		if (watched->gone)
			continue;
		filecache_threshold_del(watch->client, fresh.id, NULL);
		r = filecache_threshold_set(watch->client, &fresh, err);
		if (r == -ENOENT) {
			/* Its owner has been freed, which is told when asked for. */
			r = 0;
			continue;
		}
		if (r < 0)
			return r;
		watched->threshold.id = fresh.id;
		r = take_threshold(watch, &fresh, err);
	}
	return r;
}

static int tell_missed(struct watch *watch, struct error *err)
{
	struct owners owners;
	size_t i;
	int r = owners_init(&owners, watch->client, err);

	if (r < 0)
		return r;
	for (i = 0; r == 0 && i < owners.count; i++)
		if (seen_missed(&watch->seen, &owners.list[i]))
			r = tell_exit(watch, &owners.list[i], err);
	owners_exit(&owners);
	return r;
}

static int resynchronise(struct watch *watch, struct error *err)
{
	int r = renew_thresholds(watch, err);

	if (r == 0 && watch->exits)
		r = tell_missed(watch, err);
	return r;
}

static int take_event(struct watch *watch, const struct filecache_event *event,
		      bool *lost, struct error *err)
{
	switch (event->kind) {
	case FILECACHE_EVENT_EXIT:
		if (seen_add(&watch->seen, event->owner.id))
			return tell_exit(watch, &event->owner, err);
		break;
	case FILECACHE_EVENT_THRESHOLD:
		return take_threshold(watch, &event->threshold, err);
	case FILECACHE_EVENT_LOST:
		if (*lost)
			break;
		*lost = true;
		return event_line_lost(&watch->style, time(NULL), err);
	}
	return 0;
}

/* All that has been announced; after a loss, what is left of it goes first. */
static int drain(struct watch *watch, struct error *err)
{
	uint64_t now = clock_now_ns(CLOCK_BOOTTIME);
	struct filecache_event event;
	bool lost = false;
	int r = 0;

	while (!enough(watch)) {
		r = filecache_events_next(watch->events, &event, err);
		if (r <= 0)
			break;
		r = take_event(watch, &event, &lost, err);
		if (r < 0)
			break;
	}
	if (r == 0 && lost)
		r = resynchronise(watch, err);
	if (r == 0)
		seen_all(&watch->seen, now);
	return r < 0 ? r : 0;
}

/*
 * Whether an owner can pass its threshold no more.  One that runs no program now
 * gets no more pages; what it has passed already is announced in time.
 */
static bool is_past(const struct watched *watched,
		    const struct filecache_owner *owner)
{
	return owner->flags & (FILECACHE_OWNER_FLAG_DEAD |
			       FILECACHE_OWNER_FLAG_EXECED) &&
	       !watched->threshold.state &&
	       filecache_pages(owner) < watched->threshold.pages;
}

static int check_target(struct watch *watch, struct watched *watched,
			struct error *err)
{
	struct filecache_owner owner;
	int r;

	if (watched->gone || watched->option == OPTION_CGROUP)
		return 0;
	r = filecache_get_owner(watch->client, watched->threshold.owner_id,
				&owner, err);
	if (r < 0 && r != -ENOENT)
		return r;
	if (r == 0 && !is_past(watched, &owner))
		return 0;
	watched->gone = true;
	filecache_threshold_del(watch->client, watched->threshold.id, NULL);
	return event_line_gone(&watch->style, time(NULL), watched->name, err);
}

/* Whether there is still something that may happen. */
static int check(struct watch *watch, struct error *err)
{
	struct filecache_stats stats;
	bool any = watch->exits;
	size_t i;
	int r;

	r = filecache_get_stats(watch->client, &stats, err);
	if (r == -ENOENT)
		return error_set(err, r,
				 "watch: the module has been unloaded; load it and start anew");
	for (i = 0; r == 0 && i < watch->count; i++) {
		r = check_target(watch, &watch->targets[i], err);
		any |= !watch->targets[i].gone;
	}
	if (r == 0 && !any)
		return error_set(err, -ESRCH,
				 "watch: all that was watched has ended; name what runs");
	return r;
}

static int follow(struct watch *watch, struct error *err)
{
	uint64_t next = clock_now_ns(CLOCK_MONOTONIC) + CHECK_NS;
	struct pollfd wait = {
		.fd = filecache_events_fd(watch->events),
		.events = POLLIN,
	};
	int r = 0;

	while (r == 0 && !enough(watch)) {
		if (poll(&wait, 1, CHECK_NS / NSEC_PER_MSEC) < 0 &&
		    errno != EINTR)
			return error_errno(err, -errno, "watch");
		r = drain(watch, err);
		if (r < 0 || enough(watch) ||
		    clock_now_ns(CLOCK_MONOTONIC) < next)
			continue;
		r = check(watch, err);
		next = clock_now_ns(CLOCK_MONOTONIC) + CHECK_NS;
	}
	return r;
}

static int find_target(struct watch *watch, struct watched *watched,
		       struct error *err)
{
	struct filecache_owner owner;
	struct target target;
	int r;

	if (watched->option == OPTION_CGROUP)
		return cgroup_id(watched->name, &watched->threshold.cgroup_id,
				 err);
	r = target_parse(watched->name, &target, err);
	if (r < 0)
		return r;
	if (target.owner)
		r = filecache_get_owner(watch->client, target.owner, &owner,
					err);
	else
		r = filecache_get_pid(watch->client, target.pid, &owner, err);
	if (r < 0)
		return r;
	if (owner.id == 0)
		return error_set(err, -ENOENT,
				 "pid %s: has brought nothing in yet; watch its cgroup",
				 watched->name);
	watched->threshold.owner_id = owner.id;
	return 0;
}

static int set_thresholds(struct watch *watch, struct error *err)
{
	uint64_t page = watch->style.page_size;
	size_t i;
	int r = 0;

	for (i = 0; r == 0 && i < watch->count; i++) {
		struct watched *watched = &watch->targets[i];

		r = find_target(watch, watched, err);
		watched->threshold.pages = (watched->above + page - 1) / page;
		watched->threshold.hysteresis =
			(watched->hysteresis + page - 1) / page;
		if (r == 0)
			r = filecache_threshold_set(watch->client,
						    &watched->threshold, err);
		/* What is above already has been waited for long enough. */
		if (r == 0 && watched->threshold.state)
			r = tell_threshold(watch, watched, err);
	}
	return r;
}

static int run(struct watch *watch, struct error *err)
{
	unsigned int kinds = (watch->exits ? FILECACHE_EVENT_EXIT : 0) |
			     (watch->count ? FILECACHE_EVENT_THRESHOLD : 0);
	struct filecache_stats stats;
	int r;

	r = filecache_client_create(&watch->client, err);
	if (r == 0)
		r = filecache_get_stats(watch->client, &stats, err);
	/* Listening first, so that nothing happens in between. */
	if (r == 0)
		r = filecache_events_create(&watch->events, kinds, err);
	if (r == 0) {
		watch->style = (struct event_style){
			.to = stdout, .json = watch->options.json,
			.page_size = stats.page_size,
		};
		seen_all(&watch->seen, clock_now_ns(CLOCK_BOOTTIME));
		r = set_thresholds(watch, err);
	}
	if (r == 0)
		r = follow(watch, err);
	filecache_events_destroy(watch->events);
	filecache_client_destroy(watch->client);
	return r;
}

static int add_target(const struct command *self, struct watch *watch,
		      int option, const char *name)
{
	struct target target;
	struct error err;

	if (!watch->above)
		return usage_error(self, "'%s': say --above SIZE before it",
				   name);
	if (watch->count == TARGETS_MAX)
		return usage_error(self, "more than %d targets", TARGETS_MAX);
	if (option == OPTION_CGROUP && name[0] != '/')
		return usage_error(self, "--cgroup: '%s' does not begin with '/'",
				   name);
	if (option != OPTION_CGROUP) {
		if (target_parse(name, &target, &err) < 0)
			return usage_error(self, "%s", err.text);
		if (option == OPTION_OWNER && !target.owner)
			return usage_error(self, "--owner: '%s' is written like @17",
					   name);
		if (option == OPTION_PID && !target.pid)
			return usage_error(self, "--pid: '%s' is an owner", name);
	}
	watch->targets[watch->count++] = (struct watched){
		.name = name, .option = option, .above = watch->above,
		.hysteresis = watch->hysteresis,
	};
	return 0;
}

static int take_option(const struct command *self, int option,
		       struct watch *watch)
{
	struct error err;
	int r = 0;

	switch (option) {
	case OPTION_EXITS:
		watch->exits = true;
		break;
	case OPTION_LEAST:
		r = parse_size("--least", optarg, 0, INT64_MAX, &watch->least,
			       &err);
		break;
	case OPTION_ABOVE:
		r = parse_size("--above", optarg, 1, INT64_MAX, &watch->above,
			       &err);
		break;
	case OPTION_HYSTERESIS:
		r = parse_size("--hysteresis", optarg, 1, INT64_MAX,
			       &watch->hysteresis, &err);
		break;
	case OPTION_CGROUP:
	case OPTION_OWNER:
	case OPTION_PID:
		return add_target(self, watch, option, optarg);
	case OPTION_ONCE:
		watch->wanted = 1;
		break;
	case 'n':
		r = parse_u64("--count", optarg, 1, UINT32_MAX, &watch->wanted,
			      &err);
		break;
	}
	return r < 0 ? usage_error(self, "%s", err.text) : 0;
}

static int parse(const struct command *self, int argc, char **argv,
		 struct watch *watch, int *ret_status)
{
	static const struct option longs[] = {
		{ "exits", no_argument, NULL, OPTION_EXITS },
		{ "least", required_argument, NULL, OPTION_LEAST },
		{ "above", required_argument, NULL, OPTION_ABOVE },
		{ "hysteresis", required_argument, NULL, OPTION_HYSTERESIS },
		{ "cgroup", required_argument, NULL, OPTION_CGROUP },
		{ "owner", required_argument, NULL, OPTION_OWNER },
		{ "pid", required_argument, NULL, OPTION_PID },
		{ "once", no_argument, NULL, OPTION_ONCE },
		{ "count", required_argument, NULL, 'n' },
		OPTIONS_END_JSON
	};
	int option;

	while ((option = options_next(self, argc, argv, ":hn:", longs,
				      &watch->options, ret_status)) >= 0) {
		*ret_status = take_option(self, option, watch);
		if (*ret_status != 0)
			return OPTIONS_EXIT;
	}
	if (option == OPTIONS_EXIT)
		return option;
	if (optind < argc)
		*ret_status = usage_error(self, "'%s' is too much", argv[optind]);
	else if (watch->above && watch->count == 0)
		*ret_status = usage_error(self, "--above what: name a --cgroup, --owner or --pid");
	else
		*ret_status = 0;
	return *ret_status ? OPTIONS_EXIT : option;
}

static int run_watch(const struct command *self, int argc, char **argv,
		     struct error *err)
{
	struct watch *watch = calloc(1, sizeof(*watch));
	int r, status;

	if (!watch)
		return error_errno(err, -ENOMEM, "watch");
	watch->least = 1;
	if (parse(self, argc, argv, watch, &status) == OPTIONS_EXIT) {
		free(watch);
		return status;
	}
	watch->exits |= watch->count == 0;
	r = run(watch, err);
	free(watch);
	return r;
}

const struct command command_watch = {
	.name = "watch",
	.run = run_watch,
	.brief = "say when owners end and when caches pass a size",
	.help =
	"filecache watch [OPTION]...\n\n"
	"Print a line whenever a process ends that leaves cache behind, or whenever\n"
	"the cache of an owner or a cgroup goes above a size or below it again.  It\n"
	"sleeps in between: the module announces both.  When all that is watched has\n"
	"ended, or the module is unloaded, it ends with status 1.  Needs CAP_NET_ADMIN.\n\n"
	"      --exits            ends of processes, also when there are thresholds\n"
	"      --least SIZE       only ends that leave so much (1: anything)\n"
	"      --above SIZE       threshold of what is named behind it:\n"
	"      --cgroup PATH        of all owners of just this cgroup\n"
	"      --owner @OWNER       of an owner\n"
	"      --pid PID            of the program that a process runs now\n"
	"      --hysteresis SIZE  \"below\" is so much lower (a 16th), of what is named\n"
	"                         behind it\n"
	"  -n, --count N          end after N ends or crossings\n"
	"      --once             end after one\n"
	HELP_END_JSON "\n"
	"Examples:\n"
	"  filecache watch                                who ends, and leaves what\n"
	"  filecache watch --above 500M --cgroup /ids     when the IDS takes too much\n"
	"  filecache watch --once --above 1G --pid 4711 && filecache evict 4711\n",
};
