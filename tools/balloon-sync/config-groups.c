// SPDX-License-Identifier: GPL-2.0-or-later
/* The groups of a configuration file. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "loader.h"

static const char * const sources[] = { "filecache", "cgroup", NULL };

static const char * const group_keys[] = {
	"name", "members", "guests", "cap", "source", "limit", NULL
};

static const char * const share_keys[] = { "guest", "weight", NULL };

static int load_member(struct loader *l, const config_setting_t *from,
		       struct config_group *group, struct error *err)
{
	struct member_spec *spec = &group->members[group->member_count];
	const char *text = config_setting_get_string(from);
	struct entry *entry = &l->members[l->member_count];
	struct error why = { 0 };
	char *copy;

	if (config_setting_type(from) != CONFIG_TYPE_STRING || !text)
		return settings_error(&l->file, from, err,
				      "members: write each as text, like \"unit=aide.service\"");
	copy = strdup(text);
	if (!copy)
		return loader_no_memory(l, err);
	if (member_parse("members", copy, spec, &why) < 0) {
		free(copy);
		return settings_error(&l->file, from, err, "%s", why.text);
	}
	entry->text = copy;
	entry->setting = from;
	entry->index = l->member_count++;
	group->member_count++;
	return 0;
}

static int load_members(struct loader *l, const config_setting_t *from,
			struct config_group *group, struct error *err)
{
	const config_setting_t *list = config_setting_get_member(from, "members");
	int i, count = list ? config_setting_length(list) : 0;
	struct entry *more;

	if (!list || (!config_setting_is_list(list) && !config_setting_is_array(list)) ||
	    count < 1 || count > CONFIG_MEMBERS_MAX)
		return settings_error(&l->file, list ? list : from, err,
				      "members: write 1 to %d, like members = ( \"unit=aide.service\" );",
				      CONFIG_MEMBERS_MAX);
	group->members = calloc((size_t)count, sizeof(*group->members));
	more = reallocarray(l->members, l->member_count + (size_t)count, sizeof(*more));
	if (more)
		l->members = more;
	if (!more || !group->members)
		return loader_no_memory(l, err);
	for (i = 0; i < count; i++) {
		int r = load_member(l, config_setting_get_elem(list, (unsigned int)i),
				    group, err);
		if (r < 0)
			return r;
	}
	return 0;
}

static int add_share(struct loader *l, const config_setting_t *from,
		     const char *name, uint64_t weight,
		     struct config_group *group, struct error *err)
{
	struct entry key = { .text = name };
	const struct entry *found = NULL;
	size_t i;

	if (l->config->guest_count)
		found = bsearch(&key, l->names, l->config->guest_count,
				sizeof(key), loader_compare);
	if (!found)
		return settings_error(&l->file, from, err,
				      "guests: there is no guest '%.100s' in this file; write it into guests = ( ... ) too",
				      name);
	for (i = 0; i < group->share_count; i++)
		if (group->shares[i].guest == found->index)
			return settings_error(&l->file, from, err,
					      "guests: '%.100s' is there twice; add its weights",
					      name);
	group->shares[group->share_count].guest = found->index;
	group->shares[group->share_count++].weight = (unsigned int)weight;
	return 0;
}

static int load_share(struct loader *l, const config_setting_t *from,
		      struct config_group *group, struct error *err)
{
	const char *name = NULL;
	uint64_t weight = 1;
	int r = settings_known(&l->file, from, "a group's guest", share_keys, err);

	if (r == 0)
		r = settings_string(&l->file, from, "guest", &name, err);
	if (r == 0 && !name)
		r = settings_error(&l->file, from, err,
				   "guests: write { guest = \"...\"; weight = 1; }");
	if (r == 0)
		r = settings_number(&l->file, from, "weight", 1,
				    CONFIG_WEIGHT_MAX, &weight, err);
	return r < 0 ? r : add_share(l, from, name, weight, group, err);
}

static int load_shares(struct loader *l, const config_setting_t *from,
		       struct config_group *group, struct error *err)
{
	const config_setting_t *list = config_setting_get_member(from, "guests");
	bool single = list && config_setting_type(list) == CONFIG_TYPE_STRING;
	int i, r = 0, count = single ? 1 : 0;

	if (list && config_setting_is_list(list))
		count = config_setting_length(list);
	/* No guest can be there twice. */
	if (count < 1 || count > CONFIG_LIST_MAX)
		return settings_error(&l->file, list ? list : from, err,
				      "guests: write who pays, like guests = \"web1\"; or guests = ( { guest = \"web1\"; weight = 2; } );");
	group->shares = calloc((size_t)count, sizeof(*group->shares));
	if (!group->shares)
		return loader_no_memory(l, err);
	if (single)
		return add_share(l, list, config_setting_get_string(list), 1,
				 group, err);
	for (i = 0; i < count && r == 0; i++)
		r = load_share(l, config_setting_get_elem(list, (unsigned int)i),
			       group, err);
	return r;
}

