/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Memory of a guest that QEMU runs here, as it was started. */
#ifndef MEM_QEMU_H
#define MEM_QEMU_H

#include "base/error.h"
#include "mem.h"

/**
 * mem_open_qmp() - By QEMU's socket for QMP.
 * @ret: to be given to mem_destroy()
 * @name: of the guest, for errors
 * @path: of the socket; it is free again afterwards
 * @err: why it failed
 *
 * QEMU tells where the guest has memory and where that is in its process; its kind (a
 * file, a memfd, none at all) does not matter.  The guest goes on meanwhile.
 *
 * Return: 0; -ENODEV when nobody listens; -ENOTCONN without an answer; -EPERM and -EACCES
 * when we may not look into the process; -EPROTO; others.
 */
int mem_open_qmp(struct mem **ret, const char *name, const char *path, struct error *err);

#endif
