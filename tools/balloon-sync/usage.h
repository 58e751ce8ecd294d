/* SPDX-License-Identifier: GPL-2.0-or-later */
/* How much memory a group uses, and dropping its share of the page cache. */
#ifndef BALLOON_SYNC_USAGE_H
#define BALLOON_SYNC_USAGE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/error.h"
#include "filecache/filecache.h"
#include "group.h"

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

/**
 * usage_measure() - What a group uses now.
 * @group: the group
 * @client: connection to the module
 * @ret: untouched on failure
 * @err: why it failed
 *
 * Return: 0 or negative errno.
 */
int usage_measure(struct group *group, struct filecache_client *client,
		  struct usage *ret, struct error *err);

/**
 * usage_evict() - Drop the clean page cache that a group's members own.
 * @group: as last refreshed by usage_measure()
 * @client: connection to the module
 * @ret_kb: how much was dropped
 * @err: why it failed
 *
 * Return: 0 or negative errno.
 */
int usage_evict(struct group *group, struct filecache_client *client,
		uint64_t *ret_kb, struct error *err);

#endif
