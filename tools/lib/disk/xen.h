/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Disks of Xen's domains that this dom0 serves, found by what its toolstack has noted.
 *
 * blkback passes a guest's requests on to a block device, past the host's cache of it;
 * so does disk_open_image() on that device, whatever the device is.
 */
#ifndef DISK_XEN_H
#define DISK_XEN_H

#include <stdbool.h>
#include <stdint.h>

#include "export.h"

#define DISK_XEN_SYMBOL "disk_xen_ops"

/**
 * struct disk_xen - a disk of a domain
 * @shown: what is told of it; its node is the path of the block device that it is in
 * @domain: number of the domain
 * @number: of the device in it
 * @why: it cannot be read; no code where it can
 */
struct disk_xen {
	struct export_disk shown;
	uint32_t domain;
	uint32_t number;
	struct error why;
};

/**
 * struct disk_xen_ops - what disk-xen.so has; Xen's libraries are loaded with it
 * @list: the disks of a domain, by its name or number; those without a medium are left
 *	  out.  Return: how many; -ENODEV without Xen; -ENOENT without such a domain; others.
 * @runs: whether a disk's domain is still there
 * @settle: wait until all that a domain has asked of a disk is done; ends only when the
 *	    domain stands still.  Return: 0; -ETIMEDOUT after @wait_ns; other negative errno.
 */
struct disk_xen_ops {
	int (*list)(const char *name, struct disk_xen ret[EXPORT_DISKS_MAX],
		    struct error *err);
	bool (*runs)(const struct disk_xen *disk);
	int (*settle)(const struct disk_xen *disk, uint64_t wait_ns, struct error *err);
};

extern const struct disk_xen_ops disk_xen_ops;

/** disk_xen_load() - Load these. Return: 0; -ENOPKG when it cannot be loaded. */
int disk_xen_load(const struct disk_xen_ops **ret, struct error *err);

#endif
