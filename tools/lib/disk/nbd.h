/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A disk that another process exports by the NBD protocol. */
#ifndef DISK_NBD_H
#define DISK_NBD_H

#include "disk.h"

/**
 * disk_open_nbd() - A disk at the other end of a socket.
 * @ret: the disk, to be given to disk_destroy()
 * @fd: connected, and nothing said yet; it is the disk's from now on, also on failure
 * @name: of the export
 * @err: why it failed
 *
 * The other side is believed no more than a guest: libnbd checks what it says, and who
 * does not answer for a while is left, after which all reads fail with -ENOTCONN.
 *
 * Return: 0; -EPROTO when it cannot be agreed upon; -ENOMEM.
 */
int disk_open_nbd(struct disk **ret, int fd, const char *name, struct error *err);

#endif
