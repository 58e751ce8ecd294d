/* SPDX-License-Identifier: GPL-2.0-or-later */
/* All processes of the host, seen once for all groups. */
#ifndef BALLOON_SYNC_CENSUS_H
#define BALLOON_SYNC_CENSUS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "base/error.h"

#define CENSUS_COMM_MAX 16

/**
 * struct census_process - a process, as it was seen
 * @pid: its number
 * @ppid: its parent's
 * @start_ticks: when it started, in clock ticks since the boot; with @pid, it
 *	is never another process
 * @comm: name of the program
 */
struct census_process {
	pid_t pid;
	pid_t ppid;
	uint64_t start_ticks;
	char comm[CENSUS_COMM_MAX];
};

/**
 * struct census - one look at the processes
 * @list: sorted by pid; empty when nobody asked for it
 * @count: of @list
 * @claimed: a bit for each pid that belongs to a group already
 */
struct census {
	struct census_process *list;
	size_t count;
	uint8_t *claimed;
};

/**
 * census_take() - Look.
 * @census: to be freed by census_exit(), only on success
 * @list: make the list; without it, pids can be claimed only
 * @err: why it failed
 *
 * Return: 0 or negative errno.
 */
int census_take(struct census *census, bool list, struct error *err);

/** census_exit() - Forget what was seen; a census of zeros is allowed. */
void census_exit(struct census *census);

/** census_find() - A process by pid, NULL when it was not seen. */
const struct census_process *census_find(const struct census *census, pid_t pid);

/** census_claim() - Whether nobody has claimed this pid before. */
bool census_claim(struct census *census, pid_t pid);

/** census_read() - One process, now. Return: 0; -ESRCH for no such process. */
int census_read(pid_t pid, struct census_process *ret);

/** census_uid() - Its real uid, now. Return: 0; -ESRCH. */
int census_uid(pid_t pid, uid_t *ret);

/** census_ticks() - Clock ticks since the boot, of a time of CLOCK_BOOTTIME. */
uint64_t census_ticks(uint64_t boot_ns);

#endif
