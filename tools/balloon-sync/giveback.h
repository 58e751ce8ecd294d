/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The end of a move: everything back where it was, and taken off the books. */
#ifndef BALLOON_SYNC_GIVEBACK_H
#define BALLOON_SYNC_GIVEBACK_H

#include <stdbool.h>

#include "move.h"
#include "report.h"
#include "state.h"

/**
 * struct give_back - everything on its way back
 * @move: of which nothing is wanted any more
 * @state_path: of the state file, locked
 * @state: its contents; guests leave it as they are found to be back
 * @report: for events under way
 * @progress_ns: when anything moved last, CLOCK_MONOTONIC
 * @last_kb: where it stood then
 * @lifted: 0, or why a limit could not be lifted, as told in @lifting
 * @lifting: see @lifted
 * @over: nothing moves any more, or nothing is left to be moved
 */
struct give_back {
	struct move *move;
	const char *state_path;
	struct state *state;
	struct report *report;
	uint64_t progress_ns;
	uint64_t last_kb;
	int lifted;
	struct error lifting;
	bool over;
};

/**
 * give_back_begin() - Lift limits of cgroups, get ready to move.
 * @g: its first four members are set
 */
void give_back_begin(struct give_back *g);

/**
 * give_back_step() - Do the next thing, about every 100 ms until @g->over.
 * @g: begun
 * @err: why it failed
 *
 * It is over as well when nothing has moved for a minute.  Calls that do not get
 * through meanwhile are no failure.
 *
 * Return: 0; negative errno, and it is over.
 */
int give_back_step(struct give_back *g, struct error *err);

/**
 * give_back_end() - Look at everything, and cross off what is back.
 * @g: over
 * @err: what is not back
 *
 * Without a guest or limit left, the state file is removed; else it stays, with
 * those that are not back.  @g->move keeps all guests.
 *
 * Return: 0; -EAGAIN when somebody did not do his part in time; other negative
 * errno.
 */
int give_back_end(struct give_back *g, struct error *err);

/** give_back() - All of that in one go, until its end. Return: as give_back_end(). */
int give_back(struct move *move, const char *state_path, struct state *state,
	      struct report *report, struct error *err);

#endif
