// SPDX-License-Identifier: GPL-2.0-or-later
/* The running of it: from the first check to everything given back. */
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/clock.h"
#include "base/file.h"
#include "base/parse.h"
#include "ending.h"
#include "free.h"
#include "manager.h"
#include "service.h"

/* While pages move, look this often. */
#define STEP_NS		(100 * NSEC_PER_MSEC)
/* Sizes that do not change for so long are taken to be at rest. */
#define REST_NS		(300 * NSEC_PER_MSEC)
#define REST_TRIES	10
/* Guests and groups that are not there are looked for this often. */
#define LOOK_NS		(2 * NSEC_PER_SEC)

static uint64_t now(void)
{
	return clock_now_ns(CLOCK_MONOTONIC);
}

static void manager_close(struct manager *m)
{
	service_close(m);
	record_close(&m->record, NULL);
	loop_timer_destroy(m->timer);
	loop_destroy(m->loop);
	report_exit(&m->report);
	subjects_exit(&m->subjects);
	roster_exit(&m->roster);
	controller_exit(&m->controller);
	state_free(&m->state);
	hv_destroy(m->hv);
	free(m->state_path);
	config_free(m->config);
	if (m->lock_fd >= 0)
		close(m->lock_fd);
}

static int read_both(struct hv *hv, struct side_base *guest,
		     struct side_base *host, struct error *err)
{
	int r = guest ? hv_read(hv, &guest->domain, &guest->sizes, err) : 0;

	return r < 0 || hv->pool ? r : hv_read(hv, &host->domain, &host->sizes, err);
}

/* Sizes taken in the midst of somebody else's move would never be met again. */
static int read_at_rest(struct hv *hv, struct side_base *guest,
			struct side_base *host, struct error *err)
{
	int tries, r = read_both(hv, guest, host, err);

