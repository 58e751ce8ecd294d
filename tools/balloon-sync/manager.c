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
#include "controller.h"
#include "giveback.h"
#include "manager.h"
#include "report.h"
#include "source.h"
#include "state.h"

/* While pages move, look this often. */
#define STEP_NS		(100 * NSEC_PER_MSEC)
/* Sizes that do not change for so long are taken to be at rest. */
#define REST_NS		(300 * NSEC_PER_MSEC)
#define REST_TRIES	10

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
 * @unreachable: the last step did not get through to the hypervisor
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
	bool unreachable;
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
	controller_exit(&m->controller);
	state_free(&m->state);
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

static int read_both(struct hv *hv, struct side_base *guest,
		     struct side_base *host, struct error *err)
{
	int r = hv_read(hv, &guest->domain, &guest->sizes, err);

	return r < 0 ? r : hv_read(hv, &host->domain, &host->sizes, err);
}

/* What a guest costs the host may change though nobody asked for it. */
static bool is_same(const struct hv_sizes *a, const struct hv_sizes *b)
{
	return a->actual_kb == b->actual_kb && a->target_kb == b->target_kb &&
	       a->max_kb == b->max_kb && a->static_max_kb == b->static_max_kb;
}

/* Sizes taken in the midst of somebody else's move would never be met again. */
static int read_at_rest(struct hv *hv, struct side_base *guest,
			struct side_base *host, struct error *err)
{
	int tries, r = read_both(hv, guest, host, err);

	for (tries = 0; r == 0 && tries < REST_TRIES; tries++) {
		struct hv_sizes guest_was = guest->sizes, host_was = host->sizes;

		clock_sleep(REST_NS);
		r = read_both(hv, guest, host, err);
		if (r < 0 || (is_same(&guest_was, &guest->sizes) &&
			      is_same(&host_was, &host->sizes)))
			return r;
	}
	if (r == 0)
		r = error_set(err, -EBUSY,
			      "%s: somebody else is changing its size or the host's; try again when they are at rest",
			      guest->domain.name);
	return r;
}

/* What an earlier run left: another --once may go on from there. */
static int take_over(struct manager *m, const struct hv_domain *guest,
		     struct error *err)
{
	struct state old = { 0 };
	const struct state_guest *left;
	int r = state_load(m->state_path, &old, err);

	if (r == -ENOENT)
		return 0;
	if (r < 0)
		return r;
	left = state_find(&old, guest->uuid);
	if (old.stale) {
		r = state_remove(m->state_path, err);
	} else if (!m->options->once || !left || !left->once || old.count != 1) {
		r = error_set(err, -EEXIST,
			      "%s: memory moved by an earlier run has not been given back; run 'balloon-sync restore' first",
			      m->state_path);
	} else {
		m->state = old;
		return 0;
	}
	state_free(&old);
	return r;
}

static int find_base(struct manager *m, struct error *err)
{
	struct state *state = &m->state;
	struct state_guest guest = { .base.quantum_kb = SIDE_PAGE_KB };
	struct side_base host = { .quantum_kb = SIDE_PAGE_KB };
	int r = hv_find(m->hv, m->options->guest, &guest.base.domain, err);

	if (r == 0)
		r = hv_host(m->hv, &host.domain, err);
	if (r == 0 && !m->options->dry_run)
		r = take_over(m, &guest.base.domain, err);
	if (r < 0 || state->count)
		return r;
	r = read_at_rest(m->hv, &guest.base, &host, err);
	if (r < 0)
		return r;
	state->host = host;
	return state_add(state, &guest, err);
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
	const struct side_base *guest;
	int r = find_base(m, err);

	if (r < 0)
		return r;
	guest = &m->state.guests[0].base;
	if (config.law.floor_kb == OPTIONS_FLOOR_HALF)
		config.law.floor_kb = guest->sizes.actual_kb / 2;
	r = controller_check(&config.law, guest, &m->state.host, err);
	if (r == 0)
		r = source_sample(&m->subject, 1, err);
	if (r == 0)
		r = controller_init(&m->controller, &config, m->hv, &m->state,
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

static int look(struct manager *m, struct error *err)
{
	struct side_base guest = m->state.guests[0].base, host = m->state.host;
	int r = read_both(m->hv, &guest, &host, err);

	if (r == 0) {
		m->moved.guest_kb = guest.sizes.actual_kb;
		m->moved.host_kb = host.sizes.actual_kb;
	}
	return r;
}

static int step(struct manager *m, struct error *err)
{
	struct controller *c = &m->controller;
	int r;

	if (m->options->dry_run)
		return look(m, err);
	r = controller_step(c, now(), &m->moved, err);
	if (r == -ENOTCONN) {
		if (!m->unreachable)
			report_line(&m->report, err->text, "it is tried again");
		m->unreachable = true;
		return 0;
	}
	m->unreachable = false;
	if (r < 0)
		return r;
	report_events(&m->report, &c->move, &m->moved);
	if (state_note_foreign(&m->state, &c->move))
		r = state_save(m->state_path, &m->state, err);
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

/* Leave memory where it is, on purpose, for a later --once or restore. */
static int leave(struct manager *m, struct error *err)
{
	if (m->controller.guest->wanted_kb == 0 && m->moved.phase == MOVE_DONE)
		return state_remove(m->state_path, err);
	m->state.guests[0].once = true;
	return state_save(m->state_path, &m->state, err);
}

static int finish(struct manager *m, struct error *err)
{
	struct controller *c = &m->controller;
	const struct side_base *host = &c->move.host.base;
	uint64_t kb;
	int r = source_evict(m->source, m->subject.group, &kb, NULL);

	/* The group pays with its own cache, not others with theirs. */
	if (r < 0 && r != -ENOENT)
		report_line(&m->report, m->options->group.text,
			    "its page cache could not be dropped");
	controller_stop(c);
	r = give_back(&c->move, m->state_path, &m->state, &m->report, err);
	if (r < 0)
		return r;
	report_line(&m->report, c->guest->side.base.domain.name,
		    c->guest->gone ?
		    "is gone; %s is at its %" PRIu64 " MB again" :
		    "all memory is back, as is that of %s (%" PRIu64 " MB)",
		    host->domain.name, host->sizes.actual_kb >> 10);
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
