/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Owners as rows of a table, and groups of them as one. */
#ifndef FILECACHE_OWNERS_H
#define FILECACHE_OWNERS_H

#include <stddef.h>
#include <stdint.h>

#include "base/out.h"
#include "command.h"
#include "filecache/filecache.h"
#include "names.h"

/*
 * What stands for the parent of an owner, when that has been freed or there is none.
 * The module has no such flags.
 */
#define OWNER_FLAG_FREED	0x80000000U
#define OWNER_FLAG_NONE		0x40000000U

/**
 * struct owners - owners and what is needed to show them
 * @list: in the order of ids; to be freed by owners_exit()
 * @count: of @list
 * @torn: they changed while they were read
 * @stats: totals, read right after
 */
struct owners {
	struct filecache_owner *list;
	size_t count;
	bool torn;
	struct filecache_stats stats;
};

/** owners_init() - Read all owners and the totals. Return: 0, negative errno. */
int owners_init(struct owners *owners, struct filecache_client *client,
		struct error *err);

/** owners_find() - An owner in a list that is in the order of ids, or NULL. */
const struct filecache_owner *owners_find(const struct filecache_owner *list,
					  size_t count, uint64_t id);

/** owners_exit() - Free what owners_init() made. */
void owners_exit(struct owners *owners);

/** owner_put_state() - Put "live", "DEAD", "exec'd" and the like into "state". */
void owner_put_state(struct out *out, const struct filecache_owner *owner);

/** owner_state() - "live", "DEAD", "exec'd", "kernel", or "-" for no process. */
const char *owner_state(const struct filecache_owner *owner);

/** owner_put_kind() - Put what it is into column "kind", for programs only. */
void owner_put_kind(struct out *out, const struct filecache_owner *owner);

/**
 * plain_name() - A name that strangers chose.
 * @name: any bytes
 * @escape: text_escape() or text_escape_utf8()
 *
 * Descriptions stand in parentheses and kernel threads in brackets; a name that
 * begins like that gets a backslash, which no escaped name can begin with.
 *
 * Return: a new string to be freed, or NULL when memory is short.
 */
char *plain_name(const char *name, char *(*escape)(const char *text));

/**
 * owner_name() - The name of its program, or what else it stands for.
 *
 * Safe for a terminal; a kernel thread is in brackets, what is no process in
 * parentheses, and no process can call itself either.
 *
 * Return: a new string to be freed, or NULL when memory is short.
 */
char *owner_name(const struct filecache_owner *owner);

/** owner_name_utf8() - The same for programs: valid UTF-8 in any locale. */
char *owner_name_utf8(const struct filecache_owner *owner);

/** owner_put_comm() - Put owner_name() into column "comm". */
void owner_put_comm(struct out *out, const struct filecache_owner *owner);

/** owner_is_pseudo() - Whether it belongs to no user and no cgroup either. */
bool owner_is_pseudo(const struct filecache_owner *owner);

/** owner_has_process() - Whether it is, or was, one process. */
bool owner_has_process(const struct filecache_owner *owner);

/** owner_has_user() - Whether it belongs to a user. */
bool owner_has_user(const struct filecache_owner *owner);

/** owner_ref() - How the owner is named on the command line: "@17". */
char *owner_ref(char *buf, const struct filecache_owner *owner);

/** owner_put_user() - Put its user into columns "uid" and "user". */
void owner_put_user(struct out *out, const struct filecache_owner *owner,
		    struct names *names);

/** percent_text() - A share such as "42%". Return: @buf, of FORMAT_MAX bytes. */
char *percent_text(char *buf, uint64_t part, uint64_t whole);

/** owner_put_percent() - A share such as "42%" in column "percent". */
void owner_put_percent(struct out *out, uint64_t part, uint64_t whole);

#endif
