// SPDX-License-Identifier: GPL-2.0-or-later
/* Names of users and cgroups, remembered, since finding them out costs. */
#include <inttypes.h>
#include <pwd.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cgroup.h"
#include "names.h"

/* As many as a busy host has at a time; beyond, it begins anew. */
#define NAMES_MAX 16384

/**
 * struct name_entry - what a number is called
 * @id: the number
 * @name: to be freed
 */
struct name_entry {
	uint64_t id;
	char *name;
};

static void forget(struct name_table *table)
{
	size_t i;

	for (i = 0; i < table->count; i++)
		free(table->list[i].name);
	free(table->list);
	*table = (struct name_table){ 0 };
}

void names_exit(struct names *names)
{
	forget(&names->users);
	forget(&names->cgroups);
}

/* Index of a number, or of where it would stand. */
static size_t place(const struct name_table *table, uint64_t id)
{
	size_t low = 0, high = table->count;

	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (table->list[middle].id < id)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

/* Takes over @name. Return: it, or "?" when memory is short. */
static const char *add(struct name_table *table, uint64_t id, char *name)
{
	struct name_entry *more;
	size_t at;

	if (table->count >= NAMES_MAX)
		forget(table);
	at = place(table, id);
	more = name ? reallocarray(table->list, table->count + 1,
				   sizeof(*more)) : NULL;
	if (!more) {
		free(name);
		return "?";
	}
	table->list = more;
	memmove(&more[at + 1], &more[at], (table->count - at) * sizeof(*more));
	more[at] = (struct name_entry){ .id = id, .name = name };
	table->count++;
	return name;
}

static const char *find(const struct name_table *table, uint64_t id)
{
	size_t at = place(table, id);

	if (at < table->count && table->list[at].id == id)
		return table->list[at].name;
	return NULL;
}

const char *names_user(struct names *names, uint32_t uid)
{
	const char *name = find(&names->users, uid);
	const struct passwd *entry;
	char *text;

	if (name)
		return name;
	entry = getpwuid(uid);
	if (entry)
		text = strdup(entry->pw_name);
	else if (asprintf(&text, "%" PRIu32, uid) < 0)
		text = NULL;
	return add(&names->users, uid, text);
}

const char *names_cgroup(struct names *names, uint64_t id)
{
	const char *name = find(&names->cgroups, id);
	char *path;

	if (name)
		return name;
	if (cgroup_path(id, &path) < 0 &&
	    asprintf(&path, "(cgroup %" PRIu64 ")", id) < 0)
		path = NULL;
	return add(&names->cgroups, id, path);
}
