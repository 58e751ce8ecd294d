/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Disks that the user means: a running guest's, or one in a file. */
#ifndef KVMONITOR_DISK_SOURCE_H
#define KVMONITOR_DISK_SOURCE_H

#include <stdbool.h>

#include "base/error.h"
#include "disk/backup.h"
#include "disk/disk.h"
#include "disk/export.h"
#include "disk/xen.h"
#include "hv/qemu-process.h"

/** enum disk_source_kind - what they are had from */
enum disk_source_kind {
	DISK_SOURCE_IMAGE,
	DISK_SOURCE_QEMU,
	DISK_SOURCE_LIBVIRT,
	DISK_SOURCE_XEN,
};

/**
 * struct disk_source - where disks are
 * @kind: of it
 * @path: of a socket for QMP, or of an image; else what the user calls it
 * @socket: that path, where a name stood for it
 * @disks: those there are
 * @count: of them
 * @uuid: of a guest of libvirt's
 * @user: that its QEMU runs as
 * @xen: knows more of the disks of a domain
 * @domain_disks: likewise, in the same order
 */
struct disk_source {
	enum disk_source_kind kind;
	const char *path;
	char socket[QEMU_PATH_MAX];
	struct export_disk disks[EXPORT_DISKS_MAX];
	size_t count;
	char uuid[QEMU_UUID_MAX];
	uid_t user;
	const struct disk_xen_ops *xen;
	struct disk_xen domain_disks[EXPORT_DISKS_MAX];
};

/**
 * disk_source_find() - Find out which disks there are.
 * @source: filled in
 * @text: as the user has it, see HELP_VM_PROCESS; xen:NAME; or the path of an image;
 *	  must outlive @source
 * @err: why it failed
 *
 * Return: 0; -ENOENT when there is none; other negative errno.
 */
int disk_source_find(struct disk_source *source, const char *text, struct error *err);

/**
 * disk_source_choose() - One of them by its name.
 * @source: has them
 * @name: of the drive, the device or the block node; NULL for the only one
 * @ret: it, of @source
 * @err: why it failed
 *
 * Return: 0; -ENOENT; -EINVAL when it could be several.
 */
int disk_source_choose(const struct disk_source *source, const char *name,
		       const struct export_disk **ret, struct error *err);

/**
 * struct disk_handle - a disk of which nothing has been read yet
 * @name: of the disk
 * @image: of a file or a block device; NULL for an export
 * @export: of a running QEMU; NULL for others
 * @backup: of a guest of libvirt's; NULL for others
 * @xen: of a domain's disk; else NULL
 * @domain_disk: likewise
 */
struct disk_handle {
	const char *name;
	struct disk *image;
	struct export *export;
	struct backup *backup;
	const struct disk_xen_ops *xen;
	const struct disk_xen *domain_disk;
};

/**
 * disk_handle_open() - Get ready to read a disk.
 * @handle: filled in; to be given to disk_handle_close()
 * @source: outlives it
 * @which: of its disks
 * @err: why it failed
 *
 * Return: 0; -EOPNOTSUPP when disks of that kind cannot be read; other negative errno.
 */
int disk_handle_open(struct disk_handle *handle, const struct disk_source *source,
		     const struct export_disk *which, struct error *err);

/**
 * disk_handle_settle() - Wait until all is done that a guest has asked of it.
 * @handle: open
 * @wait_ns: for no longer
 * @err: why it failed
 *
 * Of a guest that has been stopped: a QEMU does so itself before it says that it has
 * stopped it, Xen leaves it to the back end.
 *
 * Return: 0; -ETIMEDOUT; other negative errno.
 */
int disk_handle_settle(const struct disk_handle *handle, uint64_t wait_ns, struct error *err);

/** disk_handle_ended() - Whether it is known that its guest has ended. */
bool disk_handle_ended(const struct disk_handle *handle);

/** disk_handle_fd() - What it is read by. */
int disk_handle_fd(const struct disk_handle *handle);

/** disk_handle_socket() - Likewise, if it hangs up when a QEMU ends; else -1. */
int disk_handle_socket(const struct disk_handle *handle);

/**
 * disk_handle_disk() - The disk itself; needs nothing but disk_handle_fd().
 * @handle: open; what is read from here on may be made up by the guest
 * @ret: the disk, which is nobody's to free: the process that reads it ends with it
 * @err: why it failed
 *
 * Return: 0 or negative errno.
 */
int disk_handle_disk(struct disk_handle *handle, struct disk **ret, struct error *err);

/** disk_handle_close() - Give it back, also to QEMU. Return: 0; negative errno. */
int disk_handle_close(struct disk_handle *handle, struct error *err);

#endif
