/* SPDX-License-Identifier: GPL-2.0-or-later */
/* How large a guest and its host are, by the hypervisor's own word. */
#ifndef DEMO_SIZES_H
#define DEMO_SIZES_H

#include "base/error.h"

struct sizes;

/**
 * sizes_open() - Of which guest.
 * @guest: number of a domain of this Xen, or the path of a QMP socket that nobody
 *	else uses
 * @ret: to be closed
 * @err: why it cannot be asked
 *
 * Return: 0 or negative errno.
 */
int sizes_open(const char *guest, struct sizes **ret, struct error *err);

/** sizes_close() - NULL is allowed. */
void sizes_close(struct sizes *sizes);

/**
 * sizes_read() - Both, in kB.
 * @sizes: open
 * @guest_kb: Xen's count of its pages, or what QEMU says that its balloon leaves
 * @host_kb: dom0's pages; of a host of QEMU's guests, which has no such size, its
 *	memory less the guest's
 * @err: why not
 *
 * Return: 0 or negative errno.
 */
int sizes_read(struct sizes *sizes, long *guest_kb, long *host_kb, struct error *err);

#endif
