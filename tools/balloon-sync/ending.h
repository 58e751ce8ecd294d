/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The end of a run: caches dropped, memory given back, while questions are answered. */
#ifndef BALLOON_SYNC_ENDING_H
#define BALLOON_SYNC_ENDING_H

#include "service.h"

/**
 * ending_begin() - From now on only give back, by give_back_step() of @m->back in the loop.
 *
 * A second time does nothing.
 */
void ending_begin(struct manager *m);

/**
 * ending_finish() - What is left of it when the loop has ended, for whatever reason.
 *
 * Return: 0 when all is back, which is said; negative errno of give_back().
 */
int ending_finish(struct manager *m, struct error *err);

#endif
