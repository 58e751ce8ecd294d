/* SPDX-License-Identifier: GPL-2.0-or-later */
/* How much memory a group uses. */
#ifndef BALLOON_SYNC_USAGE_H
#define BALLOON_SYNC_USAGE_H

#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

/**
 * struct usage - what a group uses, in kB (1024 bytes)
 * @anon_kb: anonymous memory of its living processes, shared pages by share
 * @cache_kb: file and block device cache owned by its members, dead ones too
 * @processes: how many live
 *
 * Shared memory is not in it: on a stock kernel it cannot be counted, and a
 * guest's own RAM may be such.
 */
struct usage {
	uint64_t anon_kb;
	uint64_t cache_kb;
	size_t processes;
};

/** usage_total() - All that is to be charged. */
static inline uint64_t usage_total(const struct usage *usage)
{
	return usage->anon_kb + usage->cache_kb;
}

/** usage_add_anon() - Add processes and their anonymous memory. */
void usage_add_anon(struct usage *usage, const pid_t *pids, size_t count);

#endif
