// SPDX-License-Identifier: GPL-2.0-or-later
/* A walk along a list that is somebody else's: by "next", and "prev" must fit. */
#include <string.h>

#include "field.h"
#include "list.h"

void list_begin(struct list_walk *walk, const struct guest *guest, uint64_t head,
		uint64_t most, struct guest_doubts *doubts)
{
	*walk = (struct list_walk){
		.guest = guest,
		.end = head,
		.at = head,
		.left = most,
		.span = 1,
		.steps = 1,
		.doubts = doubts,
	};
}

void list_begin_hlist(struct list_walk *walk, const struct guest *guest, uint64_t head,
		      uint64_t most, struct guest_doubts *doubts)
{
	list_begin(walk, guest, head, most, doubts);
	walk->end = 0;
}

void list_begin_nulls(struct list_walk *walk, const struct guest *guest, uint64_t head,
		      uint64_t most, struct guest_doubts *doubts)
{
	list_begin(walk, guest, head, most, doubts);
	walk->nulls = true;
}

void list_around(struct list_walk *walk, size_t before, size_t bytes, unsigned char *buf)
{
	walk->around = buf;
	walk->around_bytes = bytes;
	walk->before = before;
}

/* Where the end of memory is near, there is a link, and not all around it. */
static int read_links(struct list_walk *walk, uint64_t link, uint64_t ret[2])
{
	struct space *space = walk->guest->kernel.space;

	walk->has_around = walk->around && space_read(space, link - walk->before, walk->around,
						      walk->around_bytes) == 0;
	if (!walk->has_around)
		return space_read(space, link, ret, 2 * sizeof(*ret));
	memcpy(ret, walk->around + walk->before, 2 * sizeof(*ret));
	return 0;
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

/* The end of a list may be one that somebody has made, before others; only a ring can tell. */
static void check_last(struct list_walk *walk)
{
	uint64_t last;

	if (walk->nulls || !walk->end)
		return;
	if (space_read(walk->guest->kernel.space, walk->end + sizeof(last), &last,
		       sizeof(last)) < 0)
		walk->doubts->bad++;
	else if (last != walk->at)
		walk->doubts->torn++;
}

bool list_next(struct list_walk *walk, uint64_t *ret)
{
	struct space *space = walk->guest->kernel.space;
	uint64_t links[2], next = walk->next;

	/*
	 * A struct list_head is "next" and "prev", a struct hlist_node "next" and where that is
	 * which leads to it: the same, since "next" is the first of a node, and all of a head.
	 */
	if (!walk->begun && space_read(space, walk->at, &next, sizeof(next)) < 0) {
		walk->doubts->bad++;
		return false;
	}
	walk->begun = true;
	if (walk->nulls ? next & 1 : next == walk->end) {
		check_last(walk);
		return false;
	}
	if (walk->left == 0 || turns_back(walk, next)) {
		walk->doubts->cut++;
		return false;
	}
	walk->left--;
	if (read_links(walk, next, links) < 0) {
		walk->doubts->bad++;
		return false;
	}
	/* Somebody was put in or taken out just now, or is left out of one direction. */
	if (links[1] != walk->at)
		walk->doubts->torn++;
	walk->at = next;
	walk->next = links[0];
	*ret = next;
	return true;
}
