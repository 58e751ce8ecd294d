// SPDX-License-Identifier: GPL-2.0-or-later
/* A walk along a list that is somebody else's: by "next", and "prev" must fit. */
#include "field.h"
#include "list.h"

void list_begin(struct list_walk *walk, const struct guest *guest, uint64_t head,
		uint64_t most, struct guest_doubts *doubts)
{
	*walk = (struct list_walk){
		.guest = guest,
		.head = head,
		.at = head,
		.left = most,
		.span = 1,
		.steps = 1,
		.doubts = doubts,
	};
}

/* Brent's way to find a cycle: one link is kept, and kept for twice as long each time. */
static bool turns_back(struct list_walk *walk, uint64_t link)
{
	if (link == walk->milestone)
		return true;
	if (--walk->steps == 0) {
		walk->milestone = link;
		walk->span *= 2;
		walk->steps = walk->span;
	}
	return false;
}

bool list_next(struct list_walk *walk, uint64_t *ret)
{
	struct space *space = walk->guest->kernel.space;
	uint64_t links[2], next;

	/* A struct list_head is "next" and "prev". */
	if (space_read(space, walk->at, &next, sizeof(next)) < 0) {
		walk->doubts->bad++;
		return false;
	}
	if (next == walk->head)
		return false;
	if (walk->left == 0 || turns_back(walk, next)) {
		walk->doubts->cut++;
		return false;
	}
	walk->left--;
	if (space_read(space, next, links, sizeof(links)) < 0) {
		walk->doubts->bad++;
		return false;
	}
	/* Somebody was put in or taken out just now, or is left out of one direction. */
	if (links[1] != walk->at)
		walk->doubts->torn++;
	walk->at = next;
	*ret = next;
	return true;
}
