/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The families of metrics that are exported. */
#ifndef FILECACHE_FAMILIES_H
#define FILECACHE_FAMILIES_H

#include <stdint.h>

#include "base/metrics.h"
#include "owners.h"

/**
 * families_by() - What owners can be summed up by: program, user, cgroup.
 * Return: a bit for families_put(); 0 when @name is nothing of that kind.
 */
unsigned int families_by(const char *name);

/**
 * families_put() - Write all there is.
 * @by: families_by() of what owners are to be summed up by
 * @top: names of each at most
 *
 * Return: 0 or -ENOMEM.
 */
int families_put(struct metrics *metrics, const struct owners *owners,
		 unsigned int by, uint64_t top);

#endif
