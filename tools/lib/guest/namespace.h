/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Which part of a guest a process sees: its namespaces and its cgroup, a container say. */
#ifndef GUEST_NAMESPACE_H
#define GUEST_NAMESPACE_H

#include <stdint.h>

#include "guest.h"
#include "mount.h"
#include "task.h"

/**
 * struct guest_namespaces - namespaces of a task as they were
 * @pid: number of its inode, as by readlink /proc/PID/ns/pid; 0 when it has none (any more)
 * @mnt: likewise
 * @net: likewise
 * @user: likewise
 * @uts: likewise
 * @ipc: likewise
 * @cgroup: likewise
 * @inner_pid: its number in its own pid namespace, 0 when it has none
 */
struct guest_namespaces {
	uint32_t pid;
	uint32_t mnt;
	uint32_t net;
	uint32_t user;
	uint32_t uts;
	uint32_t ipc;
	uint32_t cgroup;
	uint32_t inner_pid;
};

/**
 * struct guest_places - where others of a list were: mostly, the next one is where one before was
 * @proxy: virtual address of a struct nsproxy, 0 for none
 * @of_proxy: what it leads to
 * @user: of a struct user_namespace
 * @of_user: its number
 * @pid: of a struct pid_namespace
 * @of_pid: its number
 * @set: of a struct css_set
 * @cgroup: its path
 *
 * Zeroed before the first of a list.  What is in here is not read again, so it is as old as that
 * list is.
 */
struct guest_places {
	uint64_t proxy;
	struct guest_namespaces of_proxy;
	uint64_t user;
	uint32_t of_user;
	uint64_t pid;
	uint32_t of_pid;
	uint64_t set;
	char cgroup[GUEST_PATH_MAX];
};

/**
 * guest_namespaces() - Namespaces of a task.
 * @guest: seen into
 * @task: such as told by guest_processes()
 * @places: of others in the same list
 * @ret: is filled in
 *
 * Return: 0; -EFAULT and others when it cannot be read.
 */
int guest_namespaces(const struct guest *guest, const struct guest_task *task,
		     struct guest_places *places, struct guest_namespaces *ret);

/**
 * guest_cgroup() - The cgroup of a task in the unified hierarchy, as in /proc/PID/cgroup.
 * @guest: seen into
 * @task: such as told by guest_processes()
 * @places: of others in the same list
 * @ret: its path from the top of all; "/" at the top
 *
 * Return: 0; -ENOENT when the kernel has no cgroups; -ELOOP; -ENAMETOOLONG; -EFAULT and others
 * when it cannot be read.
 */
int guest_cgroup(const struct guest *guest, const struct guest_task *task,
		 struct guest_places *places, char ret[GUEST_PATH_MAX]);

#endif
