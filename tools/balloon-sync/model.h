/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A host and guests that are only arithmetic, to try decisions on a trace.
 *
 * Guests give and take back at a rate, and no further than the trace says that
 * they can; groups use what the trace says, but no more than their limit.
 */
#ifndef BALLOON_SYNC_MODEL_H
#define BALLOON_SYNC_MODEL_H

#include "decision.h"
#include "trace.h"

/**
 * struct model_config - how guests behave
 * @rate_kb: what a guest gives or takes in a second
 * @patience_ms: a guest that has given nothing for so long, though asked, is
 *	taken not to be able to, and gets some back
 */
struct model_config {
	uint64_t rate_kb;
	uint64_t patience_ms;
};

/**
 * struct model_guest - a guest
 * @given_kb: what it has given
 * @idle_ms: how long it has given nothing though asked
 */
struct model_guest {
	uint64_t given_kb;
	uint64_t idle_ms;
};

/**
 * struct model - the host, its guests, and who decides
 * @config: how guests behave
 * @trace: who there is; not owned
 * @decision: the code under trial
 * @guests: one for each of the trace
 * @arrived_kb: what the host has got
 * @time_ms: of the last sample
 * @begun: there has been a sample
 */
struct model {
	struct model_config config;
	const struct trace *trace;
	struct decision *decision;
	struct model_guest *guests;
	uint64_t arrived_kb;
	uint64_t time_ms;
	bool begun;
};

/**
 * model_init() - All at rest, nothing moved.
 * @model: filled in
 * @config: copied
 * @decision: copied
 * @trace: must outlive it
 * @err: why it failed
 *
 * Return: 0 or negative errno.
 */
int model_init(struct model *model, const struct model_config *config,
	       const struct decision_config *decision, const struct trace *trace,
	       struct error *err);

/** model_exit() - Free what it has; a model of zeros is allowed. */
void model_exit(struct model *model);

/**
 * model_advance() - Guests move until the time of @sample, and groups use what it says.
 *
 * Afterwards everything is ready for decision_make().
 */
void model_advance(struct model *model, const struct trace_sample *sample);

#endif
