/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Disks of a running QEMU, which it exports to us: what it has written to itself, or keeps
 * in mind, is seen as the guest sees it, whatever format the image has.
 *
 * QEMU has one NBD server, started by the first who wants one.  Ours listens at a socket
 * that we made in a folder of ours, so that no other process reaches it, and QEMU need not
 * be able to make files.  What a run that was killed left behind is found by the next.
 */
#ifndef DISK_EXPORT_H
#define DISK_EXPORT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/error.h"

#define EXPORT_NAME_MAX		128u
#define EXPORT_DISKS_MAX	64u

/**
 * struct export_disk - a disk of a guest
 * @name: of QEMU's drive; else of the device, else of the block node
 * @device: of the guest's, by its name in QEMU; may be empty
 * @node: in which its bytes are
 * @format: of its image
 * @size: in bytes
 * @read_only: for the guest
 */
struct export_disk {
	char name[EXPORT_NAME_MAX];
	char device[EXPORT_NAME_MAX];
	char node[EXPORT_NAME_MAX];
	char format[EXPORT_NAME_MAX];
	uint64_t size;
	bool read_only;
};

/**
 * export_disks() - Which disks a guest has.
 * @path: of its QEMU's socket for QMP
 * @ret: filled in; drives without a medium are left out
 * @err: why it failed
 *
 * Return: how many; negative errno.
 */
int export_disks(const char *path, struct export_disk ret[EXPORT_DISKS_MAX],
		 struct error *err);

struct export;

/**
 * export_open() - Have a disk exported, read-only.
 * @ret: the export, to be given to export_close()
 * @path: of its QEMU's socket for QMP
 * @node: of the disk
 * @folder: for the socket; is made if it is not there, for this user alone
 * @err: why it failed
 *
 * Return: 0; -EBUSY when its NBD server is in use by somebody else; other negative errno.
 */
int export_open(struct export **ret, const char *path, const char *node, const char *folder,
		struct error *err);

/** export_name() - Its name for the NBD protocol. */
const char *export_name(const struct export *export);

/**
 * export_fd() - A connection to it, on which nothing has been said.
 *
 * Hangs up when QEMU ends.  It is the export's.
 */
int export_fd(const struct export *export);

/**
 * export_close() - Have it removed, and QEMU's server ended unless others use it; NULL is
 * allowed.
 * @export: is freed in any case
 * @err: why it could not be removed; may be NULL
 *
 * Return: 0; -ENODEV when QEMU has ended; other negative errno.
 */
int export_close(struct export *export, struct error *err);

#endif