	for (tries = 0; r == 0 && tries < REST_TRIES; tries++) {
		struct hv_sizes guest_was = guest ? guest->sizes : host->sizes;
		struct hv_sizes host_was = host->sizes;

		clock_sleep(REST_NS);
		r = read_both(hv, guest, host, err);
		if (r < 0 || ((!guest || roster_at_rest(&guest_was, &guest->sizes)) &&
			      roster_at_rest(&host_was, &host->sizes)))
			return r;
	}
	if (r == 0)
		r = error_set(err, -EBUSY,
			      "%s: somebody else is changing its size or the host's; try again when they are at rest",
			      guest ? guest->domain.name : host->domain.name);
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

/* Of one guest and the host; of a service, whose guests may come later, the host. */
static int find_base(struct manager *m, struct error *err)
{
	struct state *state = &m->state;
	struct state_guest guest = { 0 };
	struct side_base host = { .quantum_kb = SIDE_PAGE_KB };
	int r = 0;

	if (!m->service)
		r = hv_find(m->hv, m->options->guest, &guest.base.domain, err);
	if (r == 0)
		r = hv_host(m->hv, &host.domain, err);
	if (r == 0 && !m->service && !m->options->dry_run)
		r = take_over(m, &guest.base.domain, err);
	if (r < 0 || state->count)
		return r;
	if (!m->service)
		roster_describe(m->hv, &m->config->guests[0], &guest);
	r = read_at_rest(m->hv, m->service ? NULL : &guest.base, &host, err);
	if (r < 0)
		return r;
	state->host = host;
	snprintf(state->hypervisor, sizeof(state->hypervisor), "%s",
		 backend_name(m->config->guests[0].hypervisor));
	return m->service ? 0 : state_add(state, &guest, err);
}

static int lock_state(struct manager *m, struct error *err)
{
	int r;

	if (m->options->state || m->service) {
		m->state_path = strdup(m->options->state ? m->options->state :
				       SERVICE_STATE);
		r = m->state_path ? 0 : error_errno(err, -ENOMEM, "state");
	} else {
		r = state_path(m->options->guest, &m->state_path, err);
	}
	if (r == 0 && !m->options->dry_run)
		r = state_lock(m->state_path, &m->lock_fd, err);
	return r;
}

static void drop_cache(struct manager *m, size_t i)
{
	const char *name = m->config->groups[i].name;
	struct error why = { 0 };
	uint64_t kb;
	int r = subjects_evict(&m->subjects, i, &kb, &why);
	int *said = &m->subjects.list[i].evict_code;

	if (r < 0 && r != *said)
		report_line(&m->report, name, "%s; its page cache stays", why.text);
	*said = r;
	if (r == 0 && kb)
		report_line(&m->report, name,
			    "has ended; %" PRIu64 " kB of its page cache dropped", kb);
}

/* It costs as much as a small group; mirror does not ask what is free. */
static bool wants_free(const struct manager *m)
{
	return m->config->global.policy == CONFIG_SLACK_FIRST || m->record.file;
}

static int sample(struct manager *m, struct error *err)
{
	struct controller *c = &m->controller;
	size_t i;
	int r = subjects_sample(&m->subjects, c, err);

	if (r == 0 && wants_free(m))
		r = free_read(&m->free_kb, err);
	if (r < 0)
		return r;
	controller_sample(c, m->free_kb, now());
	report_limits(&m->report, c);
	if (m->options->dry_run)
		return 0;
	subjects_limit(&m->subjects, c, &m->state, m->state_path);
	for (i = 0; i < m->config->group_count; i++)
		if (controller_wants_evict(c, i, now()))
			drop_cache(m, i);
	return 0;
}

static int look(struct manager *m, struct error *err)
{
	struct side_base guest = m->state.guests[0].base, host = m->state.host;
	int r = read_both(m->hv, &guest, &host, err);

	if (r == 0) {
		m->controller.moved.guest_kb = guest.sizes.actual_kb;
		m->controller.moved.host_kb = host.sizes.actual_kb;
	}
	return r;
}

static int step(struct manager *m, struct error *err)
{
	struct controller *c = &m->controller;
	int r;

	if (m->options->dry_run)
		return look(m, err);
	r = controller_step(c, now(), err);
	if (r == -ENOTCONN) {
		if (!m->unreachable)
			report_line(&m->report, err->text, "it is tried again");
		m->unreachable = true;
		return 0;
	}
	m->unreachable = false;
	if (r < 0)
		return r;
	/* Without its only guest, a run has nothing left to do. */
	if (!m->service && c->moved.events & MOVE_EVENT_GUEST_GONE)
		return error_set(err, -ENODEV, "%s: the guest is gone",
				 m->config->guests[0].name);
	report_events(&m->report, &c->move, &c->moved);
	if (state_note_foreign(&m->state, &c->move))
		r = state_save(m->state_path, &m->state, err);
	return r < 0 || !m->service ? r : roster_tidy(&m->roster, err);
}

static bool is_finished(const struct manager *m)
{
	const struct controller *c = &m->controller;
	const struct source_subject *subject = &m->subjects.list[0].source;

	if (m->service || c->moved.phase == MOVE_UNDER_WAY)
		return false;
	return m->options->once || (group_ended(subject->group) &&
				    usage_total(&subject->usage) == 0);
}

/* Until the next sample or step is due. */
static void set_timer(struct manager *m)
{
	uint64_t until = m->next_sample_ns, time = now();

	if (m->controller.moved.phase == MOVE_UNDER_WAY && until > time + STEP_NS)
		until = time + STEP_NS;
	loop_timer_set(m->timer, until);
}

static int seek(struct manager *m, uint64_t time, struct error *err)
{
	if (!m->service || time < m->next_look_ns)
		return 0;
	m->next_look_ns = time + LOOK_NS;
	subjects_find(&m->subjects, m->config);
	return roster_look(&m->roster, time, err);
}

static void tell(struct manager *m, uint64_t time)
{
	struct error why = { 0 };

	report_sample(&m->report, &m->controller, time);
	if (record_sample(&m->record, &m->controller, m->free_kb, time, &why) < 0)
		report_line(&m->report, why.text, "it ends here");
	if (m->service)
		service_tell(m);
}

/* A run that is to leave memory where it is, or never moved any, just ends. */
static void begin_end(struct manager *m)
{
	if (m->options->dry_run || m->options->once) {
		loop_exit(m->loop);
		return;
	}
	ending_begin(m);
	loop_timer_set(m->timer, now());
}

static int end(struct manager *m, struct error *err)
{
	int r = give_back_step(&m->back, err);

	if (r < 0)
		return r;
	if (m->back.over)
		loop_exit(m->loop);
	else
		loop_timer_set(m->timer, now() + STEP_NS);
	return 0;
}

static int tick(void *data, struct error *err)
{
	struct manager *m = data;
	uint64_t interval = m->config->global.interval_ns, time = now();
	bool sampled = time >= m->next_sample_ns;
	int r;

	if (m->controller.stopping)
		return end(m, err);
	r = seek(m, time, err);
	if (r == 0 && sampled) {
		r = sample(m, err);
		/* What has been missed is not made up for. */
		m->next_sample_ns += interval *
			((time - m->next_sample_ns) / interval + 1);
	}
	if (r == 0)
		r = step(m, err);
	if (r < 0)
		return r;
	if (sampled)
		tell(m, time);
	if (is_finished(m))
		begin_end(m);
	else
		set_timer(m);
	return 0;
}

static int stop(void *data, struct error *err)
{
	begin_end(data);
	return 0;
}

static int reload(void *data, struct error *err)
{
	struct manager *m = data;
	int r;

	if (!m->service)
		return stop(data, err);
	if (m->controller.stopping)
		return 0;
	r = service_reload(m, err);
	if (r < 0)
		return r;
	m->next_sample_ns = now();
	m->next_look_ns = 0;
	set_timer(m);
	return 0;
}

static int make_loop(struct manager *m, struct error *err)
{
	struct loop_handlers handlers = { .stop = stop, .reload = reload, .data = m };
	int r = loop_create(&m->loop, &handlers, err);

	return r < 0 ? r : loop_timer_create(m->loop, tick, m, &m->timer, err);
}

static int load(struct manager *m, struct error *err)
{
	if (m->service)
		return config_load(m->options->config, &m->config, err);
	return options_config(m->options, &m->config, err);
}

static int open_all(struct manager *m, struct error *err)
{
	const struct options *o = m->options;
	int r = load(m, err);

	if (r == 0)
		r = backend_check(m->config, err);
	if (r == 0)
		r = report_init(&m->report, m->service, o->json, o->log, now(), err);
	m->report.dry_run = o->dry_run;
	if (r == 0)
		r = record_open(&m->record, o->record, err);
	if (r == 0)
		r = subjects_init(&m->subjects, m->config, m->service ? 0 : GROUP_NOW,
				  &m->report, err);
	if (r == 0)
		r = backend_create(m->config, &m->hv, err);
	if (r == 0)
		r = lock_state(m, err);
	if (r == 0)
		r = make_loop(m, err);
	return r;
}

static int join_one(struct manager *m, struct error *err)
{
	const struct state_guest *guest = &m->state.guests[0];
	/* Where memory is one pool, the host needs no room of its own. */
	int r = controller_check(&m->config->guests[0], &guest->base,
				 m->hv->pool ? NULL : &m->state.host, err);

	/* The first sample is taken here, so that what cannot work fails early. */
	if (r == 0)
		r = subjects_sample(&m->subjects, &m->controller, err);
	if (r == 0)
		r = controller_join(&m->controller, 0, guest, now(), err);
	if (r == 0 && !m->options->dry_run)
		r = state_save(m->state_path, &m->state, err);
	return r;
}

static int prepare(struct manager *m, struct error *err)
{
	int r = 0;

	if (m->service)
		r = service_restore(m, err);
	if (r == 0)
		r = find_base(m, err);
	if (r == 0)
		r = controller_init(&m->controller, m->config, m->hv, &m->state.host,
				    now(), err);
	if (r < 0)
		return r;
	m->controller.move.host.foreign = m->state.host_foreign;
	m->roster = (struct roster){
		.controller = &m->controller,
		.state = &m->state,
		.path = m->state_path,
		.report = &m->report,
	};
	if (!m->service)
		return join_one(m, err);
	r = roster_reset(&m->roster, err);
	return r < 0 ? r : service_open(m, err);
}

static int run(struct manager *m, struct error *err)
{
	m->next_sample_ns = now();
	loop_timer_set(m->timer, m->next_sample_ns);
	return loop_run(m->loop, err);
}

/* Leave memory where it is, on purpose, for a later --once or restore. */
static int leave(struct manager *m, struct error *err)
{
	const struct controller *c = &m->controller;

	if (c->guests[0].move->wanted_kb == 0 && c->moved.phase == MOVE_DONE)
		return state_remove(m->state_path, err);
	m->state.guests[0].once = true;
	return state_save(m->state_path, &m->state, err);
}

static int follow(struct manager *m, struct error *err)
{
	struct error later = { 0 };
	int r = run(m, err), back;

	if (m->options->dry_run)
		return r;
	if (r == 0 && m->options->once)
		return leave(m, err);
	back = ending_finish(m, &later);
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
		.service = options->config,
		.lock_fd = -1,
	};
	int r = open_all(&m, err), closed;

	if (r == 0)
		r = prepare(&m, err);
	if (r == 0)
		r = follow(&m, err);
	closed = record_close(&m.record, r < 0 ? NULL : err);
	manager_close(&m);
	return r < 0 ? r : closed;
}