/* What can be counted by cgroup, or limited, has one. */
static int check_cgroups(struct loader *l, const config_setting_t *from,
			 const struct config_group *group, struct error *err)
{
	size_t i;

	for (i = 0; i < group->member_count; i++) {
		if (member_has_cgroup(&group->members[i]))
			continue;
		if (group->source == CONFIG_CGROUP)
			return settings_error(&l->file, config_setting_get_member(from, "source"),
					      err,
					      "source: '%.64s' has no cgroup of its own; write members as cgroup= or unit=, or source = \"filecache\";",
					      group->members[i].text);
		if (group->limit)
			break;
	}
	if (group->limit && (i < group->member_count || group->member_count > 1))
		return settings_error(&l->file, config_setting_get_member(from, "limit"), err,
				      "limit: only one cgroup can be limited; write one member, cgroup= or unit=, or limit = false;");
	return 0;
}

static int load_group(struct loader *l, const config_setting_t *from,
		      struct config_group *group, struct error *err)
{
	unsigned int source = CONFIG_FILECACHE;
	int r = settings_known(&l->file, from, "a group", group_keys, err);

	group->cap_kb = CONFIG_NO_CAP;
	if (r == 0)
		r = loader_name(l, from, "a group", &group->name, err);
	if (r == 0)
		r = settings_size(&l->file, from, "cap", 0, SIZE_MAX_KB,
				  &group->cap_kb, err);
	if (r == 0)
		r = settings_word(&l->file, from, "source", sources, &source, err);
	group->source = source;
	if (r == 0)
		r = settings_bool(&l->file, from, "limit", &group->limit, err);
	if (r == 0)
		r = load_members(l, from, group, err);
	if (r == 0)
		r = load_shares(l, from, group, err);
	return r < 0 ? r : check_cgroups(l, from, group, err);
}

int loader_groups(struct loader *l, const config_setting_t *root,
		  struct error *err)
{
	struct config *config = l->config;
	const config_setting_t *list;
	struct entry *names;
	size_t i, count;
	int r = loader_list(l, root, "groups", &list, &count, err);

	if (r < 0)
		return r;
	config->groups = calloc(count + 1, sizeof(*config->groups));
	names = calloc(count + 1, sizeof(*names));
	if (!config->groups || !names)
		r = loader_no_memory(l, err);
	for (i = 0; i < count && r == 0; i++) {
		const config_setting_t *one = config_setting_get_elem(list, (unsigned int)i);

		config->group_count = i + 1;
		r = load_group(l, one, &config->groups[i], err);
		if (r < 0)
			break;
		names[i].text = config->groups[i].name;
		names[i].setting = config_setting_get_member(one, "name");
		names[i].index = i;
	}
	if (r == 0)
		r = loader_unique(l, names, count, "the group", err);
	if (r == 0)
		r = loader_unique(l, l->members, l->member_count, "the member", err);
	free(names);
	return r;
}
