/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What a domain of Xen's and the back end of its disk have between them. */
#ifndef DISK_RING_H
#define DISK_RING_H

#include "xen.h"

/** ring_settle() - As struct disk_xen_ops has it. */
int ring_settle(const struct disk_xen *disk, uint64_t wait_ns, struct error *err);

#endif
