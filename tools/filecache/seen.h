/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Which ends have been told already, to tell what was lost and nothing twice. */
#ifndef FILECACHE_SEEN_H
#define FILECACHE_SEEN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "filecache/filecache.h"

/* More than a listener's buffer holds. */
#define SEEN_MAX 16384

/**
 * struct seen - ends that were told last
 * @ids: owners, round and round
 * @next: place of the next one
 * @since_ns: until then all were told, CLOCK_BOOTTIME
 */
struct seen {
	uint64_t ids[SEEN_MAX];
	size_t next;
	uint64_t since_ns;
};

/** seen_add() - Note an end. Return: false when it was told before. */
bool seen_add(struct seen *seen, uint64_t id);

/** seen_all() - Note that up to this time, CLOCK_BOOTTIME, all were told. */
void seen_all(struct seen *seen, uint64_t now_ns);

/**
 * seen_missed() - Whether an owner's end should have been told and was not.
 *
 * It counts as told from then on.
 */
bool seen_missed(struct seen *seen, const struct filecache_owner *owner);

#endif
