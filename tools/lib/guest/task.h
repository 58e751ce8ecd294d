/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Processes and threads of a guest. */
#ifndef GUEST_TASK_H
#define GUEST_TASK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "guest.h"

#define GUEST_COMM_MAX		16
#define GUEST_TASKS_MAX		4194304u
#define GUEST_ARGUMENTS_MAX	131072

/**
 * struct guest_task - a process or thread as it was
 * @address: virtual, of its struct task_struct
 * @pid: number of the thread, in the first namespace
 * @tgid: number of the process
 * @ppid: number of the process that is its parent; 0 for none
 * @comm: its name; may hold any bytes
 * @state: a letter as by ps(1): R, S, D, T, t, X, Z, P, I; '?' for another
 * @kernel: whether it is a thread of the kernel
 * @start_ns: when it began, after the boot
 * @uid: real user
 * @gid: real group
 * @euid: effective user
 * @egid: effective group
 * @mm: virtual address of its struct mm_struct; 0 for none
 */
struct guest_task {
	uint64_t address;
	uint32_t pid;
	uint32_t tgid;
	uint32_t ppid;
	char comm[GUEST_COMM_MAX];
	char state;
	bool kernel;
	uint64_t start_ns;
	uint32_t uid;
	uint32_t gid;
	uint32_t euid;
	uint32_t egid;
	uint64_t mm;
};

/**
 * guest_processes() - All processes, as the kernel has them in its list.
 * @guest: seen into
 * @take: is given each; returns 0 to go on, another value to end the walk
 * @data: for @take
 * @doubts: what was not as it should be is added there
 *
 * Return: 0; what @take returned; -ENOENT without the list.
 */
int guest_processes(struct guest *guest, int (*take)(const struct guest_task *task, void *data),
		    void *data, struct guest_doubts *doubts);

/** guest_threads() - All threads of a process, likewise. */
int guest_threads(struct guest *guest, const struct guest_task *process,
		  int (*take)(const struct guest_task *task, void *data), void *data,
		  struct guest_doubts *doubts);

/**
 * guest_arguments() - The arguments of a process, as in /proc/PID/cmdline.
 * @guest: seen into
 * @task: of the process
 * @ret: gets them, each with a NUL behind it
 * @room: of it; what does not fit is left out
 *
 * They are in the process' own memory, which it may have changed.
 *
 * Return: how many bytes; 0 for none; -ENOENT when it has ended; -EFAULT when they are not in
 * memory (any more); -EPROTO when there cannot be so many.
 */
int64_t guest_arguments(struct guest *guest, const struct guest_task *task, char *ret,
			size_t room);

#endif
