/* SPDX-License-Identifier: GPL-2.0-or-later */
/* One group for a virtual machine and the IDS that watches it. */
#ifndef KVMONITOR_ISOLATION_H
#define KVMONITOR_ISOLATION_H

#include <limits.h>
#include <stdbool.h>
#include <stdint.h>

#include "base/error.h"
#include "cputree.h"
#include "hv/qemu-process.h"
#include "record.h"

/**
 * struct isolation - a group, and how all was before
 * @tree: that it is in
 * @record: where this is kept
 * @group: folder of both
 * @made: which we have made
 * @ids: folder of the IDS, in @group
 * @vm: folder of the virtual machine, in @group; empty when that stays where it is
 * @vm_from: where it was
 * @ids_from: where the IDS was, or was started
 * @controllers: that the parent of @group had not handed down, as they are written
 * @memory: nor had @group handed down memory
 * @weight: of @group before
 * @cap: likewise, as the kernel tells it
 */
struct isolation {
	struct cputree tree;
	struct record record;
	char group[PATH_MAX];
	bool made;
	char ids[PATH_MAX];
	char vm[PATH_MAX];
	char vm_from[PATH_MAX];
	char ids_from[PATH_MAX];
	char controllers[32];
	bool memory;
	uint64_t weight;
	char cap[CPUTREE_CAP_MAX];
};

/**
 * isolation_open() - Be the only one who isolates this virtual machine.
 * @isolation: filled in; to be given to isolation_close()
 * @process: its QEMU; ourselves, of whom only the numbers matter, for a domain of Xen's
 * @ret_pid: who is at work, for -EBUSY
 * @err: why it failed
 *
 * What somebody who was killed has left is undone, also of QEMUs that have ended meanwhile.
 *
 * Return: 0; -EBUSY; -ENODEV without cgroups; others.
 */
int isolation_open(struct isolation *isolation, const struct qemu_process *process,
		   pid_t *ret_pid, struct error *err);

/**
 * isolation_make() - Make the group, and put the virtual machine into it.
 * @isolation: open
 * @process: QEMU
 * @ids: process whose place is where the IDS returns to
 * @err: why it failed; then all is undone
 *
 * Return: 0; -EPERM where systemd keeps the group for itself; others.
 */
int isolation_make(struct isolation *isolation, const struct qemu_process *process, pid_t ids,
		   struct error *err);

/**
 * isolation_limit_memory() - The IDS is slowed down when it has more than this.
 * @isolation: made
 * @bytes: see memory.high of cgroup version 2
 * @err: why it failed
 *
 * Return: 0; -ENOTSUP with version 1; others.
 */
int isolation_limit_memory(struct isolation *isolation, uint64_t bytes, struct error *err);

/**
 * isolation_undo() - All is as it was.
 *
 * But for groups that the IDS has made in its own: their processes return with the others.
 *
 * Return: 0; negative errno for what could not be.
 */
int isolation_undo(struct isolation *isolation, struct error *err);

/** isolation_close() - Let others do it. */
void isolation_close(struct isolation *isolation);

#endif
