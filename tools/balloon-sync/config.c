// SPDX-License-Identifier: GPL-2.0-or-later
/* What the configuration file says, checked as a whole. */
#include <ctype.h>
#include <errno.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/un.h>

#include "base/clock.h"
#include "config.h"
#include "loader.h"

#define INTERVAL_MIN_NS	(50 * NSEC_PER_MSEC)
#define TIME_MAX_NS	(24 * 3600 * NSEC_PER_SEC)
#define QUANTUM_MIN_KB	4
#define QUANTUM_MAX_KB	(1024 * 1024)

static const char * const policies[] = { "mirror", "slack-first", NULL };
static const char * const hypervisors[] = { "xen", "qmp", "libvirt", NULL };

static const char * const global_keys[] = {
	"policy", "interval", "deadband", "slew", "patience", "linger",
	"reserve", "metrics", "socket", "guests", "groups", NULL
};

static const char * const guest_keys[] = {
	"name", "hypervisor", "socket", "uri", "floor", "ceiling", "quantum",
	"back_off",
	NULL
};

int loader_no_memory(struct loader *l, struct error *err)
{
	return error_errno(err, -ENOMEM, "%s", l->file.path);
}

int loader_compare(const void *a, const void *b)
{
	const struct entry *x = a, *y = b;

	return strcmp(x->text, y->text);
}

static int compare_entries(const void *a, const void *b)
{
	const struct entry *x = a, *y = b;
	int order = loader_compare(a, b);

	return order ? order : (x->index > y->index) - (x->index < y->index);
}

/* Sorts, and complains of what is there twice where it is the second time. */
int loader_unique(struct loader *l, struct entry *entries, size_t count,
		  const char *what, struct error *err)
{
	size_t i;

	if (count == 0)
		return 0;
	qsort(entries, count, sizeof(*entries), compare_entries);
	for (i = 1; i < count; i++)
		if (strcmp(entries[i - 1].text, entries[i].text) == 0)
			return settings_error(&l->file, entries[i].setting, err,
					      "%s '%.100s' is in line %u already; remove one of them",
					      what, entries[i].text,
					      config_setting_source_line(entries[i - 1].setting));
	return 0;
}

/* Names end up in file names, in metrics and on terminals. */
int loader_name(struct loader *l, const config_setting_t *from,
		const char *what, char **ret, struct error *err)
{
	const char *name = NULL, *p;
	int r = settings_string(&l->file, from, "name", &name, err);

	if (r < 0)
		return r;
	if (!name)
		return settings_error(&l->file, from, err,
				      "%s has no name; write name = \"...\";", what);
	for (p = name; *p; p++)
		if (iscntrl((unsigned char)*p) || *p == '/')
			break;
	if (*p || p - name > CONFIG_NAME_MAX || *name == '.')
		return settings_error(&l->file, config_setting_get_member(from, "name"), err,
				      "name: write 1 to %d characters without '/', not beginning with '.'",
				      CONFIG_NAME_MAX);
	*ret = strdup(name);
	return *ret ? 0 : loader_no_memory(l, err);
}

/* An absolute path of less than @max bytes; @ret stays without the key. */
static int load_path(struct loader *l, const config_setting_t *from,
		     const char *key, size_t max, char **ret, struct error *err)
{
	const char *path = NULL;
	int r = settings_string(&l->file, from, key, &path, err);

	if (r < 0 || !path)
		return r;
	if (*path != '/' || strlen(path) >= max)
		return settings_error(&l->file, config_setting_get_member(from, key), err,
				      "%s: write a path from the root, of less than %zu bytes",
				      key, max);
	free(*ret);
	*ret = strdup(path);
	return *ret ? 0 : loader_no_memory(l, err);
}

static int load_linger(struct loader *l, const config_setting_t *root,
		       uint64_t *ret, struct error *err)
{
	const char *text = NULL;
	int r = settings_string(&l->file, root, "linger", &text, err);

	if (r == 0 && text && strcmp(text, "never") == 0)
		*ret = CONFIG_NEVER;
	else if (r == 0)
		r = settings_time(&l->file, root, "linger", 0, TIME_MAX_NS, ret, err);
	return r;
}

static int load_global(struct loader *l, const config_setting_t *root,
		       struct error *err)
{
	struct config_global *g = &l->config->global;
	const struct settings *file = &l->file;
	unsigned int policy = CONFIG_MIRROR;
	int r = settings_known(file, root, "the file", global_keys, err);

