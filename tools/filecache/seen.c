// SPDX-License-Identifier: GPL-2.0-or-later
/* Which ends have been told already, to tell what was lost and nothing twice. */
#include <linux/filecache.h>

#include "base/clock.h"
#include "seen.h"

/* The module announces an end a little after it. */
#define LATE_NS (2 * NSEC_PER_SEC)

bool seen_add(struct seen *seen, uint64_t id)
{
	size_t i;

	for (i = 0; i < SEEN_MAX; i++)
		if (seen->ids[i] == id)
			return false;
	seen->ids[seen->next] = id;
	seen->next = (seen->next + 1) % SEEN_MAX;
	return true;
}

void seen_all(struct seen *seen, uint64_t now_ns)
{
	seen->since_ns = now_ns > LATE_NS ? now_ns - LATE_NS : 0;
}

bool seen_missed(struct seen *seen, const struct filecache_owner *owner)
{
	if (!(owner->flags & FILECACHE_OWNER_FLAG_DEAD) ||
	    owner->flags & FILECACHE_OWNER_FLAG_FOLDED ||
	    owner->exit_ns <= seen->since_ns)
		return false;
	return seen_add(seen, owner->id);
}
