/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Fair shares: how much of a whole each of several could have. */
#ifndef BALLOON_SYNC_SHARE_H
#define BALLOON_SYNC_SHARE_H

#include <stddef.h>
#include <stdint.h>

/**
 * struct share - one claim on the whole
 * @claim: how much is asked for
 * @sum: of this claim and all smaller ones; filled in
 * @could_have: filled in by share_all()
 * @owner: the caller's own
 */
struct share {
	uint64_t claim;
	uint64_t sum;
	uint64_t could_have;
	size_t owner;
};

/**
 * share_all() - What each could have if it alone asked for more.
 * @shares: the claims, whose sum must fit; sorted by claim afterwards
 * @scratch: room for as many
 * @count: of them
 * @whole: what is divided
 *
 * The whole is divided max-min fairly: everyone has the same, and what one
 * does not claim of that is the others'.  @could_have is what its owner would
 * get if its own claim had no end and the others' were as they are.  So it
 * does not depend on its own claim, never rises when another claim rises, and
 * is at least @whole / @count, rounded down.
 *
 * Takes time in proportion to count * log(count).
 */
void share_all(struct share *shares, struct share *scratch, size_t count,
	       uint64_t whole);

#endif
