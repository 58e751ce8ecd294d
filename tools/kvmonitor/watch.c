// SPDX-License-Identifier: GPL-2.0-or-later
/* kvmonitor watch: what appears in the guest, and what vanishes. */
#include <errno.h>
#include <inttypes.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <time.h>

#include "base/cleanup.h"
#include "base/clock.h"
#include "base/json.h"
#include "base/parse.h"
#include "base/text.h"
#include "command.h"
#include "doubt.h"
#include "scene.h"
#include "vm.h"

#define INTERVAL_NS	(2 * NSEC_PER_SEC)
#define INTERVAL_MIN_NS	(10 * NSEC_PER_MSEC)
#define DAY_NS		(86400 * NSEC_PER_SEC)
#define COUNT_MAX	1000000000
#define WHEN_MAX	40
#define BLIND		"mounts cannot be seen, as there is no first process"

enum {
	OPTION_INTERVAL = VM_OPTION_OWN,
	OPTION_FOR,
	OPTION_COUNT,
	OPTION_FILES,
};

/**
 * struct watch - a watch
 * @json: whether JSON is wanted
 * @interval_ns: between two looks
 * @for_ns: until it ends, 0 for never
 * @wanted: events until it ends, 0 for never
 * @told: of them so far
 * @files: whether open files are told too
 * @when: of the look whose events are told
 * @doubts: that were told
 */
struct watch {
	bool json;
	uint64_t interval_ns;
	uint64_t for_ns;
	uint64_t wanted;
	uint64_t told;
	bool files;
	time_t when;
	struct doubt_watch doubts;
};

static const char * const kinds[] = {
	[SCENE_PROCESS] = "process",
	[SCENE_SOCKET] = "socket",
	[SCENE_MODULE] = "module",
	[SCENE_MOUNT] = "mount",
	[SCENE_FILE] = "file",
};

/* Return: 0, -ENOMEM. */
static int print_json(const struct watch *watch, const struct scene_thing *thing, bool appeared,
		      const char *when)
{
	json_t *json = json_pack("{s:s, s:s, s:s, s:o, s:o, s:o}", "time", when,
				 "event", appeared ? "appeared" : "vanished",
				 "kind", kinds[thing->kind],
				 "pid", thing->pid ? json_u64(thing->pid) : json_null(),
				 "name", json_text(thing->name), "text", json_text(thing->text));
	int r = json ? json_dumpf(json, stdout, JSON_ENSURE_ASCII | JSON_COMPACT) : -1;

	putchar('\n');
	json_decref(json);
	return r < 0 ? -ENOMEM : 0;
}

static int print_text(const struct scene_thing *thing, bool appeared, const char *when)
{
	__free_mem char *name = text_escape(thing->name);
	__free_mem char *text = text_escape(thing->text);
	char pid[24] = "";

	if (!name || !text)
		return -ENOMEM;
	if (thing->pid)
		snprintf(pid, sizeof(pid), " of %" PRIu32, thing->pid);
	if (thing->kind == SCENE_PROCESS)
		snprintf(pid, sizeof(pid), " %" PRIu32, thing->pid);
	printf("%s  %s  %s%s  %s%s%s\n", when, appeared ? "+" : "-", kinds[thing->kind], pid,
	       name, text[0] ? "  " : "", text);
	return 0;
}

/* JSON has the time with its zone, people know theirs. */
static const char *show_time(const struct watch *watch, char ret[WHEN_MAX])
{
	struct tm tm;

	snprintf(ret, WHEN_MAX, "-");
	if (watch->json && gmtime_r(&watch->when, &tm))
		strftime(ret, WHEN_MAX, "%Y-%m-%dT%H:%M:%SZ", &tm);
	else if (localtime_r(&watch->when, &tm))
		strftime(ret, WHEN_MAX, "%Y-%m-%d %H:%M:%S", &tm);
	return ret;
}

