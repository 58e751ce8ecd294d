/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The end of a move: everything back where it was, and taken off the books. */
#ifndef BALLOON_SYNC_GIVEBACK_H
#define BALLOON_SYNC_GIVEBACK_H

#include "move.h"
#include "report.h"
#include "state.h"

/**
 * give_back() - Wait until all is back, and cross it off the state file.
 * @move: of which nothing is wanted any more
 * @state_path: of the state file, locked
 * @state: its contents; guests leave it as they are found to be back
 * @report: for events under way
 * @err: what is not back
 *
 * Limits of cgroups go first.  Goes on while anything moves, and over calls
 * that do not get through for a while.  Without a guest or limit left, the
 * state file is removed; else it stays, with those that are not back.  @move
 * keeps all guests.
 *
 * Return: 0; -EAGAIN when somebody did not do his part in time; other
 * negative errno.
 */
int give_back(struct move *move, const char *state_path, struct state *state,
	      struct report *report, struct error *err);

#endif
