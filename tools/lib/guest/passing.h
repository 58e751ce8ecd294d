/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Inside of the library: what an honest guest is like for a moment. */
#ifndef GUEST_PASSING_H
#define GUEST_PASSING_H

#include <stdbool.h>

#include "finding.h"

/** passing_clock() - The guest's time after its boot, in ns; 0 where that is not known. */
uint64_t passing_clock(const struct guest *guest);

/** passing_never() - Whether no honest guest changes it, so that one look is enough. */
bool passing_never(enum guest_finding_kind kind);

/**
 * passing_excuse() - Find out which findings of a look may be there for a moment only.
 * @guest: seen into, after the look
 * @findings: of the look; those that are excused have .passing set
 * @since: passing_clock() before the look
 * @torn: whether links have changed during the look
 *
 * A task that is younger than a second, or has ended, may be in one of two lists: it is being made
 * or taken down, or was while one of them had been walked already.  So is a module that is loaded
 * or unloaded.  Text is changed by the kernel itself, and code is made and freed, which is not told
 * by what is at one place: all findings of these kinds are excused.
 */
void passing_excuse(struct guest *guest, struct findings *findings, uint64_t since, bool torn);

#endif
