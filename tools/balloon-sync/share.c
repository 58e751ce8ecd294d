// SPDX-License-Identifier: GPL-2.0-or-later
/* Fair shares: how much of a whole each of several could have. */
#include <string.h>

#include "share.h"

static void merge(struct share *to, const struct share *a, const struct share *a_end,
		  const struct share *b, const struct share *b_end)
{
	while (a < a_end && b < b_end)
		*to++ = b->claim < a->claim ? *b++ : *a++;
	while (a < a_end)
		*to++ = *a++;
	while (b < b_end)
		*to++ = *b++;
}

/* The C library's may ask for memory. */
static void sort(struct share *shares, struct share *scratch, size_t count)
{
	struct share *from = shares, *to = scratch, *other;
	size_t width, i;

	for (width = 1; width < count; width *= 2) {
		for (i = 0; i < count; i += 2 * width) {
			size_t middle = i + width < count ? i + width : count;
			size_t end = middle + width < count ? middle + width : count;

			merge(to + i, from + i, from + middle, from + middle, from + end);
		}
		other = from;
		from = to;
		to = other;
	}
	if (from != shares)
		memcpy(shares, from, count * sizeof(*shares));
}

/*
 * What is left for each of the others, and for him, when he claims everything
 * and the @met smallest claims, one of which may be his own, are met.
 */
static uint64_t level(const struct share *shares, size_t count, uint64_t whole,
		      size_t met, const struct share *own)
{
	uint64_t sum = met ? shares[met - 1].sum : 0;
	size_t others = count - met;

	if (own) {
		sum -= own->claim;
		others++;
	}
	return whole > sum ? (whole - sum) / others : 0;
}

/* How many claims are met, of which the first @from are known to be. */
static size_t claims_met(const struct share *shares, size_t count, uint64_t whole,
			 size_t from, const struct share *own)
{
	size_t low = from, high = count;

	while (low < high) {
		size_t met = low + (high - low) / 2;

		if (level(shares, count, whole, met, own) < shares[met].claim)
			high = met;
		else
			low = met + 1;
	}
	return low;
}

void share_all(struct share *shares, struct share *scratch, size_t count,
	       uint64_t whole)
{
	uint64_t sum = 0;
	size_t i, met;

	sort(shares, scratch, count);
	for (i = 0; i < count; i++) {
		sum += shares[i].claim;
		shares[i].sum = sum;
	}
	met = claims_met(shares, count, whole, 0, NULL);
	for (i = 0; i < count; i++) {
		/* Who does not get all that he claims gets no more by claiming more. */
		const struct share *own = i < met ? &shares[i] : NULL;
		size_t here = own ? claims_met(shares, count, whole, i + 1, own) : met;

		shares[i].could_have = level(shares, count, whole, here, own);
	}
}
