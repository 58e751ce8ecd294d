// SPDX-License-Identifier: GPL-2.0-or-later
/* The running of it: from the first check to everything given back. */
#include <errno.h>
#include <inttypes.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/clock.h"
#include "manager.h"
#include "source.h"
#include "state.h"

/* While pages move, look this often. */
#define STEP_NS		(100 * NSEC_PER_MSEC)
/* Sizes that do not change for so long are taken to be at rest. */
#define REST_NS		(300 * NSEC_PER_MSEC)
#define REST_TRIES	10
/* Giving back ends when nothing has moved for so long. */
#define GIVE_UP_NS	(60 * NSEC_PER_SEC)

/**
 * struct manager - everything that a run needs
 * @options: the command line
 * @source: where use is known from
 * @subject: who is followed
 * @hv: the hypervisor
 * @controller: what decides and moves
 * @report: where things are told
 * @state_path: of the state file
 * @state: its contents
 * @lock_fd: being the only one, -1 without
 * @signal_fd: readable when the run is to end
 * @next_sample_ns: when the group is looked at next, CLOCK_MONOTONIC
 * @moved: what the last step saw
 */
struct manager {
	const struct options *options;
	struct source *source;
	struct source_subject subject;
	struct hv *hv;
	struct controller controller;
	struct report report;
	char *state_path;
	struct state state;
	int lock_fd;
	int signal_fd;
	uint64_t next_sample_ns;
	struct move_report moved;
};

static uint64_t now(void)
{
	return clock_now_ns(CLOCK_MONOTONIC);
}

static void manager_close(struct manager *m)
{
	report_exit(&m->report);
	group_destroy(m->subject.group);
	source_destroy(m->source);
	hv_destroy(m->hv);
	free(m->state_path);
	if (m->lock_fd >= 0)
		close(m->lock_fd);
	if (m->signal_fd >= 0)
		close(m->signal_fd);
}

static int catch_signals(struct manager *m, struct error *err)
{
	sigset_t set;

	sigemptyset(&set);
	sigaddset(&set, SIGTERM);
	sigaddset(&set, SIGINT);
	sigaddset(&set, SIGHUP);
	sigprocmask(SIG_BLOCK, &set, NULL);
	/* Whoever read our output may go; the memory must still come back. */
	signal(SIGPIPE, SIG_IGN);
	m->signal_fd = signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
	if (m->signal_fd < 0)
		return error_errno(err, -errno, "signals");
	return 0;
}

/* Sizes taken in the midst of somebody else's move would never be met again. */
static int read_at_rest(struct hv *hv, struct move_base *base,
			struct error *err)
{
	struct hv_sizes guest, host;
	int tries, r;

	r = hv_read(hv, &base->guest, &guest, err);
	if (r == 0)
		r = hv_read(hv, &base->host, &host, err);
	for (tries = 0; r == 0 && tries < REST_TRIES; tries++) {
		clock_sleep(REST_NS);
		r = hv_read(hv, &base->guest, &base->guest_sizes, err);
		if (r == 0)
			r = hv_read(hv, &base->host, &base->host_sizes, err);
		if (r < 0 || (memcmp(&guest, &base->guest_sizes, sizeof(guest)) == 0 &&
			      memcmp(&host, &base->host_sizes, sizeof(host)) == 0))
			return r;
		guest = base->guest_sizes;
		host = base->host_sizes;
	}
	if (r == 0)
		r = error_set(err, -EBUSY,
			      "%s: somebody else is changing its size or the host's; try again when they are at rest",
			      base->guest.name);
	return r;
}

/* What an earlier run left: another --once may go on from there. */
static int take_over(struct manager *m, struct move_base *base,
		     bool *ret_found, struct error *err)
{
	struct state old;
	int r = state_load(m->state_path, &old, err);

	*ret_found = false;
	if (r == -ENOENT)
		return 0;
	if (r < 0)
		return r;
	if (old.stale)
		return state_remove(m->state_path, err);
	if (!old.once || !m->options->once ||
	    strcmp(old.base.guest.uuid, base->guest.uuid) != 0)
		return error_set(err, -EEXIST,
				 "%s: memory moved by an earlier run has not been given back; run 'balloon-sync restore' first",
				 m->state_path);
	*base = old.base;
	*ret_found = true;
	return 0;
}

