/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Names of users and cgroups, remembered, since finding them out costs. */
#ifndef FILECACHE_NAMES_H
#define FILECACHE_NAMES_H

#include <stddef.h>
#include <stdint.h>

/**
 * struct name_table - names of things that have a number
 * @list: in the order of numbers
 * @count: of @list
 */
struct name_table {
	struct name_entry *list;
	size_t count;
};

/**
 * struct names - what has been found out so far
 * @users: by uid
 * @cgroups: by id
 *
 * A cgroup that has been removed keeps the name that it had.
 */
struct names {
	struct name_table users;
	struct name_table cgroups;
};

/** names_exit() - Forget all. */
void names_exit(struct names *names);

/** names_user() - Name of a user, any bytes, or the number. */
const char *names_user(struct names *names, uint32_t uid);

/** names_cgroup() - Path of a cgroup, any bytes; "(cgroup NUMBER)" if gone. */
const char *names_cgroup(struct names *names, uint64_t id);

#endif
