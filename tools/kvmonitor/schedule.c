// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * What Xen's scheduler gives a domain, less what its IDS uses in dom0.
 *
 * Both have one share: its cap is the domain's alone while the IDS sleeps, and what the IDS
 * uses is taken off that, and in the same proportion off the domain's weight.  Each change is
 * noted before it is made, so that whoever comes later knows whether it is still ours.
 */
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "base/json.h"
#include "hv/plug.h"
#include "schedule.h"

#define PREFIX		"schedule-"
#define PERCENT		100
/* Percent of a processor: the least that can be parted. */
#define WHOLE_LEAST	2
/* What is used in less than that tells nothing of what will be. */
#define LEAST_NS	(200 * NSEC_PER_MSEC)

static json_t *parameters_to_json(const struct hv_schedule *schedule)
{
	return json_pack("{s:o, s:o}", "weight", json_u64(schedule->weight),
			 "cap", json_u64(schedule->cap));
}

static int parameters_from_json(const json_t *what, const char *key, struct hv_schedule *ret,
				struct error *err)
{
	const json_t *object = json_object_get(what, key);
	int r = json_get_u64(object, "weight", &ret->weight, err);

	return r < 0 ? r : json_get_u64(object, "cap", &ret->cap, err);
}

static int note(const struct schedule *schedule, struct error *err)
{
	__free_json json_t *what =
		json_pack("{s:o, s:s, s:s, s:o, s:o, s:o}",
			  "id", json_u64(schedule->domain.id),
			  "name", schedule->domain.name, "uuid", schedule->domain.uuid,
			  "before", parameters_to_json(&schedule->before),
			  "last", parameters_to_json(&schedule->last),
			  "now", parameters_to_json(&schedule->now));

	return what ? record_write(&schedule->record, what, err) :
		      error_errno(err, -ENOMEM, "%s", schedule->domain.name);
}

static int domain_from_json(const json_t *what, struct hv_domain *ret, struct error *err)
{
	const char *name, *uuid;
	uint64_t id;
	int r = json_get_u64(what, "id", &id, err);

	if (r == 0)
		r = json_get_string(what, "name", &name, err);
	if (r == 0)
		r = json_get_string(what, "uuid", &uuid, err);
	if (r < 0)
		return r;
	ret->id = (uint32_t)id;
	snprintf(ret->name, sizeof(ret->name), "%s", name);
	snprintf(ret->uuid, sizeof(ret->uuid), "%s", uuid);
	return 0;
}

static int from_json(struct schedule *schedule, const json_t *what, struct error *err)
{
	int r = domain_from_json(what, &schedule->domain, err);

	if (r == 0)
		r = parameters_from_json(what, "before", &schedule->before, err);
	if (r == 0)
		r = parameters_from_json(what, "last", &schedule->last, err);
	return r < 0 ? r : parameters_from_json(what, "now", &schedule->now, err);
}

/* Whether a value is one that we have set; the last change may not have been made. */
static bool is_ours(uint64_t value, uint64_t now, uint64_t last)
{
	return value == now || value == last;
}

int schedule_restore(struct schedule *schedule, struct error *err)
{
	const struct hv_schedule *now = &schedule->now, *last = &schedule->last;
	struct hv_schedule found;
	int r;

	if (!schedule->now.weight)
		return 0;
	r = hv_schedule(schedule->hv, &schedule->domain, &found, err);
	if (r == 0) {
		if (is_ours(found.weight, now->weight, last->weight))
			found.weight = schedule->before.weight;
		if (is_ours(found.cap, now->cap, last->cap))
			found.cap = schedule->before.cap;
		r = hv_set_schedule(schedule->hv, &schedule->domain, &found, err);
	}
	if (r < 0 && r != -ENODEV)
		return r;
	record_remove(&schedule->record);
	schedule->now.weight = 0;
	return 0;
}

static int restore_old(struct schedule *schedule, struct error *err)
{
	__free_json json_t *what = NULL;
	int r = record_read(&schedule->record, &what, err);

	if (r == -ENOENT)
		return 0;
	if (r == 0)
		r = from_json(schedule, what, err);
	return r < 0 ? r : schedule_restore(schedule, err);
}

/* Of whom nobody is at work on; a domain that is gone has nothing to be restored. */
static void restore_each(const char *name, void *data)
{
	struct schedule old = { .hv = data };
	pid_t holder;

	if (record_open(&old.record, name, &holder, NULL) < 0)
		return;
	restore_old(&old, NULL);
	record_close(&old.record);
}

int schedule_connect(struct schedule *schedule, struct error *err)
{
	int r;

	*schedule = (struct schedule){ .record.fd = -1 };
	r = hv_plug("xen", NULL, &schedule->hv, err);
	if (r == 0)
		record_each(PREFIX, restore_each, schedule->hv);
	return r;
}

