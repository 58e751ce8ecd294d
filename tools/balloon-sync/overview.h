/* SPDX-License-Identifier: GPL-2.0-or-later */
/* balloon-sync status: how the service that runs stands. */
#ifndef BALLOON_SYNC_OVERVIEW_H
#define BALLOON_SYNC_OVERVIEW_H

#include "base/error.h"
#include "options.h"

/**
 * overview_run() - Ask, and print.
 * @options: checked
 * @err: why it failed
 *
 * Return: 0 or negative errno.
 */
int overview_run(const struct options *options, struct error *err);

#endif