	g->interval_ns = NSEC_PER_SEC;
	g->deadband_kb = 256;
	g->patience_ns = 5 * NSEC_PER_SEC;
	g->linger_ns = 10 * NSEC_PER_SEC;
	g->socket = strdup(CONFIG_SOCKET);
	if (r == 0 && !g->socket)
		r = loader_no_memory(l, err);
	if (r == 0)
		r = settings_word(file, root, "policy", policies, &policy, err);
	if (r == 0)
		r = settings_time(file, root, "interval", INTERVAL_MIN_NS,
				  TIME_MAX_NS, &g->interval_ns, err);
	if (r == 0)
		r = settings_time(file, root, "patience", NSEC_PER_SEC,
				  TIME_MAX_NS, &g->patience_ns, err);
	if (r == 0)
		r = load_linger(l, root, &g->linger_ns, err);
	if (r == 0)
		r = settings_size(file, root, "deadband", 0, SIZE_MAX_KB,
				  &g->deadband_kb, err);
	if (r == 0)
		r = settings_size(file, root, "slew", 0, SIZE_MAX_KB, &g->slew_kb, err);
	if (r == 0)
		r = settings_size(file, root, "reserve", 0, SIZE_MAX_KB,
				  &g->reserve_kb, err);
	if (r == 0)
		r = load_path(l, root, "metrics", PATH_MAX, &g->metrics, err);
	if (r == 0)
		r = load_path(l, root, "socket",
			      sizeof(((struct sockaddr_un *)0)->sun_path),
			      &g->socket, err);
	g->policy = policy;
	return r;
}

/* A list of the root: 0 to CONFIG_LIST_MAX groups in parentheses. */
int loader_list(struct loader *l, const config_setting_t *root,
		const char *key, const config_setting_t **ret, size_t *ret_count,
		struct error *err)
{
	const config_setting_t *list = config_setting_get_member(root, key);
	int count;

	if (!list)
		return error_set(err, -EINVAL,
				 "%s:1: there are no %s; write %s = ( { name = \"...\"; ... } );",
				 l->file.path, key, key);
	if (!config_setting_is_list(list))
		return settings_error(&l->file, list, err,
				      "%s: write a list, like %s = ( { name = \"...\"; ... } );",
				      key, key);
	count = config_setting_length(list);
	if (count > CONFIG_LIST_MAX)
		return settings_error(&l->file, list, err,
				      "%s: there are %d, no more than %d can be followed",
				      key, count, CONFIG_LIST_MAX);
	*ret = list;
	*ret_count = (size_t)count;
	return 0;
}

static int load_address(struct loader *l, const config_setting_t *from,
			struct config_guest *guest, struct error *err)
{
	const config_setting_t *uri = config_setting_get_member(from, "uri");
	const config_setting_t *path = config_setting_get_member(from, "socket");
	const char *text = "qemu:///system";
	int r;

	if (uri && guest->hypervisor != CONFIG_LIBVIRT)
		return settings_error(&l->file, uri, err,
				      "uri: is for hypervisor = \"libvirt\"; remove it");
	if (path && guest->hypervisor != CONFIG_QMP)
		return settings_error(&l->file, path, err,
				      "socket: is for hypervisor = \"qmp\"; remove it");
	if (guest->hypervisor == CONFIG_QMP) {
		if (!path)
			return settings_error(&l->file, from, err,
					      "guest '%.64s' needs the path of QEMU's socket; write socket = \"/...\";",
					      guest->name);
		return load_path(l, from, "socket",
				 sizeof(((struct sockaddr_un *)0)->sun_path),
				 &guest->address, err);
	}
	if (guest->hypervisor == CONFIG_XEN)
		return 0;
	r = settings_string(&l->file, from, "uri", &text, err);
	if (r == 0) {
		guest->address = strdup(text);
		r = guest->address ? 0 : loader_no_memory(l, err);
	}
	return r;
}

static int load_sizes(struct loader *l, const config_setting_t *from,
		      struct config_guest *guest, struct error *err)
{
	int r;

	guest->floor_kb = CONFIG_FLOOR_HALF;
	guest->ceiling_kb = CONFIG_NO_CEILING;
	guest->back_off = true;
	r = settings_size(&l->file, from, "floor", 0, SIZE_MAX_KB,
			  &guest->floor_kb, err);
	if (r == 0)
		r = settings_size(&l->file, from, "ceiling", QUANTUM_MIN_KB,
				  SIZE_MAX_KB, &guest->ceiling_kb, err);
	if (r == 0)
		r = settings_size(&l->file, from, "quantum", QUANTUM_MIN_KB,
				  QUANTUM_MAX_KB, &guest->quantum_kb, err);
	if (r == 0)
		r = settings_bool(&l->file, from, "back_off", &guest->back_off, err);
	if (r < 0)
		return r;
	if (guest->floor_kb != CONFIG_FLOOR_HALF && guest->floor_kb > guest->ceiling_kb)
		return settings_error(&l->file, config_setting_get_member(from, "floor"), err,
				      "floor: is above the ceiling; write a smaller one");
	if (guest->quantum_kb & (guest->quantum_kb - 1))
		return settings_error(&l->file, config_setting_get_member(from, "quantum"), err,
				      "quantum: is no power of two; write \"4K\" or \"2M\"");
	return 0;
}

