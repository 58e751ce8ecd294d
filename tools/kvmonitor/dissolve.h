/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A cgroup that is to be gone, with all groups in it, while its processes go on elsewhere. */
#ifndef KVMONITOR_DISSOLVE_H
#define KVMONITOR_DISSOLVE_H

#include <stdint.h>

#include "base/error.h"

/**
 * dissolve() - Put all processes of a group, and of those in it, into another; remove them.
 * @from: folder of the group
 * @to: folder of the other one
 * @until_ns: so long those are waited for who cannot be moved, since they are about to end;
 *	      by CLOCK_MONOTONIC
 * @err: why it failed
 *
 * Return: 0, also without such a group; -EBUSY when somebody is in there still; -EPERM for
 * processes that only another container knows; other negative errno.
 */
int dissolve(const char *from, const char *to, uint64_t until_ns, struct error *err);

#endif
