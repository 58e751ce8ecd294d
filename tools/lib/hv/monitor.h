/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A QEMU's monitor: behind a socket of its own, or behind libvirt. */
#ifndef HV_MONITOR_H
#define HV_MONITOR_H

#include <sys/types.h>

#include <jansson.h>

#include "base/error.h"
#include "qemu-process.h"

struct monitor;

/**
 * monitor_open_socket() - By a socket for QMP.
 * @ret: to be given to monitor_close()
 * @name: of the guest, for errors
 * @path: of the socket, which is free again after monitor_close()
 * @err: why it failed
 *
 * Return: 0; -ENODEV when nobody listens; -ENOTCONN without an answer; others.
 */
int monitor_open_socket(struct monitor **ret, const char *name, const char *path,
			struct error *err);

/**
 * monitor_open_libvirt() - By way of libvirt, whose library is loaded for it.
 * @ret: to be given to monitor_close()
 * @uri: of libvirt on this host
 * @process: QEMU's, started by libvirt; is looked at no more after the call
 * @err: why it failed
 *
 * Whatever is asked then takes as long as libvirt takes for it.
 *
 * Return: 0; -ENOPKG without its library; -ENOTCONN; -ENOENT when it knows no such domain.
 */
int monitor_open_libvirt(struct monitor **ret, const char *uri,
			 const struct qemu_process *process, struct error *err);

/** monitor_close() - Disconnect and free; NULL is allowed. */
void monitor_close(struct monitor *monitor);

/** monitor_pid() - QEMU's process; 0 when it cannot be seen from here. */
pid_t monitor_pid(const struct monitor *monitor);

/**
 * monitor_execute() - Have a command carried out.
 * @monitor: of the QEMU
 * @command: of QMP
 * @arguments: an object, whose reference is taken; NULL for none
 * @ret: what it returned, a new reference in which all numbers are reals; may be NULL
 * @err: why it failed
 *
 * Return: 0; -EREMOTEIO or -ENXIO when QEMU refused; -ENOTCONN without an answer; others.
 */
int monitor_execute(struct monitor *monitor, const char *command, json_t *arguments,
		    json_t **ret, struct error *err);

/**
 * monitor_ask() - What the monitor for people says.
 * @monitor: of the QEMU
 * @line: as typed there
 * @ret: the answer, to be freed
 * @err: why it failed
 *
 * Return: 0; see monitor_execute().
 */
int monitor_ask(struct monitor *monitor, const char *line, char **ret, struct error *err);

#endif