static int tell(const struct scene_thing *thing, bool appeared, void *data)
{
	struct watch *watch = data;
	char when[WHEN_MAX];
	int r;

	show_time(watch, when);
	r = watch->json ? print_json(watch, thing, appeared, when) :
				  print_text(thing, appeared, when);
	if (r < 0)
		return r;
	/* A watch is read line by line. */
	if (fflush(stdout) != 0)
		return -errno;
	watch->told++;
	return watch->wanted && watch->told == watch->wanted;
}

static int print_doubts(const struct watch *watch, const char *text)
{
	const struct guest_doubts *doubts = &watch->doubts.told;
	char when[WHEN_MAX];
	json_t *json;
	int r;

	show_time(watch, when);
	if (!watch->json) {
		printf("%s  !  %s\n", when, text);
		return 0;
	}
	json = json_pack("{s:s, s:s, s:n, s:n, s:n, s:s, s:{s:o, s:o, s:o}, s:b}", "time", when,
			 "event", "doubts", "kind", "pid", "name", "text", text, "doubts",
			 "torn", json_u64(doubts->torn), "bad", json_u64(doubts->bad),
			 "cut", json_u64(doubts->cut), "mounts_unseen", watch->doubts.blind);
	r = json ? json_dumpf(json, stdout, JSON_ENSURE_ASCII | JSON_COMPACT) : -1;
	putchar('\n');
	json_decref(json);
	return r < 0 ? -ENOMEM : 0;
}

/* What is behind them, or was made so that it is behind them, is not told. */
static int tell_doubts(struct watch *watch, const struct guest_doubts *now, bool blind)
{
	const struct guest_doubts *told = &watch->doubts.told;
	char text[DOUBT_TEXT_MAX], line[DOUBT_TEXT_MAX + sizeof(BLIND)];
	int r;

	if (!doubt_news(&watch->doubts, now, blind))
		return 0;
	snprintf(line, sizeof(line), "%s%s%s", doubt_any(told) ? doubt_text(told, text) : "",
		 doubt_any(told) && blind ? "; " : "", blind ? BLIND : "");
	r = print_doubts(watch, line[0] ? line : "no longer in doubt");
	if (r == 0 && fflush(stdout) != 0)
		r = -errno;
	return r;
}

static void note_signal(int signal)
{
}

/* Signals that are to end it interrupt the waiting, and nothing else. */
static void catch_ends(sigset_t *ret_waiting)
{
	const struct sigaction action = { .sa_handler = note_signal };
	sigset_t ends;

	sigemptyset(&ends);
	sigaddset(&ends, SIGINT);
	sigaddset(&ends, SIGTERM);
	sigprocmask(SIG_BLOCK, &ends, ret_waiting);
	sigaction(SIGINT, &action, NULL);
	sigaction(SIGTERM, &action, NULL);
	sigdelset(ret_waiting, SIGINT);
	sigdelset(ret_waiting, SIGTERM);
}

/* Until the next look. Return: 0; 1 when it is to end instead; -ESRCH without QEMU. */
static int wait_for(const sigset_t *waiting, int end_fd, uint64_t ns, struct error *err)
{
	struct pollfd end = { .fd = end_fd, .events = POLLIN };
	const struct timespec time = {
		.tv_sec = (time_t)(ns / NSEC_PER_SEC),
		.tv_nsec = (long)(ns % NSEC_PER_SEC),
	};

	int n = ppoll(&end, 1, &time, waiting);

	return n <= 0 ? n < 0 : error_set(err, -ESRCH, "the virtual machine has ended");
}

static int look_again(struct watch *watch, struct guest *guest, struct scene *scene,
		      struct error *err)
{
	struct guest_doubts doubts = { 0 };
	struct scene now;
	int r = kernel_is_there(guest_kernel(guest), err);

	if (r < 0)
		return r == -ESTALE ?
		       error_set(err, r, "the virtual machine has been started anew") : r;
	r = scene_read(&now, guest, watch->files, scene, &doubts, err);
	if (r < 0)
		return r;
	watch->when = time(NULL);
	r = tell_doubts(watch, &doubts, now.blind);
	if (r == 0)
		r = scene_compare(scene, &now, tell, watch);
	scene_free(scene);
	*scene = now;
	return r < 0 ? error_errno(err, r, "output") : r;
}