static int find_base(struct manager *m, struct move_base *base,
		     struct error *err)
{
	bool found = false;
	int r = hv_find(m->hv, m->options->guest, &base->guest, err);

	if (r == 0)
		r = hv_host(m->hv, &base->host, err);
	if (r == 0 && !m->options->dry_run)
		r = take_over(m, base, &found, err);
	if (r == 0 && !found)
		r = read_at_rest(m->hv, base, err);
	return r;
}

static int lock_state(struct manager *m, struct error *err)
{
	int r;

	if (m->options->state) {
		m->state_path = strdup(m->options->state);
		r = m->state_path ? 0 : error_errno(err, -ENOMEM, "state");
	} else {
		r = state_path(m->options->guest, &m->state_path, err);
	}
	if (r == 0 && !m->options->dry_run)
		r = state_lock(m->state_path, &m->lock_fd, err);
	return r;
}

static int open_all(struct manager *m, struct error *err)
{
	const struct options *o = m->options;
	int r = report_init(&m->report, o->json, o->log, now(), err);

	m->report.dry_run = o->dry_run;
	if (r == 0)
		r = source_filecache_create(&m->source, err);
	if (r == 0)
		r = group_create(o->group.text, &o->group, 1, GROUP_NOW,
				 &m->subject.group, err);
	m->subject.source = m->source;
	if (r == 0)
		r = hv_xen_create(&m->hv, err);
	if (r == 0)
		r = lock_state(m, err);
	if (r == 0)
		r = catch_signals(m, err);
	return r;
}

/* The first sample is taken here, so that what cannot work fails early. */
static int prepare(struct manager *m, struct error *err)
{
	const struct options *o = m->options;
	struct controller_config config = {
		.law = o->law,
		.linger_ns = o->linger_ns,
		.patience_ns = o->patience_ns,
	};
	struct move_base *base = &m->state.base;
	int r = find_base(m, base, err);

	if (r < 0)
		return r;
	if (config.law.floor_kb == OPTIONS_FLOOR_HALF)
		config.law.floor_kb = base->guest_sizes.actual_kb / 2;
	r = controller_check(&config.law, base, err);
	if (r == 0)
		r = source_sample(&m->subject, 1, err);
	if (r == 0)
		r = controller_init(&m->controller, &config, m->hv, base,
				    now(), err);
	if (r == 0 && !o->dry_run)
		r = state_save(m->state_path, &m->state, err);
	return r;
}

static int sample(struct manager *m, struct error *err)
{
	struct controller *c = &m->controller;
	bool evict, limit_changed;
	uint64_t kb;
	int r = source_sample(&m->subject, 1, err);

	if (r < 0)
		return r;
	evict = controller_sample(c, &m->subject.usage, now(), &limit_changed);
	if (limit_changed)
		report_limit(&m->report, c);
	if (!evict || m->options->dry_run)
		return 0;
	r = source_evict(m->source, m->subject.group, &kb, err);
	if (r == 0 && kb)
		report_line(&m->report, m->options->group.text,
			    "has ended; %" PRIu64 " kB of its page cache dropped",
			    kb);
	return r;
}

static int step(struct manager *m, struct error *err)
{
	struct controller *c = &m->controller;
	int r;

	if (m->options->dry_run) {
		struct hv_sizes guest, host;

		r = hv_read(m->hv, &c->move.base.guest, &guest, err);
		if (r == 0)
			r = hv_read(m->hv, &c->move.base.host, &host, err);
		if (r == 0) {
			m->moved.guest_kb = guest.actual_kb;
			m->moved.host_kb = host.actual_kb;
		}
		return r;
	}
	r = controller_step(c, now(), &m->moved, err);
	if (r == 0)
		report_events(&m->report, c, &m->moved);
	return r;
}

static bool is_finished(const struct manager *m)
{
	if (m->options->once && m->moved.phase != MOVE_UNDER_WAY)
		return true;
	return group_ended(m->subject.group) &&
	       usage_total(&m->controller.usage) == 0 &&
	       m->moved.phase != MOVE_UNDER_WAY;
}

