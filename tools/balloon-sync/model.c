// SPDX-License-Identifier: GPL-2.0-or-later
/* A host and guests that are only arithmetic, to try decisions on a trace. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/u64.h"
#include "model.h"

/* What a guest that can give no more gets back, of its size; as move.c does. */
#define MERCY 32

int model_init(struct model *model, const struct model_config *config,
	       const struct decision_config *decision, const struct trace *trace,
	       struct error *err)
{
	struct decision *d;
	size_t i;
	int r;

	*model = (struct model){
		.config = *config,
		.trace = trace,
	};
	r = decision_create(trace->guest_count, trace->group_count, trace->charge_count,
			    &model->decision, err);
	if (r < 0)
		return r;
	model->guests = calloc(trace->guest_count + 1, sizeof(*model->guests));
	if (!model->guests) {
		model_exit(model);
		return error_errno(err, -ENOMEM, "guests");
	}
	d = model->decision;
	d->config = *decision;
	d->policy = trace->policy;
	d->host.room_kb = trace->room_kb;
	for (i = 0; i < trace->guest_count; i++)
		d->guests[i] = trace->guests[i].plan;
	for (i = 0; i < trace->group_count; i++)
		d->groups[i] = trace->groups[i].plan;
	memcpy(d->charges, trace->charges, trace->charge_count * sizeof(*d->charges));
	return 0;
}

void model_exit(struct model *model)
{
	decision_destroy(model->decision);
	free(model->guests);
	model->decision = NULL;
	model->guests = NULL;
}

/* Towards @to, by no more than @step. */
static uint64_t towards(uint64_t from, uint64_t to, uint64_t step)
{
	if (from < to)
		return to - from > step ? from + step : to;
	return from - to > step ? from - step : to;
}

static void move_guest(struct model *model, size_t i, uint64_t passed_ms)
{
	const struct trace_guest *from = &model->trace->guests[i];
	struct model_guest *guest = &model->guests[i];
	struct plan_guest *limits = &model->decision->guests[i];
	struct decision_guest *state = &model->decision->states[i];
	uint64_t to = u64_min(state->wanted_kb, from->gives_kb), before = guest->given_kb;
	uint64_t step = model->config.rate_kb * passed_ms / 1000;

	guest->given_kb = towards(before, to, step - step % LAW_PAGE_KB);
	state->moving = guest->given_kb != state->wanted_kb;
	if (guest->given_kb != before || guest->given_kb >= state->wanted_kb)
		guest->idle_ms = 0;
	else
		guest->idle_ms += passed_ms;
	if (guest->idle_ms < model->config.patience_ms || !guest->idle_ms)
		return;
	limits->able_kb = guest->given_kb > from->plan.rest_kb / MERCY ?
			  guest->given_kb - from->plan.rest_kb / MERCY : 0;
	guest->idle_ms = 0;
}

static void move_guests(struct model *model, uint64_t passed_ms)
{
	uint64_t sum = 0;
	size_t i;

	for (i = 0; i < model->trace->guest_count; i++) {
		move_guest(model, i, passed_ms);
		sum += model->guests[i].given_kb;
	}
	model->arrived_kb = u64_min(sum, model->trace->room_kb);
}

void model_advance(struct model *model, const struct trace_sample *sample)
{
	struct decision *d = model->decision;
	uint64_t recorded = 0;
	size_t i;

	if (model->begun)
		move_guests(model, sample->time_ms - model->time_ms);
	model->begun = true;
	model->time_ms = sample->time_ms;
	for (i = 0; i < d->group_count; i++) {
		recorded += sample->used_kb[i];
		d->groups[i].used_kb = u64_min(sample->used_kb[i], d->groups[i].high_kb);
	}
	/* Of what was recorded, not of what would be now: slack depends on neither. */
	d->host.slack_kb = plan_slack(sample->free_kb, recorded, sample->arrived_kb,
				      model->trace->reserve_kb);
}
