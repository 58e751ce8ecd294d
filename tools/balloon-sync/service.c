// SPDX-License-Identifier: GPL-2.0-or-later
/* What the service has beside a run for one guest and one group. */
#include <errno.h>
#include <inttypes.h>
#include <string.h>

#include "answers.h"
#include "base/clock.h"
#include "limit.h"
#include "restore.h"
#include "service.h"

int service_restore(struct manager *m, struct error *err)
{
	int r = restore_file(m->state_path, m->config->global.patience_ns, &m->report, err);

	/* Of one guest and one group it is left to who began it. */
	return r == -ENOENT ? restore_none_left(err) : r;
}

/* --- questions -------------------------------------------------------------------- */

static int answer_status(void *data, const json_t *request, json_t **ret,
			 struct error *err)
{
	const struct manager *m = data;

	return answers_status(&m->controller, &m->report, ret, err);
}

static int answer_limit(void *data, const json_t *request, json_t **ret,
			struct error *err)
{
	struct manager *m = data;

	return answers_limit(&m->controller, request, clock_now_ns(CLOCK_MONOTONIC), ret,
			     err);
}

static const struct status_command commands[] = {
	{ "status", answer_status },
	{ "limit", answer_limit },
	{ NULL, NULL },
};

int service_open(struct manager *m, struct error *err)
{
	return status_create(m->loop, m->config->global.socket, commands, m,
			     &status_limits_usual, &m->status, err);
}

void service_close(struct manager *m)
{
	status_destroy(m->status);
	m->status = NULL;
}

void service_tell(struct manager *m)
{
	const struct controller *c = &m->controller;
	const char *path = m->config->global.metrics;
	struct error why = { 0 };
	int r = path ? answers_metrics(c, path, &why) : 0;

	if (r < 0 && r != m->metrics_code)
		report_line(&m->report, "metrics", "%s", why.text);
	m->metrics_code = r;
	loop_say("%zu of %zu guests, %zu groups, %" PRIu64 " MB moved", c->move.count,
		 m->config->guest_count, m->config->group_count, c->moved.arrived_kb >> 10);
}

/* --- another configuration --------------------------------------------------------- */

/* A new socket first: should it fail, all is as before. */
static int move_socket(struct manager *m, const struct config *next, struct error *err)
{
	struct status_server *status;
	int r;

	if (strcmp(m->config->global.socket, next->global.socket) == 0)
		return 0;
	r = status_create(m->loop, next->global.socket, commands, m, &status_limits_usual,
			  &status, err);
	if (r < 0)
		return r;
	service_close(m);
	m->status = status;
	return 0;
}

/* Of groups that are not in it any more, or are others under the old name. */
static void lift_rest(struct manager *m)
{
	struct error why = { 0 };
	size_t i = m->state.limit_count;

	while (i--) {
		const char *folder = m->state.limits[i].folder;

		if (!subjects_is_limited(&m->subjects, folder) &&
		    limit_lift(&m->state, folder, &why) < 0)
			report_line(&m->report, "limit", "%s", why.text);
	}
	if (roster_save(m->state_path, &m->state, &why) < 0)
		report_line(&m->report, m->state_path, "%s", why.text);
}

/* All that can be wrong with it, before anything changes. */
static int check(const struct manager *m, const struct config *next, struct error *err)
{
	int r = backend_check(next, err);

	return r < 0 ? r : backend_same(m->config, next, err);
}

/* A trace says once who there is. */
static void end_record(struct manager *m, const struct changes *changes)
{
	struct error why = { 0 };
	bool same = true;
	size_t i;

	for (i = 0; i < changes->guest_count; i++)
		same &= changes->guests[i].before == changes->guests[i].after;
	for (i = 0; i < changes->group_count; i++)
		same &= changes->groups[i].before == changes->groups[i].after;
	if (same || !m->record.file)
		return;
	report_line(&m->report, m->record.path,
		    "ends here: a trace is of the same guests and groups");
	if (record_close(&m->record, &why) < 0)
		report_line(&m->report, m->record.path, "%s", why.text);
}

/* From here on there is no way back. */
static int apply(struct manager *m, struct config *next, const struct changes *changes,
		 struct error *err)
{
	int r;

	end_record(m, changes);
	config_free(m->config);
	m->config = next;
	r = subjects_apply(&m->subjects, next, changes, err);
	if (r == 0)
		r = roster_reset(&m->roster, err);
	if (r < 0)
		return r;
	lift_rest(m);
	report_line(&m->report, m->options->config, "is in force: %zu guests, %zu groups",
		    next->guest_count, next->group_count);
	return 0;
}

int service_reload(struct manager *m, struct error *err)
{
	struct config *next = NULL;
	struct changes changes = { 0 };
	struct error why = { 0 };
	int r = config_load(m->options->config, &next, &why);

	if (r == 0)
		r = check(m, next, &why);
	if (r == 0)
		r = subjects_prepare(&m->subjects, next, &why);
	if (r == 0)
		r = backend_add(m->hv, next, &why);
	if (r == 0)
		r = changes_find(m->config, next, &changes);
	if (r == 0)
		r = move_socket(m, next, &why);
	if (r == 0)
		r = controller_apply(&m->controller, next, &changes,
				     clock_now_ns(CLOCK_MONOTONIC), &why);
	if (r == 0) {
		r = apply(m, next, &changes, err);
	} else {
		config_free(next);
		report_line(&m->report, why.text[0] ? why.text : "memory is short",
			    "the configuration from before stays in force");
		r = 0;
	}
	changes_free(&changes);
	return r;
}
