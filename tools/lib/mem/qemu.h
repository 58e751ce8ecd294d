/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Memory of a guest that QEMU runs here, as it was started. */
#ifndef MEM_QEMU_H
#define MEM_QEMU_H

#include "base/error.h"
#include "hv/monitor.h"
#include "mem.h"
#include "pause.h"

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

/**
 * mem_pause_qemu() - Get ready to stop a guest for a moment.
 * @ret: to be given to pause_destroy()
 * @open: opens its monitor, which is taken while the guest is stopped; called in another
 *	  process, and as it is now
 * @arg: for @open
 * @budget_ns: it goes on after so long in any case
 * @err: why it failed
 *
 * Return: as pause_create().
 */
int mem_pause_qemu(struct pause **ret,
		   int (*open)(void *arg, struct monitor **ret, struct error *err), void *arg,
		   uint64_t budget_ns, struct error *err);

/**
 * mem_open_monitor() - Likewise, by a monitor that is open.
 * @ret: to be given to mem_destroy()
 * @name: of the guest, for errors
 * @monitor: of its QEMU; is not needed any more afterwards
 * @err: why it failed
 *
 * Return: see mem_open_qmp().
 */
int mem_open_monitor(struct mem **ret, const char *name, struct monitor *monitor,
		     struct error *err);

#endif
