/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Inside of the library: a hunt for pointers to code that is nobody's. */
#ifndef GUEST_HUNT_H
#define GUEST_HUNT_H

#include "area.h"
#include "finding.h"

/**
 * struct hunt - for pointers
 * @guest: whose
 * @areas: code that is known
 * @findings: get them
 * @doubts: counted
 */
struct hunt {
	struct guest *guest;
	struct areas areas;
	struct findings *findings;
	struct guest_doubts *doubts;
};

/** hunt_note() - Have found @target at @address. Return: 0; -ENOMEM. */
int hunt_note(struct hunt *h, enum guest_finding_kind kind, uint64_t address, uint64_t target);

/** hunt_code() - Likewise, unless @target is 0 or known code. Return: 0; -ENOMEM. */
int hunt_code(struct hunt *h, uint64_t address, uint64_t target);

#endif
