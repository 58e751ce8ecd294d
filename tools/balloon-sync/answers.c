// SPDX-License-Identifier: GPL-2.0-or-later
/* What the service answers on its socket, and writes down for Prometheus. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "answers.h"
#include "base/cleanup.h"
#include "base/clock.h"
#include "base/json.h"
#include "base/macros.h"
#include "base/metrics.h"
#include "base/text.h"
#include "log.h"

/* Set a member; one that could not be made ends up as a failure of the whole. */
static int put(json_t *object, const char *key, json_t *value)
{
	return json_object_set_new(object, key, value) < 0 ? -ENOMEM : 0;
}

static int put_last(json_t *object, const struct report *report, const char *name)
{
	const char *last = report_last(report, name);

	return last ? put(object, "last", json_text(last)) : 0;
}

static const char *phase_of(const struct move_guest *move)
{
	if (!move || move->gone)
		return "absent";
	return move->side.foreign ? "foreign" : report_phase(move->report.phase);
}

static json_t *pack_guest(const struct controller *c, const struct report *report,
			  size_t i)
{
	const char *name = c->config->guests[i].name;
	const struct move_guest *move = c->guests[i].move;
	const struct plan_guest_result *plan = &c->decision->plan.guests[i];
	json_t *json;

	json = json_pack("{s:o, s:s, s:o, s:o, s:o, s:o, s:o, s:s}",
			 "name", json_text(name), "phase", phase_of(move),
			 "size_kb", json_u64(move ? move->report.size_kb : 0),
			 "used_kb", json_u64(controller_used_for(c, i)),
			 "charged_kb", json_u64(plan->wanted_kb),
			 "wanted_kb", json_u64(move ? move->wanted_kb : 0),
			 "given_kb", json_u64(move ? move->report.given_kb : 0),
			 "limit", log_limit_name(plan->limit));
	if (json && put_last(json, report, name) == 0)
		return json;
	json_decref(json);
	return NULL;
}

static int put_group_limits(json_t *json, const struct controller *c, size_t i)
{
	uint64_t high_kb = c->decision->groups[i].high_kb;
	uint64_t cap_kb = c->decision->groups[i].cap_kb;
	int r = high_kb == PLAN_NONE ? 0 : put(json, "limit_kb", json_u64(high_kb));

	if (r == 0 && cap_kb != PLAN_NONE)
		r = put(json, "cap_kb", json_u64(cap_kb));
	return r;
}

static json_t *pack_group(const struct controller *c, const struct report *report,
			  size_t i)
{
	const char *name = c->config->groups[i].name;
	const struct plan_group_result *plan = &c->decision->plan.groups[i];
	const struct usage *usage = &c->groups[i].usage;
	json_t *json;

	json = json_pack("{s:o, s:I, s:o, s:o, s:o, s:o, s:o, s:o, s:o}",
			 "name", json_text(name),
			 "processes", (json_int_t)usage->processes,
			 "anon_kb", json_u64(usage->anon_kb),
			 "cache_kb", json_u64(usage->cache_kb),
			 "used_kb", json_u64(usage_total(usage)),
			 "slack_kb", json_u64(plan->slack_kb),
			 "charged_kb", json_u64(plan->charged_kb),
			 "uncovered_kb", json_u64(plan->uncovered_kb),
			 "allowance_kb", json_u64(plan->allowance_kb));
	if (json && put_group_limits(json, c, i) == 0 && put_last(json, report, name) == 0)
		return json;
	json_decref(json);
	return NULL;
}

static json_t *pack_host(const struct controller *c, const struct report *report)
{
	const struct side_base *host = &c->move.host.base;
	json_t *json;

	json = json_pack("{s:o, s:o, s:o, s:o, s:o}",
			 "name", json_text(host->domain.name),
			 "size_kb", json_u64(c->moved.host_kb),
			 "arrived_kb", json_u64(c->moved.arrived_kb),
			 "room_kb", json_u64(c->decision->host.room_kb),
			 "slack_kb", json_u64(c->decision->host.slack_kb));
	if (json && put_last(json, report, host->domain.name) == 0)
		return json;
	json_decref(json);
	return NULL;
}

static json_t *pack_list(const struct controller *c, const struct report *report,
			 json_t *(*pack)(const struct controller *c,
					 const struct report *report, size_t i),
			 size_t count)
{
	json_t *list = json_array();
	size_t i;

	for (i = 0; list && i < count; i++)
		if (json_array_append_new(list, pack(c, report, i)) < 0) {
			json_decref(list);
			return NULL;
		}
	return list;
}

int answers_status(const struct controller *c, const struct report *report,
		   json_t **ret, struct error *err)
{
	json_t *json;

	json = json_pack("{s:s, s:o, s:o, s:o}",
			 "phase", c->stopping ? "stopping" : report_phase(c->moved.phase),
			 "host", pack_host(c, report),
			 "guests", pack_list(c, report, pack_guest, c->config->guest_count),
			 "groups", pack_list(c, report, pack_group, c->config->group_count));
	if (!json)
		return error_errno(err, -ENOMEM, "status");
	*ret = json;
	return 0;
}

static int find_group(const struct controller *c, const char *name, size_t *ret,
		      struct error *err)
{
	size_t i;

	for (i = 0; i < c->config->group_count; i++)
		if (strcmp(c->config->groups[i].name, name) == 0) {
			*ret = i;
			return 0;
		}
	return error_set(err, -ENOENT, "%s: there is no such group; see 'balloon-sync status'",
			 name);
}

