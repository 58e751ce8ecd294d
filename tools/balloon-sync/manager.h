/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The running of it: from the first check to everything given back. */
#ifndef BALLOON_SYNC_MANAGER_H
#define BALLOON_SYNC_MANAGER_H

#include "base/error.h"
#include "options.h"

/**
 * manager_run() - Follow a group, or all of a configuration, until a signal, an
 * end or an error.
 * @options: checked
 * @err: why it failed
 *
 * However it ends, sizes and limits are brought back first, and checked.
 *
 * Return: 0 or negative errno.
 */
int manager_run(const struct options *options, struct error *err);

#endif
