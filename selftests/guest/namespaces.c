// SPDX-License-Identifier: GPL-2.0-or-later
/* Namespaces and cgroups of real guests' processes, held against their own /proc. */
#include "guest/namespace.h"
#include "guest/task.h"
#include "ktap.h"
#include "view.h"
#include "vm.h"

#define TASKS		600

static struct guest_places places;
static struct guest_task seen[TASKS];
static size_t seen_count;
static struct guest_doubts doubts;

static int note(const struct guest_task *task, void *data)
{
	ASSERT(seen_count < TASKS);
	seen[seen_count++] = *task;
	return 0;
}

static const struct guest_task *find(uint32_t pid)
{
	size_t i;

	for (i = 0; i < seen_count; i++)
		if (seen[i].pid == pid)
			return &seen[i];
	return NULL;
}

/* "PID INNER cgroup:[N] ipc:[N] mnt:[N] net:[N] pid:[N] user:[N] uts:[N] 0::PATH" */
static bool compare(const char *line)
{
	unsigned int pid, inner, cgroup, ipc, mnt, net, pid_ns, user, uts;
	struct guest_namespaces ns = { 0 };
	char path[GUEST_PATH_MAX], told[512];
	const struct guest_task *task;

	ASSERT(sscanf(line, "%u %u cgroup:[%u] ipc:[%u] mnt:[%u] net:[%u] "
		      "pid:[%u] user:[%u] uts:[%u] 0::%511s", &pid, &inner, &cgroup, &ipc, &mnt,
		      &net, &pid_ns, &user, &uts, told) == 10);
	task = find(pid);
	/* It asked. */
	if (!task)
		return false;
	EXPECT_INT(guest_namespaces(view_guest, task, &places, &ns), 0);
	EXPECT_U64(ns.inner_pid, inner);
	EXPECT_U64(ns.cgroup, cgroup);
	EXPECT_U64(ns.ipc, ipc);
	EXPECT_U64(ns.mnt, mnt);
	EXPECT_U64(ns.net, net);
	EXPECT_U64(ns.pid, pid_ns);
	EXPECT_U64(ns.user, user);
	EXPECT_U64(ns.uts, uts);
	EXPECT_INT(guest_cgroup(view_guest, task, &places, path), 0);
	EXPECT_STR(path, told);
	return true;
}

TEST(namespaces)
{
	char *told, *line, *rest;
	size_t count = 0, others = 0;

	vm_start(VIEWED);
	/* In a cgroup two deep, and one in namespaces of its own, twice for the number. */
	vm_run("/dev/null", "mkdir -p /tmp/cg && mount -t cgroup2 cg /tmp/cg; "
			    "mkdir -p /tmp/cg/a/b; "
			    "(echo 0 >/tmp/cg/a/b/cgroup.procs; exec sleep 5001) >/dev/null 2>&1 & "
			    "unshare -U -m -u -i -n -p -f sleep 5002 >/dev/null 2>&1 & sleep 1");
	told = view_ask("for p in /proc/[0-9]*; do cd $p 2>/dev/null && "
			"n=$(sed -n 's/^NSpid:.*[[:space:]]//p' status) && s=$(for k in cgroup ipc mnt net pid user uts; do readlink ns/$k; done) && "
			"echo ${p#/proc/} $n $s $(grep ^0:: cgroup); done", NULL);
	view_open();
	EXPECT_INT(guest_processes(view_guest, note, NULL, &doubts), 0);
	for (line = strtok_r(told, "\r\n", &rest); line; line = strtok_r(NULL, "\r\n", &rest)) {
		count += compare(line);
		others += strstr(line, "/a/b") || strstr(line, " 1 cgroup:");
	}
	free(told);
	EXPECT(count > 30);
	EXPECT(others >= 3);
	printf("# %zu compared\n", count);
	view_close();
}
