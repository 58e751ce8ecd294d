/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Confinement of what parses a guest's memory and disks.
 *
 * Whoever has privileges opens what is needed, and no more; then either the same process
 * gives up all else for good (sandbox_enter()), or a child of it does (sandbox_spawn()),
 * where the privileged part has something left to do.  What is confined reads and writes
 * the descriptors that it was left, allocates memory, and computes.
 */
#ifndef SANDBOX_SANDBOX_H
#define SANDBOX_SANDBOX_H

#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "base/error.h"
#include "base/fd.h"

#define SANDBOX_FDS_MAX	FDS_KEPT_MAX

/** enum sandbox_calls - system calls that are wanted besides those that all may use */
enum sandbox_calls {
	/* Sockets that are open: recvmsg(), sendmsg() and the like; no new ones. */
	SANDBOX_SOCKETS = 1,
	/* Threads of the same process. */
	SANDBOX_THREADS = 2,
	/* Mapping frames of Xen's, by a descriptor that is open. */
	SANDBOX_XEN = 4,
};

/**
 * struct sandbox - what a confined process is left
 * @fds: descriptors that stay open besides 0, 1 and 2
 * @count: of @fds, at most SANDBOX_FDS_MAX
 * @calls: of enum sandbox_calls, or-ed
 * @memory_bytes: addresses that it may use at most; 0 for no limit
 * @file_bytes: how long files may become that it writes to (its standard output, say)
 */
struct sandbox {
	const int *fds;
	size_t count;
	unsigned int calls;
	uint64_t memory_bytes;
	uint64_t file_bytes;
};

/**
 * sandbox_enter() - Confine this process, for good.
 * @profile: what it is left
 * @err: why it failed
 *
 * Afterwards it has no other descriptors, no capabilities and no way to any.  Who was root
 * is a user and a group that nobody else is, in namespaces of his own (mounts, network,
 * IPC, names), whose root is an empty folder that cannot be written; who was not stays who
 * he is.  Memory that can be written or mapped cannot be executed.  System calls beyond
 * those that @profile has end the process with a line on descriptor 2 that names the call;
 * those that look for files by name fail with EACCES instead, since libraries do without
 * the file then.
 *
 * Where even root may not make namespaces (a container), the root stays, which the calls
 * that are left cannot reach.
 *
 * To be called with one thread.  What is to be had from files later (locale, random seeds)
 * must be there before.  After a failure the process may be confined in part: it is to end.
 *
 * Return: 0; -EBUSY with more than one thread; -EINVAL; what the kernel refused with.
 */
int sandbox_enter(const struct sandbox *profile, struct error *err);

/**
 * struct sandbox_worker - a confined child
 * @pid: of it
 * @socket: to it, of messages (SOCK_SEQPACKET)
 */
struct sandbox_worker {
	pid_t pid;
	int socket;
};

/**
 * sandbox_spawn() - Run a function in a confined child.
 * @ret: to be given to sandbox_wait()
 * @profile: what the child is left, and a socket to this process besides
 * @work: gets that socket; returns the child's exit status
 * @data: for @work, as it was when it was called
 * @err: why it failed
 *
 * Returns when the child is confined.  The child ends when this thread does.
 *
 * Return: 0; see sandbox_enter(); what fork() failed with.
 */
int sandbox_spawn(struct sandbox_worker *ret, const struct sandbox *profile,
		  int (*work)(int socket, void *data), void *data, struct error *err);

/**
 * sandbox_wait() - Close the socket, and wait until the child has ended.
 * @worker: of sandbox_spawn()
 * @err: why it failed, when a signal has ended it
 *
 * Return: its exit status; -ECHILD when a signal has ended it.
 */
int sandbox_wait(struct sandbox_worker *worker, struct error *err);

#endif
