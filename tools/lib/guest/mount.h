/* SPDX-License-Identifier: GPL-2.0-or-later */
/* File systems that a guest has mounted. */
#ifndef GUEST_MOUNT_H
#define GUEST_MOUNT_H

#include <stdbool.h>
#include <stdint.h>

#include "guest.h"

/* As long as a path can be in Linux, PATH_MAX. */
#define GUEST_PATH_MAX		4096
#define GUEST_MOUNTS_MAX	100000u

/**
 * struct guest_mount - a mount as it was
 * @address: virtual, of its struct mount
 * @super_block: virtual address of what is mounted
 * @id: as in /proc/PID/mountinfo
 * @parent_id: of what it is mounted on; its own for the first
 * @major: of the device
 * @minor: of the device
 * @read_only: the mount, or the whole file system
 * @type: of the file system
 * @source: what was mounted, as it was called
 * @root: what of the file system is mounted
 * @path: where, from the root of the namespace on
 */
struct guest_mount {
	uint64_t address;
	uint64_t super_block;
	uint32_t id;
	uint32_t parent_id;
	uint32_t major;
	uint32_t minor;
	bool read_only;
	char type[64];
	char source[256];
	char root[GUEST_PATH_MAX];
	char path[GUEST_PATH_MAX];
};

/**
 * guest_mounts() - All mounts of the first process' namespace.
 * @guest: seen into
 * @take: is given each, what it is mounted on first; returns 0 to go on, another value to
 *	  end the walk
 * @data: for @take
 * @doubts: what was not as it should be is added there
 *
 * Return: 0; what @take returned; -ENOENT without a first process; -ENOMEM.
 */
int guest_mounts(struct guest *guest,
		 int (*take)(const struct guest_mount *mount, void *data), void *data,
		 struct guest_doubts *doubts);

#endif
