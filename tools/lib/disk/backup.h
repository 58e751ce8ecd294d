/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Disks of guests whose QEMU is libvirt's: what one held when it was opened, by a backup in
 * pull mode.  What the guest overwrites meanwhile is kept beside, in a file of its own.
 *
 * Such a backup goes on when who wanted it was killed, and takes room as the guest writes.
 * The next one for the same guest ends it, by the folder that both have.
 */
#ifndef DISK_BACKUP_H
#define DISK_BACKUP_H

#include <stdbool.h>
#include <sys/types.h>

#include "export.h"

struct backup;

/**
 * struct backup_guest - whose disk it is
 * @uri: of libvirt on this host
 * @uuid: of the domain
 * @user: that its QEMU runs as
 */
struct backup_guest {
	const char *uri;
	const char *uuid;
	uid_t user;
};

/**
 * backup_disks() - Which disks a guest has.
 * @guest: whose
 * @ret: filled in; drives without a medium are left out
 * @err: why it failed
 *
 * Return: how many; negative errno.
 */
int backup_disks(const struct backup_guest *guest, struct export_disk ret[EXPORT_DISKS_MAX],
		 struct error *err);

/**
 * backup_open() - Begin one.
 * @ret: to be given to backup_close()
 * @guest: copied but for its texts, which last as long
 * @disk: name of the disk, see backup_disks()
 * @folder: for what QEMU must reach: is made if it is not there
 * @err: why it failed
 *
 * Return: 0; -EBUSY when another process has one; -EREMOTEIO when libvirt refuses; others.
 */
int backup_open(struct backup **ret, const struct backup_guest *guest, const char *disk,
		const char *folder, struct error *err);

/** backup_fd() - A connection to its NBD server, on which nothing has been said. */
int backup_fd(const struct backup *backup);

/**
 * backup_close() - End it; NULL is allowed.
 * @backup: is freed in any case
 * @err: why libvirt does not end it; may be NULL
 *
 * Return: 0; negative errno.
 */
int backup_close(struct backup *backup, struct error *err);

#endif
