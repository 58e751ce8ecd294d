/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Units of systemd. */
#ifndef DAEMON_UNIT_H
#define DAEMON_UNIT_H

#include "base/error.h"

/**
 * unit_cgroup() - The cgroup of a unit that runs.
 * @name: of a service, scope or slice
 * @ret: path from the root of cgroups, to be freed; untouched on failure
 * @err: why it failed
 *
 * systemd is asked, since a unit's slice may be any.  It is waited for a
 * second at most.
 *
 * Return: 0; -ENOENT for a unit that does not run; -EOPNOTSUPP where systemd
 * does not; -ENOTCONN when it cannot be asked; other negative errno.
 */
int unit_cgroup(const char *name, char **ret, struct error *err);

#endif
