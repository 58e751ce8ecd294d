/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Frames of a network that is inside of QEMU, copied to an interface of the IDS'. */
#ifndef KVMONITOR_RELAY_H
#define KVMONITOR_RELAY_H

#include <sys/types.h>

#include "base/error.h"
#include "hv/monitor.h"
#include "record.h"

/**
 * struct relay - QEMU's filter, and a process that takes what comes out of it
 * @record: where this is kept
 * @path: of the socket between them
 * @pid: of that process, 0 for none
 */
struct relay {
	struct record record;
	char path[108];
	pid_t pid;
};

/**
 * relay_open() - Be the only one who does this with a QEMU.
 * @relay: filled in; to be given to relay_close()
 * @process: QEMU
 * @monitor: of it: what somebody who was killed has left in there is removed
 * @ret_pid: who is at work, for -EBUSY
 * @err: why it failed
 *
 * Return: 0; -EBUSY; others.
 */
int relay_open(struct relay *relay, const struct qemu_process *process,
	       struct monitor *monitor, pid_t *ret_pid, struct error *err);

/**
 * relay_make() - Begin.
 * @relay: open
 * @process: QEMU
 * @monitor: of it
 * @netdev: of QEMU
 * @net: namespace of networks that gets an interface, under @inner
 * @inner: name of it
 * @err: why it failed; then all is undone
 *
 * What is sent by that interface is not looked at.
 *
 * Return: 0; negative errno.
 */
int relay_make(struct relay *relay, const struct qemu_process *process,
	       struct monitor *monitor, const char *netdev, int net, const char *inner,
	       struct error *err);

/** relay_undo() - End. Return: 0; negative errno. */
int relay_undo(struct relay *relay, struct monitor *monitor, struct error *err);

/** relay_close() - Let others do it. */
void relay_close(struct relay *relay);

#endif
