/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Inside of the library: findings that are looked at more than once before they are told. */
#ifndef GUEST_FINDING_H
#define GUEST_FINDING_H

#include <stddef.h>

#include "check.h"

/* What is more than so many is one disaster. */
#define FINDINGS_MAX	10000u

/**
 * struct findings - what was found
 * @list: of it
 * @count: of it
 * @room: in @list
 */
struct findings {
	struct guest_finding *list;
	size_t count;
	size_t room;
};

/** findings_add() - One more, seen once, unless there are too many. Return: 0; -ENOMEM. */
int findings_add(struct findings *findings, const struct guest_finding *finding);

/** findings_name() - The symbol that its address is in, and how far, as its name. */
void findings_name(const struct guest *guest, struct guest_finding *finding);

/**
 * findings_repeat() - Look several times, and tell what those found by whom least was missed.
 * @guest: is refreshed before each look
 * @look: adds what it finds; returns 0 or a negative errno
 * @take: is given what is left in the end; returns 0 to go on
 * @data: for @take
 * @doubts: those of the look that had the fewest are added
 *
 * The kernel changes its text, and its lists, while it is looked at.  What could not be looked at
 * once is looked at again too; a look that missed more than another one does not count.  What not
 * each of them found is told as unsure, if it is nothing that an honest guest has for a moment
 * (passing_excuse()); of what no honest guest ever has (passing_never()), one is enough.
 *
 * A look that used up all reads is not repeated, and each one has half as many as the one before.
 *
 * Return: 0; what @look or @take returned; -ENOMEM.
 */
int findings_repeat(struct guest *guest,
		    int (*look)(struct guest *guest, struct findings *ret, void *look_data,
				struct guest_doubts *doubts),
		    void *look_data,
		    int (*take)(const struct guest_finding *finding, void *data), void *data,
		    struct guest_doubts *doubts);

#endif