int answers_limit(struct controller *c, const json_t *request, uint64_t now_ns,
		  json_t **ret, struct error *err)
{
	const char *name;
	uint64_t kb = 0, seconds = 0;
	size_t i = 0;
	int r;

	if (c->stopping)
		return error_set(err, -ESHUTDOWN,
				 "everything is being given back; nothing is limited any more");
	r = json_get_string(request, "group", &name, err);
	if (r == 0)
		r = json_get_u64(request, "seconds", &seconds, err);
	if (r == 0 && seconds > ANSWERS_SECONDS_MAX)
		r = error_set(err, -EINVAL, "seconds: at most %d; ask again before they end",
			      ANSWERS_SECONDS_MAX);
	if (r == 0 && seconds)
		r = json_get_u64(request, "kb", &kb, err);
	if (r == 0)
		r = find_group(c, name, &i, err);
	if (r < 0)
		return r;
	*ret = json_object();
	if (!*ret)
		return error_errno(err, -ENOMEM, "%s", name);
	c->groups[i].asked_cap_kb = seconds ? kb : CONFIG_NO_CAP;
	c->groups[i].asked_until_ns = now_ns + seconds * NSEC_PER_SEC;
	return 0;
}

/* --- metrics --------------------------------------------------------------------- */

/**
 * struct family - a metric of each guest or group
 * @name: of the family
 * @help: one sentence
 * @kb: its value
 */
struct family {
	const char *name;
	const char *help;
	uint64_t (*kb)(const struct controller *c, size_t i);
};

static uint64_t guest_size(const struct controller *c, size_t i)
{
	return c->guests[i].move ? c->guests[i].move->report.size_kb : 0;
}

static uint64_t guest_wanted(const struct controller *c, size_t i)
{
	return c->guests[i].move ? c->guests[i].move->wanted_kb : 0;
}

static uint64_t guest_given(const struct controller *c, size_t i)
{
	return c->guests[i].move ? c->guests[i].move->report.given_kb : 0;
}

static uint64_t group_used(const struct controller *c, size_t i)
{
	return usage_total(&c->groups[i].usage);
}

static uint64_t group_slack(const struct controller *c, size_t i)
{
	return c->decision->plan.groups[i].slack_kb;
}

static uint64_t group_charged(const struct controller *c, size_t i)
{
	return c->decision->plan.groups[i].charged_kb;
}

static uint64_t group_uncovered(const struct controller *c, size_t i)
{
	return c->decision->plan.groups[i].uncovered_kb;
}

static const struct family guest_families[] = {
	{ "balloon_sync_guest_size_bytes", "What the guest has, 0 while it is absent.",
	  guest_size },
	{ "balloon_sync_guest_wanted_bytes", "What it should give.", guest_wanted },
	{ "balloon_sync_guest_given_bytes", "What it gave.", guest_given },
};

static const struct family group_families[] = {
	{ "balloon_sync_group_used_bytes", "What the group uses.", group_used },
	{ "balloon_sync_group_slack_bytes", "Of that, paid by slack of the host.",
	  group_slack },
	{ "balloon_sync_group_charged_bytes", "Of that, charged to guests.",
	  group_charged },
	{ "balloon_sync_group_uncovered_bytes", "Of that, paid by nobody.",
	  group_uncovered },
};

static int write_family(struct metrics *m, const struct family *family, const char *label,
			const struct controller *c, bool guests)
{
	size_t i, count = guests ? c->config->guest_count : c->config->group_count;

	metrics_gauge(m, family->name, "bytes", family->help);
	for (i = 0; i < count; i++) {
		__free_mem char *name = text_utf8(guests ? c->config->guests[i].name :
						  c->config->groups[i].name);

		if (!name)
			return -ENOMEM;
		metrics_labelled(m, family->kb(c, i) << 10, label, name, NULL);
	}
	return 0;
}

/* A group without a limit has no value, which is not 0. */
static int write_limits(struct metrics *m, const struct controller *c)
{
	size_t i;

	metrics_gauge(m, "balloon_sync_group_limit_bytes", "bytes", "Its memory.high, if set.");
	for (i = 0; i < c->config->group_count; i++) {
		__free_mem char *name = text_utf8(c->config->groups[i].name);
		uint64_t high_kb = c->decision->groups[i].high_kb;

		if (!name)
			return -ENOMEM;
		if (high_kb != PLAN_NONE)
			metrics_labelled(m, high_kb << 10, "group", name, NULL);
	}
	return 0;
}

int answers_metrics(const struct controller *c, const char *path, struct error *err)
{
	struct metrics_file file;
	struct metrics *m = &file.metrics;
	size_t i;
	int r = metrics_file_begin(&file, false, err), failed = 0;

	if (r < 0)
		return r;
	metrics_gauge(m, "balloon_sync_host_arrived_bytes", "bytes",
		      "What the host has more than at rest.");
	metrics_value(m, c->moved.arrived_kb << 10);
	for (i = 0; failed == 0 && i < ARRAY_SIZE(guest_families); i++)
		failed = write_family(m, &guest_families[i], "guest", c, true);
	for (i = 0; failed == 0 && i < ARRAY_SIZE(group_families); i++)
		failed = write_family(m, &group_families[i], "group", c, false);
	if (failed == 0)
		failed = write_limits(m, c);
	if (failed < 0) {
		fclose(m->to);
		free(file.text);
		return error_errno(err, failed, "%s", path);
	}
	return metrics_file_end(&file, path, err);
}
