// SPDX-License-Identifier: GPL-2.0-or-later
/* Owners as rows of a table. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <linux/filecache.h>

#include "base/cleanup.h"
#include "base/format.h"
#include "base/text.h"
#include "owners.h"

static int by_id(const void *a, const void *b)
{
	const struct filecache_owner *x = a, *y = b;

	return (x->id > y->id) - (x->id < y->id);
}

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
	if (new.count > 0)
		qsort(new.list, new.count, sizeof(*new.list), by_id);
	*owners = new;
	return 0;
}

const struct filecache_owner *owners_find(const struct filecache_owner *list,
					  size_t count, uint64_t id)
{
	const struct filecache_owner wanted = { .id = id };

	return count ? bsearch(&wanted, list, count, sizeof(*list), by_id) : NULL;
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

bool owner_has_process(const struct filecache_owner *owner)
{
	return !(owner->flags & (FILECACHE_OWNER_FLAG_UNKNOWN |
				 FILECACHE_OWNER_FLAG_OVERFLOW |
				 FILECACHE_OWNER_FLAG_CGROUP |
				 FILECACHE_OWNER_FLAG_FOLDED |
				 OWNER_FLAG_FREED | OWNER_FLAG_NONE));
}

bool owner_has_user(const struct filecache_owner *owner)
{
	return !(owner->flags & (FILECACHE_OWNER_FLAG_UNKNOWN |
				 FILECACHE_OWNER_FLAG_OVERFLOW |
				 FILECACHE_OWNER_FLAG_CGROUP |
				 OWNER_FLAG_FREED | OWNER_FLAG_NONE));
}

/**
 * struct kind - what an owner is
 * @flag: enum filecache_owner_flags
 * @word: for programs
 * @name: for people; NULL for the name of its program
 */
struct kind {
	uint32_t flag;
	const char *word;
	const char *name;
};

static const struct kind kinds[] = {
	{ FILECACHE_OWNER_FLAG_UNKNOWN, "unknown", "(before load)" },
	{ FILECACHE_OWNER_FLAG_OVERFLOW, "overflow", "(overflow)" },
	{ FILECACHE_OWNER_FLAG_FOLDED, "folded", "(many ended)" },
	{ FILECACHE_OWNER_FLAG_CGROUP, "cgroup", "(kernel work)" },
	{ OWNER_FLAG_FREED, "freed", "(ended)" },
	{ OWNER_FLAG_NONE, "none", "(no parent)" },
	{ FILECACHE_OWNER_FLAG_KTHREAD, "kernel", NULL },
	{ 0, "process", NULL },
};

static const struct kind *find_kind(const struct filecache_owner *owner)
{
	const struct kind *kind = kinds;

	while (kind->flag && !(owner->flags & kind->flag))
		kind++;
	return kind;
}

const char *owner_state(const struct filecache_owner *owner)
{
	if (owner_is_pseudo(owner))
		return "-";
	if (owner->flags & FILECACHE_OWNER_FLAG_DEAD)
		return "DEAD";
	if (owner->flags & FILECACHE_OWNER_FLAG_EXECED)
		return "exec'd";
	if (owner->flags & (FILECACHE_OWNER_FLAG_KTHREAD |
			    FILECACHE_OWNER_FLAG_CGROUP))
		return "kernel";
	return "live";
}

void owner_put_state(struct out *out, const struct filecache_owner *owner)
{
	const struct kind *kind = find_kind(owner);
	const char *word = owner_state(owner);

	/* Its words are older than the column "kind" and stay as they were. */
	if (owner_is_pseudo(owner))
		word = kind->word;
	else if (owner->flags & FILECACHE_OWNER_FLAG_DEAD)
		word = "dead";
	else if (owner->flags & FILECACHE_OWNER_FLAG_EXECED)
		word = "execed";
	out_text_as(out, "state", word, owner_state(owner));
}

void owner_put_kind(struct out *out, const struct filecache_owner *owner)
{
	out_text_as(out, "kind", find_kind(owner)->word, "");
}

char *plain_name(const char *name, char *(*escape)(const char *text))
{
	__free_mem char *safe = escape(name);
	char *text;

	if (!safe)
		return NULL;
	if (*safe != '(' && *safe != '[')
		return no_free_ptr(safe);
	return asprintf(&text, "\\%s", safe) < 0 ? NULL : text;
}

static char *name_by(const struct filecache_owner *owner,
		     char *(*escape)(const char *text))
{
	__free_mem char *safe = NULL;
	const struct kind *kind = find_kind(owner);
	char *name;

	if (kind->name)
		return strdup(kind->name);
	if (!kind->flag)
		return plain_name(owner->comm, escape);
	safe = escape(owner->comm);
	if (!safe)
		return NULL;
	return asprintf(&name, "[%s]", safe) < 0 ? NULL : name;
}

char *owner_name(const struct filecache_owner *owner)
{
	return name_by(owner, text_escape);
}

char *owner_name_utf8(const struct filecache_owner *owner)
{
	return name_by(owner, text_escape_utf8);
}

void owner_put_comm(struct out *out, const struct filecache_owner *owner)
{
	__free_mem char *name = owner_name(owner);

	out_text_as(out, "comm", find_kind(owner)->name ? "" : owner->comm,
		    name ? name : "?");
}

char *owner_ref(char *buf, const struct filecache_owner *owner)
{
	/* A sum over none, or children of none that is known. */
	if (owner->id == 0)
		return strcpy(buf, "-");
	snprintf(buf, FORMAT_MAX, "@%" PRIu64, owner->id);
	return buf;
}

void owner_put_user(struct out *out, const struct filecache_owner *owner,
		    struct names *names)
{
	if (!owner_has_user(owner)) {
		out_null(out, "uid");
		out_null(out, "user");
		return;
	}
	out_u64(out, "uid", owner->uid);
	out_text(out, "user", names_user(names, owner->uid));
}

char *percent_text(char *buf, uint64_t part, uint64_t whole)
{
	double percent = whole ? 100.0 * (double)part / (double)whole : 0;

	/* Neither nothing nor everything unless it is. */
	if (part > 0 && percent < 0.5)
		snprintf(buf, FORMAT_MAX, "<1%%");
	else if (part < whole && percent > 99)
		snprintf(buf, FORMAT_MAX, "99%%");
	else
		snprintf(buf, FORMAT_MAX, "%.0f%%", percent);
	return buf;
}

void owner_put_percent(struct out *out, uint64_t part, uint64_t whole)
{
	char buf[FORMAT_MAX];

	out_label(out, "percent", percent_text(buf, part, whole));
}