int schedule_open(struct schedule *schedule, const char *name, pid_t *ret_pid,
		  struct error *err)
{
	char file[sizeof(PREFIX) + 12 + HV_UUID_LEN];
	int r = hv_find(schedule->hv, name, &schedule->domain, err);

	if (r < 0)
		return r;
	snprintf(file, sizeof(file), PREFIX "%" PRIu32 "-%s", schedule->domain.id,
		 schedule->domain.uuid);
	r = record_open(&schedule->record, file, ret_pid, err);
	if (r < 0)
		return r;
	r = restore_old(schedule, err);
	if (r < 0)
		record_close(&schedule->record);
	return r;
}

void schedule_close(struct schedule *schedule)
{
	if (!schedule->hv)
		return;
	record_close(&schedule->record);
	hv_destroy(schedule->hv);
	schedule->hv = NULL;
}

static int set(struct schedule *schedule, const struct hv_schedule *next, struct error *err)
{
	int r;

	if (next->weight == schedule->now.weight && next->cap == schedule->now.cap)
		return 0;
	schedule->last = schedule->now;
	schedule->now.weight = next->weight;
	schedule->now.cap = next->cap;
	r = note(schedule, err);
	if (r == 0)
		r = hv_set_schedule(schedule->hv, &schedule->domain, next, err);
	/* From here on it is known which of both it is. */
	if (r < 0)
		schedule->now = schedule->last;
	schedule->last = schedule->now;
	return r;
}

/* A domain with few processors takes no cap that it could not use. */
static void choose(const struct schedule *schedule, uint64_t cap, struct hv_schedule *ret)
{
	uint64_t weight = schedule->weight * cap / schedule->budget.whole;

	ret->cap = cap < ret->most ? cap : ret->most;
	ret->weight = weight > 0 ? weight : 1;
}

int schedule_begin(struct schedule *schedule, uint64_t percent, uint64_t weight,
		   uint64_t ids_ns, struct error *err)
{
	struct hv_schedule next;
	uint64_t whole;
	int r = hv_schedule(schedule->hv, &schedule->domain, &next, err);

	if (r < 0)
		return r;
	whole = next.cap ? next.cap : next.most;
	if (percent)
		whole = percent * next.host / PERCENT;
	if (whole < WHOLE_LEAST)
		return error_set(err, -ERANGE,
				 "%s: %" PRIu64 " %% of a processor is too little for two",
				 schedule->domain.name, whole);
	budget_init(&schedule->budget, whole);
	schedule->weight = weight ? weight * HV_WEIGHT / PERCENT : next.weight;
	schedule->before = next;
	schedule->last = next;
	schedule->now = next;
	schedule->looked_ns = clock_now_ns(CLOCK_MONOTONIC);
	schedule->ids_ns = ids_ns;
	schedule->domain_ns = next.used_ns;
	choose(schedule, whole, &next);
	return set(schedule, &next, err);
}

uint64_t schedule_ids_most(const struct schedule *schedule)
{
	return schedule->budget.whole - schedule->budget.floor;
}

/* Return: 0; -ECANCELED for values that are not ours. */
static int check_ours(const struct schedule *schedule, const struct hv_schedule *found,
		      struct error *err)
{
	if (found->weight == schedule->now.weight && found->cap == schedule->now.cap)
		return 0;
	return error_set(err, -ECANCELED,
			 "%s: somebody else has set its weight or cap, to %d and %d, which stay; it pays no longer",
			 schedule->domain.name, (int)found->weight, (int)found->cap);
}

/* What somebody else has not set is the user's again. */
static int yield(struct schedule *schedule, int r)
{
	schedule->over = true;
	schedule_restore(schedule, NULL);
	return r;
}

int schedule_look(struct schedule *schedule, uint64_t ids_ns, struct error *err)
{
	uint64_t now_ns = clock_now_ns(CLOCK_MONOTONIC), cap;
	uint64_t elapsed_ns = now_ns - schedule->looked_ns;
	struct hv_schedule found;
	int r;

	if (schedule->over || elapsed_ns < LEAST_NS)
		return 0;
	r = hv_schedule(schedule->hv, &schedule->domain, &found, err);
	if (r == 0)
		r = check_ours(schedule, &found, err);
	if (r == -ENODEV || r == -ECANCELED)
		return yield(schedule, r);
	if (r < 0)
		return r;
	cap = budget_next(&schedule->budget, elapsed_ns, ids_ns - schedule->ids_ns,
			  found.used_ns - schedule->domain_ns);
	schedule->looked_ns = now_ns;
	schedule->ids_ns = ids_ns;
	schedule->domain_ns = found.used_ns;
	choose(schedule, cap, &found);
	return set(schedule, &found, err);
}
