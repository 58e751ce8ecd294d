/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Which processes descend from a command, by the kernel's process events. */
#ifndef FILECACHE_FORKS_H
#define FILECACHE_FORKS_H

#include <stdbool.h>
#include <sys/types.h>

#include "base/error.h"
#include "members.h"

struct forks;

/**
 * forks_create() - Begin to listen.
 *
 * To be called before the command is started, so that no event is missed.
 *
 * Return: 0; -EPERM without CAP_NET_ADMIN; other negative errno where there
 * are no such events, as in a container.
 */
int forks_create(struct forks **ret, struct error *err);

/** forks_destroy() - Stop listening; NULL is allowed. */
void forks_destroy(struct forks *forks);

/**
 * forks_drain() - Add the processes that members have started meanwhile.
 *
 * Must be called often: events that nobody takes are lost in the end.
 *
 * Return: 0; -ENOBUFS when some were lost; other negative errno.
 */
int forks_drain(struct forks *forks, struct members *members);

#endif
