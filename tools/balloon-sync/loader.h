/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A file on its way to a configuration; for the parts of config.c alone. */
#ifndef BALLOON_SYNC_LOADER_H
#define BALLOON_SYNC_LOADER_H

#include <stddef.h>

#include "config.h"
#include "settings.h"

/* No size in the file is above 16 TiB. */
#define SIZE_MAX_KB	(16ULL << 30)

/**
 * struct entry - a name in the file, to find those that are there twice
 * @text: the name
 * @setting: where it is
 * @index: place in its list
 */
struct entry {
	const char *text;
	const config_setting_t *setting;
	size_t index;
};

/**
 * struct loader - a file on its way to a configuration
 * @file: the file
 * @config: filled in
 * @names: of guests, sorted
 * @members: of all groups
 * @member_count: of @members
 */
struct loader {
	struct settings file;
	struct config *config;
	struct entry *names;
	struct entry *members;
	size_t member_count;
};

/** loader_no_memory() - Say so. Return: -ENOMEM. */
int loader_no_memory(struct loader *l, struct error *err);

/** loader_compare() - Order of two struct entry by text alone, for bsearch(). */
int loader_compare(const void *a, const void *b);

/**
 * loader_unique() - Sort names, and see that none is there twice.
 * @l: the file
 * @entries: sorted by text
 * @count: of @entries
 * @what: names them in the error: "the guest"
 * @err: in the line of the second one
 *
 * Return: 0 or -EINVAL.
 */
int loader_unique(struct loader *l, struct entry *entries, size_t count,
		  const char *what, struct error *err);

/** loader_name() - The key "name" of what @what calls it. Return: 0, -errno. */
int loader_name(struct loader *l, const config_setting_t *from,
		const char *what, char **ret, struct error *err);

/** loader_list() - A list of the root, of bounded length. Return: 0, -EINVAL. */
int loader_list(struct loader *l, const config_setting_t *root,
		const char *key, const config_setting_t **ret, size_t *ret_count,
		struct error *err);

/** loader_groups() - All groups, after all guests. Return: 0, -errno. */
int loader_groups(struct loader *l, const config_setting_t *root,
		  struct error *err);

#endif
