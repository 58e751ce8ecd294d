// SPDX-License-Identifier: GPL-2.0-or-later
/* Owners as rows of a table. */
#include <inttypes.h>
#include <pwd.h>
#include <stdio.h>
#include <stdlib.h>

#include <linux/filecache.h>

#include "base/format.h"
#include "owners.h"

int owners_init(struct owners *owners, struct filecache_client *client,
		struct error *err)
{
	struct owners new = { 0 };
	int r;

	r = filecache_dump(client, &new.list, &new.count, &new.torn, err);
	if (r < 0)
		return r;
	r = filecache_get_stats(client, &new.stats, err);
	if (r < 0) {
		free(new.list);
		return r;
	}
	*owners = new;
	return 0;
}

void owners_exit(struct owners *owners)
{
	free(owners->list);
	owners->list = NULL;
	owners->count = 0;
}

bool owner_is_pseudo(const struct filecache_owner *owner)
{
	return owner->flags & (FILECACHE_OWNER_FLAG_UNKNOWN |
			       FILECACHE_OWNER_FLAG_OVERFLOW);
}

void owner_put_state(struct out *out, const struct filecache_owner *owner)
{
	if (owner->flags & FILECACHE_OWNER_FLAG_UNKNOWN)
		out_text_as(out, "state", "unknown", "-");
	else if (owner->flags & FILECACHE_OWNER_FLAG_OVERFLOW)
		out_text_as(out, "state", "overflow", "-");
	else if (owner->flags & FILECACHE_OWNER_FLAG_DEAD)
		out_text_as(out, "state", "dead", "DEAD");
	else if (owner->flags & FILECACHE_OWNER_FLAG_EXECED)
		out_text_as(out, "state", "execed", "exec'd");
	else if (owner->flags & FILECACHE_OWNER_FLAG_KTHREAD)
		out_text_as(out, "state", "kernel", "kernel");
	else
		out_text_as(out, "state", "live", "live");
}

void owner_put_comm(struct out *out, const struct filecache_owner *owner)
{
	if (owner->flags & FILECACHE_OWNER_FLAG_UNKNOWN)
		out_text_as(out, "comm", "", "(before load)");
	else if (owner->flags & FILECACHE_OWNER_FLAG_OVERFLOW)
		out_text_as(out, "comm", "", "(overflow)");
	else
		out_text(out, "comm", owner->comm);
}

char *owner_ref(char *buf, const struct filecache_owner *owner)
{
	snprintf(buf, FORMAT_MAX, "@%" PRIu64, owner->id);
	return buf;
}

void owner_put_user(struct out *out, const struct filecache_owner *owner)
{
	const struct passwd *entry = getpwuid(owner->uid);
	char buf[FORMAT_MAX];

	out_text(out, "user", entry ? entry->pw_name :
				      format_u64(buf, owner->uid));
}

void owner_put_percent(struct out *out, uint64_t part, uint64_t whole)
{
	char buf[FORMAT_MAX];
	double percent = whole ? 100.0 * (double)part / (double)whole : 0;

	/* Neither nothing nor everything unless it is. */
	if (part > 0 && percent < 0.5)
		snprintf(buf, sizeof(buf), "<1%%");
	else if (part < whole && percent > 99)
		snprintf(buf, sizeof(buf), "99%%");
	else
		snprintf(buf, sizeof(buf), "%.0f%%", percent);
	out_label(out, "percent", buf);
}
