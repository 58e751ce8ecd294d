/* SPDX-License-Identifier: GPL-2.0-only */
/* How often what is done again and again may be done. */
#ifndef FILECACHE_PACE_H
#define FILECACHE_PACE_H

#include <linux/jiffies.h>
#include <linux/minmax.h>
#include <linux/sched.h>

/** filecache_pace_start() - Return: what to give to filecache_pace_pause() at the end. */
static inline u64 filecache_pace_start(void)
{
	return current->se.sum_exec_runtime;
}

/**
 * filecache_pace_pause() - How long to pause after a run.
 * @start: filecache_pace_start() at its beginning, in the same thread
 * @share: not more than one part of this many of a CPU's time is to be taken
 * @least_ms: and not less than this, in ms
 *
 * Time that was spent waiting, as for a CPU that others use, does not count.
 *
 * Return: jiffies, not less than one.
 */
static inline unsigned long filecache_pace_pause(u64 start, unsigned int share,
						 unsigned int least_ms)
{
	u64 used = current->se.sum_exec_runtime - start;

	return max3(msecs_to_jiffies(least_ms), nsecs_to_jiffies(used * share), 1UL);
}

#endif
