/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Files that a process of a guest has open. */
#ifndef GUEST_FILE_H
#define GUEST_FILE_H

#include <stdbool.h>
#include <stdint.h>

#include "guest.h"
#include "task.h"

#define GUEST_FILE_PATH_MAX	4352
/* /proc/sys/fs/nr_open can be set to more by whoever wants to lose time. */
#define GUEST_FILES_MAX		1048576u

/**
 * struct guest_file - an open file as it was
 * @address: virtual, of its struct file
 * @inode: virtual address of its struct inode
 * @fd: its number in the process
 * @number: of the inode
 * @mode: of the inode, kind and permissions as by stat(2)
 * @flags: as by open(2)
 * @position: where it is read or written next
 * @path: as in /proc/PID/fd: a path, "pipe:[N]", "socket:[N]", "anon_inode:NAME"
 */
struct guest_file {
	uint64_t address;
	uint64_t inode;
	uint32_t fd;
	uint64_t number;
	uint32_t mode;
	uint32_t flags;
	uint64_t position;
	char path[GUEST_FILE_PATH_MAX];
};

/**
 * guest_files() - All files that a process has open.
 * @guest: seen into
 * @task: of the process
 * @take: is given each; returns 0 to go on, another value to end the walk
 * @data: for @take
 * @doubts: what was not as it should be is added there
 *
 * A thread of the kernel or a process that has ended has none.
 *
 * Return: 0; what @take returned; -ENOMEM.
 */
int guest_files(struct guest *guest, const struct guest_task *task,
		int (*take)(const struct guest_file *file, void *data), void *data,
		struct guest_doubts *doubts);

#endif
