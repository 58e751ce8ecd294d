/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What was not as it should be while a guest was looked at, as it is told. */
#ifndef KVMONITOR_DOUBT_H
#define KVMONITOR_DOUBT_H

#include <stdbool.h>
#include <stddef.h>

#include "guest/guest.h"

#define DOUBT_TEXT_MAX	200

/**
 * struct doubt_watch - what a watch has told of it; all zero before
 * @told: last
 * @torn: whether links had changed in the look before
 * @blind: whether it was told last that mounts cannot be seen
 */
struct doubt_watch {
	struct guest_doubts told;
	bool torn;
	bool blind;
};

/** doubt_any() - Whether there is something to be told. */
bool doubt_any(const struct guest_doubts *doubts);

/** doubt_text() - In words. Return: @ret. */
const char *doubt_text(const struct guest_doubts *doubts, char ret[DOUBT_TEXT_MAX]);

/**
 * doubt_news() - Whether a look has to be told of.
 * @watch: what was told before; takes over what there is to be told now
 * @now: of this look
 * @blind: whether its mounts could not be seen
 *
 * Links that change in one look only are an honest guest at work.  When they change in each, it
 * does not matter how many there are.
 *
 * Return: whether there is something new.
 */
bool doubt_news(struct doubt_watch *watch, const struct guest_doubts *now, bool blind);

#endif
