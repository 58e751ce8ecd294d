/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Memory of the host that nobody uses, and that may be used. */
#ifndef BALLOON_SYNC_FREE_H
#define BALLOON_SYNC_FREE_H

#include <stdint.h>

#include "base/error.h"

/**
 * free_read() - What is free above what the kernel keeps free itself.
 * @ret_kb: MemFree of /proc/meminfo less the high watermarks of all zones
 * @err: why it failed
 *
 * From its watermarks on the kernel takes page cache back, the group's own as well: whoever
 * counted with what is below them would wait for a growth that cannot come.
 *
 * Return: 0; -EINVAL when /proc does not say; other negative errno.
 */
int free_read(uint64_t *ret_kb, struct error *err);

/** free_watermarks() - Sum of the high watermarks in a /proc/zoneinfo, in pages. */
uint64_t free_watermarks(const char *zoneinfo);

#endif