/* Return: 0 at its end; negative errno. */
static int follow(struct watch *watch, struct guest *guest, int end_fd, struct error *err)
{
	uint64_t end = clock_now_ns(CLOCK_MONOTONIC) + watch->for_ns;
	struct guest_doubts doubts = { 0 };
	struct scene scene;
	sigset_t waiting;
	int r;

	catch_ends(&waiting);
	r = scene_read(&scene, guest, watch->files, NULL, &doubts, err);
	if (r < 0)
		return r;
	watch->when = time(NULL);
	r = tell_doubts(watch, &doubts, scene.blind);
	if (r < 0)
		error_errno(err, r, "output");
	while (r == 0) {
		r = wait_for(&waiting, end_fd, watch->interval_ns, err);
		if (r == 0)
			r = look_again(watch, guest, &scene, err);
		/* Its memory is gone a while before it is. */
		if (r < 0)
			wait_for(&waiting, end_fd, NSEC_PER_SEC, err);
		if (watch->for_ns && clock_now_ns(CLOCK_MONOTONIC) >= end)
			break;
	}
	scene_free(&scene);
	return r < 0 ? r : 0;
}

static int take_option(int option, const char *value, void *data, struct error *err)
{
	struct watch *watch = data;

	switch (option) {
	case OPTION_INTERVAL:
		return parse_duration("--interval", value, INTERVAL_MIN_NS, DAY_NS,
				      &watch->interval_ns, err);
	case OPTION_FOR:
		return parse_duration("--for", value, 1, 365 * DAY_NS, &watch->for_ns, err);
	case OPTION_COUNT:
		return parse_u64("--count", value, 1, COUNT_MAX, &watch->wanted, err);
	default:
		watch->files = true;
		return 0;
	}
}

static int show(struct vm *vm, struct out *out, char **arguments, size_t count,
		struct error *err)
{
	struct watch *watch = vm->data;

	watch->json = vm->json;
	return follow(watch, vm->guest, vm->end_fd, err);
}

static int run(const struct command *self, int argc, char **argv, struct error *err)
{
	static const struct option longs[] = {
		{ "interval", required_argument, NULL, OPTION_INTERVAL },
		{ "for", required_argument, NULL, OPTION_FOR },
		{ "count", required_argument, NULL, OPTION_COUNT },
		{ "files", no_argument, NULL, OPTION_FILES },
		OPTIONS_END_JSON
	};
	struct watch watch = { .interval_ns = INTERVAL_NS };
	const struct vm_show what = {
		.wants = "one VM",
		.streams = true,
		.show = show,
		.longs = longs,
		.option = take_option,
		.data = &watch,
	};

	/* Zones of time are files. */
	tzset();
	return vm_run(self, &what, argc, argv, err);
}

const struct command command_watch = {
	.name = "watch",
	.run = run,
	.brief = "what appears in it, and what vanishes",
	.help = "kvmonitor watch [OPTION]... VM\n\n"
		"Print a line for each process, socket, module and mount that appears or vanishes,\n"
		"until it is interrupted, or the virtual machine ends.  What comes and goes between\n"
		"two looks is not seen; a process that executes another program vanishes and appears.\n"
		"A line with '!' tells what could not be seen.\n"
		HELP_VM "\n"
		"      --interval T   look so often: 2, 0.5, 100ms (2 seconds)\n"
		"      --for T        end after that time\n"
		"      --count N      end after that many lines\n"
		"      --files        files that processes open and close as well\n"
		"  --json           print JSON, an object a line\n"
		HELP_END_HELP "\n"
		"Examples:\n"
		"  kvmonitor watch web1\n"
		"  kvmonitor watch --json --interval 250ms VM | jq 'select(.kind == \"module\")'\n",
};