/* Until the next sample or step is due, or a signal is here. */
static bool wait_signal(struct manager *m)
{
	struct pollfd fd = { .fd = m->signal_fd, .events = POLLIN };
	uint64_t until = m->next_sample_ns, time = now();
	struct timespec timeout;

	if (m->moved.phase == MOVE_UNDER_WAY && until > time + STEP_NS)
		until = time + STEP_NS;
	until = until > time ? until - time : 0;
	timeout.tv_sec = (time_t)(until / NSEC_PER_SEC);
	timeout.tv_nsec = (long)(until % NSEC_PER_SEC);
	return ppoll(&fd, 1, &timeout, NULL) > 0;
}

static int loop(struct manager *m, struct error *err)
{
	uint64_t interval = m->options->interval_ns;
	int r = 0;

	m->next_sample_ns = now();
	do {
		uint64_t time = now();
		bool sampled = time >= m->next_sample_ns;

		if (sampled) {
			r = sample(m, err);
			if (r < 0)
				break;
			/* What has been missed is not made up for. */
			m->next_sample_ns += interval *
				((time - m->next_sample_ns) / interval + 1);
		}
		r = step(m, err);
		if (r < 0)
			break;
		if (sampled)
			report_sample(&m->report, &m->controller, &m->moved,
				      time);
		if (is_finished(m))
			break;
	} while (!wait_signal(m));
	return r;
}

int manager_give_back(struct controller *c, struct report *report,
		      struct error *err)
{
	uint64_t progress_ns = now(), last_kb = 0;
	struct move_report moved;
	int r;

	controller_stop(c);
	do {
		r = controller_step(c, now(), &moved, err);
		/* Said once, after which only the host is left. */
		if (r == -ENODEV)
			continue;
		if (r < 0)
			return r;
		report_events(report, c, &moved);
		if (moved.phase == MOVE_DONE)
			break;
		if (moved.guest_kb + moved.arrived_kb != last_kb)
			progress_ns = now();
		last_kb = moved.guest_kb + moved.arrived_kb;
		clock_sleep(STEP_NS);
	} while (now() < progress_ns + GIVE_UP_NS);
	return move_verify(&c->move, err);
}

/* Leave memory where it is, on purpose, for a later --once or restore. */
static int leave(struct manager *m, struct error *err)
{
	if (m->controller.move.wanted_kb == 0 && m->moved.phase == MOVE_DONE)
		return state_remove(m->state_path, err);
	m->state.once = true;
	return state_save(m->state_path, &m->state, err);
}

static int finish(struct manager *m, struct error *err)
{
	const struct move_base *base = &m->state.base;
	uint64_t kb;
	int r = source_evict(m->source, m->subject.group, &kb, NULL);

	/* The group pays with its own cache, not others with theirs. */
	if (r < 0 && r != -ENOENT)
		report_line(&m->report, m->options->group.text,
			    "its page cache could not be dropped");
	r = manager_give_back(&m->controller, &m->report, err);
	if (r == 0)
		r = state_remove(m->state_path, err);
	if (r < 0)
		return r;
	report_line(&m->report, base->guest.name,
		    m->controller.move.guest_gone ?
		    "is gone; %s is at its %" PRIu64 " MB again" :
		    "all memory is back, as is that of %s (%" PRIu64 " MB)",
		    base->host.name, base->host_sizes.actual_kb >> 10);
	return 0;
}

static int follow(struct manager *m, struct error *err)
{
	struct error later = { 0 };
	int r = loop(m, err), back;

	if (m->options->dry_run)
		return r;
	if (r == 0 && m->options->once)
		return leave(m, err);
	back = finish(m, &later);
	if (back < 0)
		report_line(&m->report, m->state_path,
			    "not everything is back (%s); 'balloon-sync restore' tries again",
			    later.text);
	if (r == 0 && back < 0)
		*err = later;
	return r < 0 ? r : back;
}

int manager_run(const struct options *options, struct error *err)
{
	struct manager m = {
		.options = options,
		.lock_fd = -1,
		.signal_fd = -1,
	};
	int r = open_all(&m, err);

	if (r == 0)
		r = prepare(&m, err);
	if (r == 0)
		r = follow(&m, err);
	manager_close(&m);
	return r;
}