/* A host is dom0 or has /dev/kvm; it has one pool of memory. */
static bool on_xen(const struct config_guest *guest)
{
	return guest->hypervisor == CONFIG_XEN;
}

static int load_guest(struct loader *l, const config_setting_t *from,
		      struct config_guest *guest, struct error *err)
{
	unsigned int hypervisor = CONFIG_XEN;
	int r = settings_known(&l->file, from, "a guest", guest_keys, err);

	if (r == 0)
		r = loader_name(l, from, "a guest", &guest->name, err);
	if (r == 0)
		r = settings_word(&l->file, from, "hypervisor", hypervisors,
				  &hypervisor, err);
	guest->hypervisor = hypervisor;
	if (r == 0)
		r = load_address(l, from, guest, err);
	if (r == 0)
		r = load_sizes(l, from, guest, err);
	if (r == 0 && on_xen(guest) != on_xen(&l->config->guests[0]))
		r = settings_error(&l->file, from, err,
				   "guest '%.64s': one host has either guests of Xen or others",
				   guest->name);
	return r;
}

/* Two names for one socket would be one guest that pays twice. */
static int check_sockets(struct loader *l, const config_setting_t *list,
			 struct error *err)
{
	size_t i, count = 0, room = l->config->guest_count;
	struct entry *entries = calloc(room + 1, sizeof(*entries));
	int r;

	if (!entries)
		return loader_no_memory(l, err);
	for (i = 0; i < room; i++) {
		const config_setting_t *one = config_setting_get_elem(list, (unsigned int)i);

		if (l->config->guests[i].hypervisor != CONFIG_QMP)
			continue;
		entries[count].text = l->config->guests[i].address;
		entries[count].setting = config_setting_get_member(one, "socket");
		entries[count++].index = i;
	}
	r = loader_unique(l, entries, count, "the socket", err);
	free(entries);
	return r;
}

static int load_guests(struct loader *l, const config_setting_t *root,
		       struct error *err)
{
	struct config *config = l->config;
	const config_setting_t *list;
	size_t i, count;
	int r = loader_list(l, root, "guests", &list, &count, err);

	if (r < 0)
		return r;
	config->guests = calloc(count + 1, sizeof(*config->guests));
	l->names = calloc(count + 1, sizeof(*l->names));
	if (!config->guests || !l->names)
		return loader_no_memory(l, err);
	for (i = 0; i < count; i++) {
		const config_setting_t *one = config_setting_get_elem(list, (unsigned int)i);

		config->guest_count = i + 1;
		r = load_guest(l, one, &config->guests[i], err);
		if (r < 0)
			return r;
		l->names[i].text = config->guests[i].name;
		l->names[i].setting = config_setting_get_member(one, "name");
		l->names[i].index = i;
	}
	r = loader_unique(l, l->names, count, "the guest", err);
	return r < 0 ? r : check_sockets(l, list, err);
}

int config_load(const char *path, struct config **ret, struct error *err)
{
	struct loader l = { .config = calloc(1, sizeof(*l.config)) };
	config_setting_t *root;
	int r;

	if (!l.config)
		return error_errno(err, -ENOMEM, "%s", path);
	r = settings_open(&l.file, path, err);
	if (r < 0) {
		free(l.config);
		return r;
	}
	root = config_root_setting(&l.file.tree);
	r = load_global(&l, root, err);
	if (r == 0)
		r = load_guests(&l, root, err);
	if (r == 0)
		r = loader_groups(&l, root, err);
	settings_close(&l.file);
	free(l.names);
	free(l.members);
	if (r == 0)
		*ret = l.config;
	else
		config_free(l.config);
	return r;
}

void config_free(struct config *config)
{
	size_t i, j;

	if (!config)
		return;
	for (i = 0; i < config->guest_count; i++) {
		free(config->guests[i].name);
		free(config->guests[i].address);
	}
	for (i = 0; i < config->group_count; i++) {
		struct config_group *group = &config->groups[i];

		for (j = 0; j < group->member_count; j++)
			free((char *)group->members[j].text);
		free(group->name);
		free(group->members);
		free(group->shares);
	}
	free(config->guests);
	free(config->groups);
	free(config->global.metrics);
	free(config->global.socket);
	free(config);
}
