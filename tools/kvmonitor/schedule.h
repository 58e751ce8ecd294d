/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What Xen's scheduler gives a domain, less what its IDS uses in dom0. */
#ifndef KVMONITOR_SCHEDULE_H
#define KVMONITOR_SCHEDULE_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "base/error.h"
#include "budget.h"
#include "hv/hv.h"
#include "record.h"

/**
 * struct schedule - a domain whose cap and weight are ours for a while
 * @hv: connection to Xen
 * @domain: that pays for its IDS
 * @record: where this is kept
 * @before: weight and cap that were the user's
 * @last: what they were set to before @now, which may not have been done
 * @now: what they are set to
 * @weight: of the domain while its IDS uses nothing
 * @budget: of both
 * @looked_ns: when it was looked at, by the monotonic clock
 * @ids_ns: what the IDS had used until then
 * @domain_ns: what the domain had used until then
 * @over: somebody else rules it, or it is gone: nothing is changed any more
 */
struct schedule {
	struct hv *hv;
	struct hv_domain domain;
	struct record record;
	struct hv_schedule before;
	struct hv_schedule last;
	struct hv_schedule now;
	uint64_t weight;
	struct budget budget;
	uint64_t looked_ns;
	uint64_t ids_ns;
	uint64_t domain_ns;
	bool over;
};

/**
 * schedule_connect() - Reach Xen, and undo what somebody who was killed has left.
 * @schedule: filled in; to be given to schedule_close()
 * @err: why it failed
 *
 * Return: 0; -ENOPKG without Xen's libraries; -ENODEV without Xen; others.
 */
int schedule_connect(struct schedule *schedule, struct error *err);

/**
 * schedule_open() - Be the only one who changes this domain.
 * @schedule: connected
 * @name: of the domain, or its number
 * @ret_pid: who is at work, for -EBUSY
 * @err: why it failed
 *
 * Return: 0; -EBUSY; -ENOENT when no such domain runs; others.
 */
int schedule_open(struct schedule *schedule, const char *name, pid_t *ret_pid,
		  struct error *err);

/**
 * schedule_begin() - From now on the domain pays.
 * @schedule: open
 * @percent: of the host's processors, for both; 0 for what the domain could have
 * @weight: of both beside others, in percent of the usual one; 0 for the domain's
 * @ids_ns: what the IDS has used until now
 * @err: why it failed
 *
 * Return: 0; -EOPNOTSUPP when Xen's scheduler has no caps; others.
 */
int schedule_begin(struct schedule *schedule, uint64_t percent, uint64_t weight,
		   uint64_t ids_ns, struct error *err);

/** schedule_ids_most() - What the IDS may have at most, in percent of one processor. */
uint64_t schedule_ids_most(const struct schedule *schedule);

/**
 * schedule_look() - Have the domain pay for what the IDS has used since the last time.
 * @schedule: begun
 * @ids_ns: what the IDS has used until now
 * @err: why it failed
 *
 * Return: 0; -ECANCELED, once, when somebody else has changed the domain's weight or cap, which
 * are left alone from now on; -ENODEV, once, when the domain is gone; others.
 */
int schedule_look(struct schedule *schedule, uint64_t ids_ns, struct error *err);

/**
 * schedule_restore() - Weight and cap are the user's again, but what somebody else has set.
 *
 * Return: 0, also when the domain is gone; negative errno.
 */
int schedule_restore(struct schedule *schedule, struct error *err);

/** schedule_close() - Let others do it; one that is all zeros is allowed. */
void schedule_close(struct schedule *schedule);

#endif
