// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * One group for a virtual machine and the IDS that watches it:
 *
 *	GROUP			weight and cap of both
 *	GROUP/vm		all of QEMU's threads
 *	GROUP/ids		the IDS
 *
 * GROUP is QEMU's own group where nobody else is in it, otherwise a new one beside it (below
 * the root, if QEMU is there).  Where systemd runs, groups are its own but those that it has
 * handed over ("delegated", as libvirt's are): then GROUP is that one, and QEMU is moved only
 * if it is right in there, where libvirt never leaves it.
 *
 * A domain of Xen's has no process: the one who watches over its IDS takes QEMU's place.
 */
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/xattr.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/clock.h"
#include "base/file.h"
#include "base/json.h"
#include "dissolve.h"
#include "isolation.h"

#define CONTROL_MOST	4096
#define PREFIX		"isolate-"
/* Whoever is about to end is in a group still, and cannot be moved any more. */
#define PATIENCE_NS	(5 * NSEC_PER_SEC)
/* In all, with what belongs to others. */
#define ORPHANS_NS	NSEC_PER_SEC

static int put(char ret[PATH_MAX], const char *folder, const char *name, struct error *err)
{
	if (snprintf(ret, PATH_MAX, "%s/%s", folder, name) >= PATH_MAX)
		return error_errno(err, -ENAMETOOLONG, "%s", folder);
	return 0;
}

static void to_parent(char path[PATH_MAX])
{
	*strrchr(path, '/') = '\0';
}

/* systemd marks what it keeps its hands off; without privileges, by the second name. */
static bool is_delegated(const char *folder)
{
	char value[4];

	return getxattr(folder, "trusted.delegate", value, sizeof(value)) == 1 ||
	       getxattr(folder, "user.delegate", value, sizeof(value)) == 1;
}

/* Where systemd runs. Return: 0; -EPERM. */
static int find_delegated(struct isolation *isolation, pid_t pid, struct error *err)
{
	const char *who = pid == getpid() ? "kvmonitor" : "QEMU";
	char path[PATH_MAX];

	snprintf(path, sizeof(path), "%s", isolation->vm_from);
	while (strlen(path) > strlen(isolation->tree.mount) && !is_delegated(path))
		to_parent(path);
	if (strlen(path) <= strlen(isolation->tree.mount))
		return error_set(err, -EPERM,
				 "%s: is systemd's; start %s by systemd-run --scope -p Delegate=yes%s",
				 isolation->vm_from, who,
				 pid == getpid() ? "" : ", or by libvirt");
	if (cputree_has_others(path, pid))
		return error_set(err, -EPERM,
				 "%s: has other processes than %s; start that by systemd-run --scope -p Delegate=yes",
				 path, who);
	snprintf(isolation->group, PATH_MAX, "%s", path);
	return 0;
}

static int find_beside(struct isolation *isolation, pid_t pid, struct error *err)
{
	char parent[PATH_MAX], name[32];

	snprintf(parent, sizeof(parent), "%s", isolation->vm_from);
	if (strcmp(parent, isolation->tree.mount) != 0) {
		if (!cputree_has_others(parent, pid)) {
			snprintf(isolation->group, PATH_MAX, "%s", parent);
			return 0;
		}
		to_parent(parent);
	}
	isolation->made = true;
	snprintf(name, sizeof(name), "kvmonitor-%d", (int)pid);
	return put(isolation->group, parent, name, err);
}

/* Who owns the folder could have groups of his own in there, and the IDS' processes. */
static int check_owner(const struct isolation *isolation, struct error *err)
{
	char folder[PATH_MAX];
	struct stat st;

	snprintf(folder, sizeof(folder), "%s", isolation->group);
	if (isolation->made)
		to_parent(folder);
	if (stat(folder, &st) < 0)
		return error_errno(err, -errno, "%s", folder);
	return st.st_uid == geteuid() ? 0 :
	       error_set(err, -EPERM, "%s: belongs to user %u, who could undo it", folder,
			 st.st_uid);
}

static int find_group(struct isolation *isolation, pid_t pid, struct error *err)
{
	int r = access("/run/systemd/system", F_OK) == 0 ?
		find_delegated(isolation, pid, err) : find_beside(isolation, pid, err);

	if (r == 0)
		r = check_owner(isolation, err);
	if (r == 0)
		r = put(isolation->ids, isolation->group, "ids", err);
	/* Deeper in the group it may stay: those two are beside each other already. */
	if (r == 0 && (isolation->made || strcmp(isolation->group, isolation->vm_from) == 0))
		r = put(isolation->vm, isolation->group, "vm", err);
	return r;
}

static int make_folder(const char *path, struct error *err)
{
	return mkdir(path, 0755) < 0 && errno != EEXIST ? error_errno(err, -errno, "%s", path) : 0;
}

static int hand_down(const char *folder, const char *controllers, struct error *err)
{
	char path[PATH_MAX];
	int r = put(path, folder, "cgroup.subtree_control", err);

	return r < 0 ? r : file_write(path, controllers, err);
}

static int parent_hands_down(struct isolation *isolation, const char *controllers,
			     struct error *err)
{
	char parent[PATH_MAX];

	snprintf(parent, sizeof(parent), "%s", isolation->group);
	to_parent(parent);
	return hand_down(parent, controllers, err);
}

static json_t *to_json(const struct isolation *isolation)
{
	return json_pack("{s:s, s:b, s:s, s:s, s:s, s:s, s:s, s:b, s:o, s:s}",
			 "group", isolation->group, "made", isolation->made,
			 "ids", isolation->ids, "vm", isolation->vm,
			 "vm_from", isolation->vm_from, "ids_from", isolation->ids_from,
			 "controllers", isolation->controllers, "memory", isolation->memory,
			 "weight", json_u64(isolation->weight), "cap", isolation->cap);
}

static int note(const struct isolation *isolation, struct error *err)
{
	__free_json json_t *what = to_json(isolation);

	return what ? record_write(&isolation->record, what, err) :
		      error_errno(err, -ENOMEM, "%s", isolation->group);
}

/* Of version 2: a group has a weight only if its parent has handed that down. */
static int have_weights(struct isolation *isolation, struct error *err)
{
	int r;

	if (cputree_weight(&isolation->tree, isolation->group))
		return 0;
	strcpy(isolation->controllers, "-cpu");
	r = note(isolation, err);
	r = r < 0 ? r : parent_hands_down(isolation, "+cpu", err);
	if (r < 0)
		return error_set(err, r,
				 "%s: has no weight: the group above hands down no processors",
				 isolation->group);
	return 0;
}

static int get_path(const json_t *what, const char *key, char ret[PATH_MAX],
		    const struct cputree *tree, struct error *err)
{
	const char *text;
	int r = json_get_string(what, key, &text, err);

	if (r < 0)
		return r;
	if (*text && (strlen(text) >= PATH_MAX ||
		      strncmp(text, tree->mount, strlen(tree->mount)) != 0))
		return error_set(err, -EINVAL, "%s: is no group", key);
	strcpy(ret, text);
	return 0;
}

static int from_json(struct isolation *isolation, const json_t *what, struct error *err)
{
	const struct cputree *tree = &isolation->tree;
	const char *text;
	int r = get_path(what, "group", isolation->group, tree, err);

	if (r == 0)
		r = get_path(what, "ids", isolation->ids, tree, err);
	if (r == 0)
		r = get_path(what, "vm", isolation->vm, tree, err);
	if (r == 0)
		r = get_path(what, "vm_from", isolation->vm_from, tree, err);
	if (r == 0)
		r = get_path(what, "ids_from", isolation->ids_from, tree, err);
	if (r == 0)
		r = json_get_bool(what, "made", &isolation->made, err);
	if (r == 0)
		r = json_get_bool(what, "memory", &isolation->memory, err);
	if (r == 0)
		r = json_get_string(what, "controllers", &text, err);
	if (r == 0)
		snprintf(isolation->controllers, sizeof(isolation->controllers), "%s", text);
	if (r == 0)
		r = json_get_u64(what, "weight", &isolation->weight, err);
	if (r == 0)
		r = json_get_string(what, "cap", &text, err);
	if (r == 0)
		snprintf(isolation->cap, sizeof(isolation->cap), "%s", text);
	return r;
}

/* Where a group is gone meanwhile, its processes go to the one above it. */
static int give_back(const char *from, const char *to, const struct cputree *tree,
		     uint64_t until_ns, struct error *err)
{
	char place[PATH_MAX];

	if (!*from || access(from, F_OK) < 0)
		return 0;
	snprintf(place, sizeof(place), "%s", to);
	while (strlen(place) > strlen(tree->mount) && access(place, F_OK) < 0)
		to_parent(place);
	return dissolve(from, place, until_ns, err);
}

static int restore_group(const struct isolation *isolation, struct error *err)
{
	int r = 0;

	if (access(isolation->group, F_OK) < 0)
		return 0;
	if (isolation->made) {
		if (rmdir(isolation->group) < 0)
			return error_errno(err, -errno, "%s", isolation->group);
		return 0;
	}
	if (isolation->weight)
		r = cputree_set_weight(&isolation->tree, isolation->group, isolation->weight,
				       err);
	if (r == 0)
		r = cputree_restore_cap(&isolation->tree, isolation->group, isolation->cap, err);
	return r;
}

/* The kernel takes it from others beside this group, if they use it by now. */
static void take_back(struct isolation *isolation)
{
	const struct cputree *tree = &isolation->tree;

	if (strstr(isolation->controllers, "-cpu") &&
	    !cputree_siblings_set(tree, isolation->group))
		parent_hands_down(isolation, "-cpu", NULL);
	if (strstr(isolation->controllers, "-memory") &&
	    !cputree_siblings_limited(tree, isolation->group))
		parent_hands_down(isolation, "-memory", NULL);
}

/* A group that hands down anything can have no processes of its own. */
static void take_memory(const struct isolation *isolation)
{
	if (isolation->memory && !isolation->made)
		hand_down(isolation->group, "-memory", NULL);
}

static int undo(struct isolation *isolation, uint64_t until_ns, struct error *err)
{
	const struct cputree *tree = &isolation->tree;
	int r, s;

	if (!isolation->group[0])
		return 0;
	take_memory(isolation);
	r = give_back(isolation->ids, isolation->ids_from, tree, until_ns, err);
	/* Groups of the IDS' own had it, perhaps. */
	take_memory(isolation);
	/* Whatever is left of the IDS, the virtual machine is as it was. */
	s = give_back(isolation->vm, isolation->vm_from, tree, until_ns, r < 0 ? NULL : err);
	r = r < 0 ? r : s;
	if (r == 0 || !isolation->made)
		s = restore_group(isolation, r < 0 ? NULL : err);
	r = r < 0 ? r : s;
	if (r == 0)
		take_back(isolation);
	if (r == 0)
		record_remove(&isolation->record);
	isolation->group[0] = r == 0 ? '\0' : isolation->group[0];
	return r;
}

int isolation_undo(struct isolation *isolation, struct error *err)
{
	return undo(isolation, clock_now_ns(CLOCK_MONOTONIC) + PATIENCE_NS, err);
}

static int undo_old(struct isolation *isolation, uint64_t until_ns, struct error *err)
{
	__free_json json_t *what = NULL;
	int r = record_read(&isolation->record, &what, err);

	if (r == -ENOENT)
		return 0;
	if (r == 0)
		r = from_json(isolation, what, err);
	return r < 0 ? r : undo(isolation, until_ns, err);
}

/**
 * struct orphans - what has been left, perhaps of QEMUs that have ended
 * @tree: that it is in
 * @until_ns: when nobody is waited for any more
 */
struct orphans {
	struct cputree tree;
	uint64_t until_ns;
};

/* Of a QEMU that has ended nobody can ask any more. */
static void undo_orphan(const char *name, void *data)
{
	const struct orphans *orphans = data;
	struct isolation isolation = { .tree = orphans->tree };
	uint64_t started;
	pid_t holder;
	int pid;

	if (sscanf(name, PREFIX "%d-%" SCNu64, &pid, &started) != 2)
		return;
	if (record_open(&isolation.record, name, &holder, NULL) < 0)
		return;
	undo_old(&isolation, orphans->until_ns, NULL);
	isolation_close(&isolation);
}

int isolation_open(struct isolation *isolation, const struct qemu_process *process,
		   pid_t *ret_pid, struct error *err)
{
	struct orphans orphans;
	char name[48];
	int r = cputree_find(&isolation->tree, err);

	if (r < 0)
		return r;
	orphans.tree = isolation->tree;
	orphans.until_ns = clock_now_ns(CLOCK_MONOTONIC) + ORPHANS_NS;
	record_each(PREFIX, undo_orphan, &orphans);
	/* Who gets its number later is another one. */
	snprintf(name, sizeof(name), PREFIX "%d-%" PRIu64, (int)process->pid, process->started);
	r = record_open(&isolation->record, name, ret_pid, err);
	if (r < 0)
		return r;
	r = undo_old(isolation, clock_now_ns(CLOCK_MONOTONIC) + PATIENCE_NS, err);
	if (r < 0)
		isolation_close(isolation);
	return r;
}

void isolation_close(struct isolation *isolation)
{
	record_close(&isolation->record);
}

static int make(struct isolation *isolation, pid_t pid, struct error *err)
{
	int r = isolation->made ? make_folder(isolation->group, err) : 0;

	if (r == 0)
		r = have_weights(isolation, err);
	if (r == 0 && isolation->vm[0])
		r = make_folder(isolation->vm, err);
	if (r == 0 && isolation->vm[0])
		r = cputree_move(isolation->vm, pid, err);
	return r < 0 ? r : make_folder(isolation->ids, err);
}

int isolation_make(struct isolation *isolation, const struct qemu_process *process, pid_t ids,
		   struct error *err)
{
	const struct cputree *tree = &isolation->tree;
	int r = cputree_of(tree, process->pid, isolation->vm_from, err);

	isolation->made = false;
	isolation->memory = false;
	isolation->vm[0] = '\0';
	isolation->controllers[0] = '\0';
	if (r == 0)
		r = cputree_of(tree, ids, isolation->ids_from, err);
	if (r == 0)
		r = find_group(isolation, process->pid, err);
	if (r < 0) {
		isolation->group[0] = '\0';
		return r;
	}
	isolation->weight = isolation->made ? 0 : cputree_weight(tree, isolation->group);
	isolation->cap[0] = '\0';
	if (!isolation->made)
		cputree_cap(tree, isolation->group, isolation->cap);
	r = note(isolation, err);
	if (r == 0)
		r = make(isolation, process->pid, err);
	if (r == 0)
		r = note(isolation, err);
	if (r < 0)
		isolation_undo(isolation, NULL);
	return r;
}

static bool hands_down_memory(const char *folder)
{
	__free_mem char *text = NULL;
	char path[PATH_MAX];

	return put(path, folder, "cgroup.subtree_control", NULL) == 0 &&
	       file_read(path, CONTROL_MOST, &text, NULL, NULL) == 0 && strstr(text, "memory");
}

/* Each step is noted before it is done. */
static int have_memory(struct isolation *isolation, struct error *err)
{
	char parent[PATH_MAX];
	int r;

	if (hands_down_memory(isolation->group))
		return 0;
	snprintf(parent, sizeof(parent), "%s", isolation->group);
	to_parent(parent);
	isolation->memory = true;
	if (!hands_down_memory(parent))
		strcat(isolation->controllers, " -memory");
	r = note(isolation, err);
	if (r == 0 && strstr(isolation->controllers, "-memory"))
		r = hand_down(parent, "+memory", err);
	return r < 0 ? r : hand_down(isolation->group, "+memory", err);
}

int isolation_limit_memory(struct isolation *isolation, uint64_t bytes, struct error *err)
{
	char path[PATH_MAX], text[24];
	int r;

	if (!isolation->tree.unified)
		return error_set(err, -ENOTSUP,
				 "--memory-high: wants cgroups of version 2, with processors and memory");
	r = have_memory(isolation, err);
	if (r == 0)
		r = put(path, isolation->ids, "memory.high", err);
	snprintf(text, sizeof(text), "%" PRIu64, bytes);
	return r < 0 ? r : file_write(path, text, err);
}
