/* SPDX-License-Identifier: GPL-2.0-or-later */
/* QEMU's machine protocol (QMP) over a unix socket, one request at a time. */
#ifndef HV_QMP_CLIENT_H
#define HV_QMP_CLIENT_H

#include <stdint.h>
#include <sys/types.h>

#include <jansson.h>

#include "base/error.h"

/* A line that is longer than this is not taken. */
#define QMP_LINE_MAX	1048576

/* QEMU's numbers may be larger than jansson's. */
#define QMP_JSON_FLAGS	(JSON_REJECT_DUPLICATES | JSON_DECODE_INT_AS_REAL)

struct qmp_client;

/**
 * qmp_client_create() - Get ready to talk to a QEMU; does not connect yet.
 * @ret: to be given to qmp_client_destroy()
 * @name: of the guest, for errors; copied
 * @path: of QEMU's socket, which serves one client at a time; copied
 * @wait_ns: how long an answer is waited for
 * @err: why it failed
 *
 * Return: 0; -ENAMETOOLONG for a path that no socket can have; -ENOMEM.
 */
int qmp_client_create(struct qmp_client **ret, const char *name, const char *path,
		      uint64_t wait_ns, struct error *err);

/** qmp_client_destroy() - Disconnect and free; NULL is allowed. */
void qmp_client_destroy(struct qmp_client *client);

/**
 * qmp_client_open() - See to it that there is a connection that works.
 * @client: connected anew where it has been lost
 * @err: why there is none
 *
 * Who has once let us wait for nothing is not waited for again: until the late
 * answer has come, this fails at once.
 *
 * Return: 0; -ENODEV when nobody listens at the socket; -ENOTCONN when there is
 * no (sensible) answer; other negative errno.
 */
int qmp_client_open(struct qmp_client *client, struct error *err);

/** qmp_client_close() - Let others have the socket; it can be opened again. */
void qmp_client_close(struct qmp_client *client);

/**
 * qmp_client_number() - Which connection this is, from 1 on.
 *
 * Behind another one there may be another QEMU.
 */
unsigned int qmp_client_number(const struct qmp_client *client);

/** qmp_client_pid() - Process that listens, 0 when it cannot be seen from here. */
pid_t qmp_client_pid(const struct qmp_client *client);

/**
 * qmp_execute() - Have a command carried out.
 * @client: open
 * @command: its name
 * @arguments: an object, whose reference is taken; NULL for none
 * @ret: what it returned, a new reference in which all numbers are reals, since
 *	QEMU's may be larger than jansson's; may be NULL
 * @err: why it failed
 *
 * Events that come in between are not looked at.
 *
 * Return: 0; -ENXIO when QEMU has no such device; -EREMOTEIO when it refused for
 * another reason; -ENOTCONN when the answer did not come, and whether the command
 * is carried out is not known; -ENOMEM.
 */
int qmp_execute(struct qmp_client *client, const char *command, json_t *arguments,
		json_t **ret, struct error *err);

/**
 * qmp_refused() - What is meant by an answer that is an error.
 * @name: of the guest
 * @command: that was refused
 * @error: of QEMU's answer; NULL when it has none
 * @err: filled in
 *
 * Return: -ENXIO when QEMU has no such device; -EREMOTEIO.
 */
int qmp_refused(const char *name, const char *command, const json_t *error, struct error *err);

/**
 * qmp_give_fd() - Let QEMU have a copy of a descriptor, which it keeps by that name.
 * @client: open
 * @name: for commands that take the name of a descriptor
 * @fd: stays the caller's
 * @err: why it failed
 *
 * Return: as of qmp_execute().
 */
int qmp_give_fd(struct qmp_client *client, const char *name, int fd, struct error *err);

/**
 * qmp_u64() - A member that is a whole number of 0 or more, below 2^53.
 *
 * Return: 0; -EINVAL for anything else, QEMU's "unknown" (2^64 - 1) included.
 */
int qmp_u64(const json_t *object, const char *key, uint64_t *ret);

#endif
