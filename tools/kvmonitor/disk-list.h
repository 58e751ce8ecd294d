/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Which disks a guest has, and what is on them. */
#ifndef KVMONITOR_DISK_LIST_H
#define KVMONITOR_DISK_LIST_H

#include "base/out.h"
#include "disk-source.h"

/**
 * disk_list() - Put out a row for each disk and for each partition.
 * @source: has them
 * @only: this one; NULL for all
 * @out: where they go
 * @err: why it failed
 *
 * What cannot be read of one disk is told in its row.
 *
 * Return: 0; negative errno.
 */
int disk_list(const struct disk_source *source, const struct export_disk *only,
	      struct out *out, struct error *err);

#endif
