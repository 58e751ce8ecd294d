// SPDX-License-Identifier: GPL-2.0-or-later
#include <errno.h>
#include <string.h>

#include "base/macros.h"
#include "field.h"
#include "namespace.h"
#include "path.h"

/* MAX_PID_NS_LEVEL of include/linux/pid_namespace.h. */
#define LEVELS_MAX	32u
/* As deep as a path of that many bytes can be. */
#define DEPTH_MAX	(PATH_ROOM / 2)

/**
 * struct kind - of namespace that a struct nsproxy leads to
 * @pointer: in there
 * @number: in what it leads to; of no size when the kernel has none of that kind
 * @ret: where the number goes
 */
struct kind {
	const struct types_member *pointer;
	const struct types_member *number;
	uint32_t *ret;
};

static int read_number(const struct guest *guest, uint64_t namespace,
		       const struct types_member *member, uint32_t *ret)
{
	uint64_t number;
	int r = field_read(guest, namespace, member, &number);

	if (r == 0)
		*ret = (uint32_t)number;
	return r;
}

/* One that was met last is not read again. */
static int read_known(const struct guest *guest, uint64_t namespace,
		      const struct types_member *member, uint64_t *known, uint32_t *ret)
{
	int r = 0;

	if (!namespace || namespace != *known) {
		*known = 0;
		r = read_number(guest, namespace, member, ret);
	}
	if (r == 0)
		*known = namespace;
	return r;
}

static int read_proxy(const struct guest *guest, uint64_t proxy, struct guest_namespaces *ret)
{
	const struct guest_layout *l = &guest->layout;
	const struct kind kinds[] = {
		{ &l->nsproxy_mnt_ns, &l->mnt_ns_inum, &ret->mnt },
		{ &l->nsproxy_net, &l->net_inum, &ret->net },
		{ &l->nsproxy_uts, &l->uts_inum, &ret->uts },
		{ &l->nsproxy_ipc, &l->ipc_inum, &ret->ipc },
		{ &l->nsproxy_cgroup, &l->cgroup_ns_inum, &ret->cgroup },
	};
	size_t i;
	int r = 0;

	for (i = 0; r == 0 && i < ARRAY_SIZE(kinds); i++) {
		uint64_t namespace;

		r = field_read(guest, proxy, kinds[i].pointer, &namespace);
		if (r == 0 && namespace && kinds[i].number->size)
			r = read_number(guest, namespace, kinds[i].number, kinds[i].ret);
	}
	return r;
}

/* The innermost of those that it has a number in is its own. */
static int read_pid(const struct guest *guest, uint64_t pid, struct guest_places *places,
		    struct guest_namespaces *ret)
{
	const struct guest_layout *l = &guest->layout;
	uint64_t level, number, namespace, at;
	const struct wish wishes[] = { { &l->upid_nr, &number }, { &l->upid_ns, &namespace } };
	int r = field_read(guest, pid, &l->pid_level, &level);

	if (r == 0 && level > LEVELS_MAX)
		return -EPROTO;
	at = field_address(pid, &l->pid_numbers) + level * l->upid_bytes;
	if (r == 0)
		r = field_read_all(guest, at, l->upid_bytes, wishes, ARRAY_SIZE(wishes));
	if (r == 0)
		r = read_known(guest, namespace, &l->pid_ns_inum, &places->pid, &places->of_pid);
	if (r < 0)
		return r;
	ret->pid = places->of_pid;
	ret->inner_pid = (uint32_t)number;
	return 0;
}

static int know_proxy(const struct guest *guest, uint64_t proxy, struct guest_places *places)
{
	struct guest_namespaces found = { 0 };
	int r;

	if (proxy == places->proxy)
		return 0;
	r = read_proxy(guest, proxy, &found);
	if (r < 0)
		return r;
	places->of_proxy = found;
	places->proxy = proxy;
	return 0;
}

int guest_namespaces(const struct guest *guest, const struct guest_task *task,
		     struct guest_places *places, struct guest_namespaces *ret)
{
	const struct guest_layout *l = &guest->layout;
	struct guest_namespaces found = { 0 };
	uint64_t proxy, pid, cred, user;
	const struct wish wishes[] = {
		{ &l->task_nsproxy, &proxy }, { &l->task_thread_pid, &pid },
		{ &l->task_real_cred, &cred },
	};
	int r = field_read_all(guest, task->address, l->task_bytes, wishes, ARRAY_SIZE(wishes));

	if (r == 0)
		r = field_read(guest, cred, &l->cred_user_ns, &user);
	if (r == 0)
		r = read_known(guest, user, &l->user_ns_inum, &places->user, &places->of_user);
	/* What has ended has neither of them. */
	if (r == 0 && proxy)
		r = know_proxy(guest, proxy, places);
	if (r == 0 && proxy)
		found = places->of_proxy;
	if (r == 0 && pid)
		r = read_pid(guest, pid, places, &found);
	if (r < 0)
		return r;
	found.user = places->of_user;
	*ret = found;
	return 0;
}

static int path_of_node(const struct guest *guest, uint64_t node, char ret[PATH_ROOM])
{
	char path[PATH_ROOM], name[PATH_NAME_ROOM];
	size_t at = sizeof(path) - 1;
	uint64_t parent, text;
	int depth;

	path[at] = '\0';
	for (depth = 0; ; depth++, node = parent) {
		int r = field_read(guest, node, &guest->layout.node_parent, &parent);

		/* The one at the top has no name. */
		if (r == 0 && !parent)
			break;
		if (depth == DEPTH_MAX)
			return -ELOOP;
		if (r == 0)
			r = field_read(guest, node, &guest->layout.node_name, &text);
		if (r == 0)
			r = path_text(guest, text, name, sizeof(name));
		if (r < 0)
			return r;
		path_clean(name, strlen(name));
		r = path_prepend(path, &at, name, strlen(name));
		if (r < 0)
			return r;
	}
	if (path[at] == '\0')
		path[--at] = '/';
	memcpy(ret, path + at, sizeof(path) - at);
	return 0;
}

int guest_cgroup(const struct guest *guest, const struct guest_task *task,
		 struct guest_places *places, char ret[GUEST_PATH_MAX])
{
	const struct guest_layout *l = &guest->layout;
	uint64_t set, at;
	int r;

	if (!l->task_cgroups.size || !l->css_set_cgroup.size || !l->cgroup_node.size)
		return -ENOENT;
	r = field_read(guest, task->address, &l->task_cgroups, &set);
	if (r == 0 && (!set || set != places->set)) {
		places->set = 0;
		r = field_read(guest, set, &l->css_set_cgroup, &at);
		if (r == 0)
			r = field_read(guest, at, &l->cgroup_node, &at);
		if (r == 0)
			r = path_of_node(guest, at, places->cgroup);
	}
	if (r < 0)
		return r;
	places->set = set;
	memcpy(ret, places->cgroup, sizeof(places->cgroup));
	return 0;
}
