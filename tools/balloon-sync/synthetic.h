/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Traces that a seed makes, the same on every machine. */
#ifndef BALLOON_SYNC_SYNTHETIC_H
#define BALLOON_SYNC_SYNTHETIC_H

#include "trace.h"

/**
 * struct synthetic_spec - what is made
 * @guests: 1 to TRACE_LIST_MAX
 * @groups: 0 to TRACE_LIST_MAX
 * @steps: intervals of a second
 * @seed: of everything else
 */
struct synthetic_spec {
	uint64_t guests;
	uint64_t groups;
	uint64_t steps;
	uint64_t seed;
};

/**
 * struct synthetic - a trace that is being made
 * @trace: who there is
 * @left: intervals to come
 * @time_ms: of the next
 * @free_kb: of the host if no group used any
 * @random: state of the sequence
 * @sample: the last; its used_kb is owned
 * @target_kb: where each group's use is going
 * @rate_kb: by so much in an interval
 */
struct synthetic {
	struct trace *trace;
	uint64_t left;
	uint64_t time_ms;
	uint64_t free_kb;
	uint64_t random;
	struct trace_sample sample;
	uint64_t *target_kb;
	uint64_t *rate_kb;
};

/**
 * synthetic_parse() - Read "guests=N,groups=M,steps=K,seed=S".
 * @text: any of them, in any order, each at most once
 * @ret: 4 guests, 4 groups, 600 steps and seed 1 where they are missing
 * @err: what is wrong
 *
 * Return: 0; -EINVAL; -ERANGE.
 */
int synthetic_parse(const char *text, struct synthetic_spec *ret, struct error *err);

/**
 * synthetic_init() - Guests and groups: sizes, floors, who pays for whom.
 *
 * Return: 0 or -ENOMEM.
 */
int synthetic_init(struct synthetic *synthetic, const struct synthetic_spec *spec,
		   struct error *err);

/** synthetic_exit() - Free what it has; one of zeros is allowed. */
void synthetic_exit(struct synthetic *synthetic);

/**
 * synthetic_next() - The next interval.
 *
 * Groups sleep, read files for a while (their use rises and stays), compute (it
 * rises and falls), and end.
 *
 * Return: 1 and a sample that lasts until the next call; 0 at the end.
 */
int synthetic_next(struct synthetic *synthetic, struct trace_sample *ret);

#endif
