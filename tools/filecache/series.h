/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Owners summed up by a name that metrics may carry, and not too many names. */
#ifndef FILECACHE_SERIES_H
#define FILECACHE_SERIES_H

#include <stddef.h>
#include <stdint.h>

#include "filecache/filecache.h"
#include "names.h"

/**
 * enum series_by - what owners are summed up by
 * @SERIES_PROGRAM: name of the program
 * @SERIES_USER: user
 * @SERIES_CGROUP: cgroup; all that have been removed are one
 */
enum series_by {
	SERIES_PROGRAM,
	SERIES_USER,
	SERIES_CGROUP,
};

/**
 * struct series - a sum
 * @label: valid UTF-8; in parentheses when it is not a name but a description
 * @id: uid as text, "" when it is not about users
 * @pages: held now
 * @owners: how many were summed
 */
struct series {
	char *label;
	char id[16];
	uint64_t pages;
	uint64_t owners;
};

/**
 * struct series_list - sums, the largest first; what was too many is the last
 * @list: to be freed by series_exit()
 * @count: of @list
 */
struct series_list {
	struct series *list;
	size_t count;
};

/**
 * series_init() - Sum up.
 * @list: filled in
 * @by: by what
 * @owners: of a dump
 * @count: of @owners
 * @max: names at most; all others are one more, "(other)"
 * @names: of users and cgroups
 *
 * Return: 0 or -ENOMEM.
 */
int series_init(struct series_list *list, enum series_by by,
		const struct filecache_owner *owners, size_t count, size_t max,
		struct names *names);

/** series_exit() - Free the sums. */
void series_exit(struct series_list *list);

#endif
