/* SPDX-License-Identifier: GPL-2.0-or-later */
/* QEMU's processes on this host, and what can be seen of them from outside. */
#ifndef HV_QEMU_PROCESS_H
#define HV_QEMU_PROCESS_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "base/error.h"
#include "qemu-arguments.h"

#define QEMU_NAME_MAX		128
#define QEMU_UUID_MAX		37
#define QEMU_PATH_MAX		108
#define QEMU_SOCKETS_MAX	4

/**
 * struct qemu_process - a process that runs a guest
 * @pid: of it
 * @started: in ticks since the host booted; with @pid, who it is
 * @user: that it runs as
 * @name: by -name, empty for none; may hold any bytes
 * @uuid: by -uuid, empty for none; may hold any bytes
 * @program: name of its file, such as "qemu-system-x86_64"
 * @libvirt: libvirt started it, and keeps its monitor to itself
 * @encrypted: the guest's memory is, against its host
 * @sockets: for QMP, where they are in files
 * @socket_count: of them
 * @arguments: that it was started with
 *
 * All but the numbers and the file is what its command line says, which any user may
 * write of his own processes.
 */
struct qemu_process {
	pid_t pid;
	uint64_t started;
	uid_t user;
	char name[QEMU_NAME_MAX];
	char uuid[QEMU_UUID_MAX];
	char program[32];
	bool libvirt;
	bool encrypted;
	char sockets[QEMU_SOCKETS_MAX][QEMU_PATH_MAX];
	size_t socket_count;
	struct qemu_arguments arguments;
};

/**
 * qemu_process_read() - Look at one.
 * @ret: filled in; to be given to qemu_process_free()
 * @pid: of it
 * @err: why it failed
 *
 * Return: 0; -ESRCH when there is no such process; -EINVAL when it is no QEMU that runs a
 * guest; other negative errno.
 */
int qemu_process_read(struct qemu_process *ret, pid_t pid, struct error *err);

/** qemu_process_free() - Free what it has; one that is all zeros is allowed. */
void qemu_process_free(struct qemu_process *process);

/**
 * qemu_processes() - All there are, by their numbers.
 * @ret: an array, to be given to qemu_processes_free()
 * @ret_count: of them
 * @err: why it failed
 *
 * Those of other users can only be told from others by root.
 *
 * Return: 0; negative errno.
 */
int qemu_processes(struct qemu_process **ret, size_t *ret_count, struct error *err);

/** qemu_processes_free() - Free them; NULL is allowed. */
void qemu_processes_free(struct qemu_process *processes, size_t count);

/**
 * qemu_process_find() - The one that has a name.
 * @ret: filled in; to be given to qemu_process_free()
 * @name: as by -name or -uuid
 * @libvirt: only those of libvirt's
 * @err: why there is not one
 *
 * Return: 0; -ENOENT when there is none; -ENOTUNIQ when there are several; others.
 */
int qemu_process_find(struct qemu_process *ret, const char *name, bool libvirt,
		      struct error *err);

/**
 * qemu_process_started() - When a process was started.
 *
 * Return: ticks since the host booted; 0 when there is none of that number.
 */
uint64_t qemu_process_started(pid_t pid);

#endif
