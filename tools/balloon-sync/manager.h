/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The running of it: from the first check to everything given back. */
#ifndef BALLOON_SYNC_MANAGER_H
#define BALLOON_SYNC_MANAGER_H

#include "controller.h"
#include "options.h"
#include "report.h"

/**
 * manager_run() - Follow a group until a signal, an end or an error.
 * @options: checked
 * @err: why it failed
 *
 * However it ends, sizes are brought back first, and checked.
 *
 * Return: 0 or negative errno.
 */
int manager_run(const struct options *options, struct error *err);

/**
 * manager_give_back() - Bring all sizes back, and wait for it.
 * @controller: its move is stopped for good
 * @report: for events under way
 * @err: what is not back
 *
 * Return: 0; -EAGAIN when somebody did not do his part in time; other
 * negative errno.
 */
int manager_give_back(struct controller *controller, struct report *report,
		      struct error *err);

#endif
