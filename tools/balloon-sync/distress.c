// SPDX-License-Identifier: GPL-2.0-or-later
#include <string.h>

#include "base/clock.h"
#include "base/u64.h"
#include "distress.h"

/* Drivers tell anew every two seconds or so. */
#define ASK_NS		(2 * NSEC_PER_SEC)
#define STALE_MS	10000
/* So much of its size at rest stays available to it, in parts of the whole. */
#define RESERVE		16
/* Available memory wavers all the time: smaller rises change nothing. */
#define RISE		32
/* Reading back less than this is no reason for anything: 1 MiB/s. */
#define SWAP_KB_PER_S	1024
#define PRESSES		2
#define REST_FIRST_NS	(30 * NSEC_PER_SEC)
#define REST_MAX_NS	(600 * NSEC_PER_SEC)

void distress_init(struct distress *d)
{
	*d = (struct distress){
		.spare_kb = DISTRESS_NONE,
		.eased_kb = DISTRESS_NONE,
		.rest_ns = REST_FIRST_NS,
	};
}

/*
 * What is given and what is available change places with each other, so their
 * sum is nearly the same whatever is moved; what was given in between is not in
 * the guest's figure yet.  Less holds at once, more when it is worth a move.
 */
static void see_available(struct distress *d, const struct hv_distress *said,
			  uint64_t rest_kb, uint64_t given_kb)
{
	uint64_t least_kb = d->said_ns ? u64_min(given_kb, d->given_kb) : given_kb;
	uint64_t spare_kb;

	if (said->available_kb == HV_UNKNOWN)
		return;
	/* More than it has is not true, and nothing to count on. */
	spare_kb = u64_sub_sat(u64_min(rest_kb, least_kb + u64_min(said->available_kb, rest_kb)),
			       rest_kb / RESERVE);
	if (spare_kb < d->spare_kb || spare_kb > d->spare_kb + rest_kb / RISE)
		d->spare_kb = spare_kb;
}

/* What was read twice was said once. */
static bool is_news(const struct distress *d, const struct hv_distress *said)
{
	struct hv_distress before = d->said;

	before.age_ms = said->age_ms;
	return !d->said_ns || memcmp(&before, said, sizeof(before)) != 0;
}

/* A guest that was started anew counts from 0 again. */
static bool swaps_in(const struct distress *d, const struct hv_distress *said,
		     uint64_t now_ns)
{
	uint64_t passed_s = (now_ns - d->said_ns) / NSEC_PER_SEC + 1;

	if (!d->said_ns || said->swap_in_kb == HV_UNKNOWN ||
	    d->said.swap_in_kb == HV_UNKNOWN || said->swap_in_kb < d->said.swap_in_kb)
		return false;
	return said->swap_in_kb - d->said.swap_in_kb > passed_s * SWAP_KB_PER_S;
}

/*
 * It gets back a part of what it gave at each look while it goes on, and is then
 * let be; each time for longer, since it was asked again too soon.
 */
static void ease(struct distress *d, uint64_t rest_kb, uint64_t given_kb, uint64_t now_ns)
{
	uint64_t step_kb = u64_max(given_kb / 4, rest_kb / RISE);

	if (now_ns >= d->until_ns && d->until_ns)
		d->rest_ns = u64_min(d->rest_ns * 2, REST_MAX_NS);
	d->eased_kb = u64_min(d->eased_kb, u64_sub_sat(given_kb, step_kb));
	d->until_ns = now_ns + d->rest_ns;
}

void distress_see(struct distress *d, const struct hv_distress *said, uint64_t rest_kb,
		  uint64_t given_kb, uint64_t now_ns)
{
	if (said->age_ms == HV_UNKNOWN || said->age_ms > STALE_MS || !is_news(d, said))
		return;
	see_available(d, said, rest_kb, given_kb);
	d->presses = swaps_in(d, said, now_ns) ? d->presses + 1 : 0;
	if (d->presses >= PRESSES && given_kb > 0) {
		ease(d, rest_kb, given_kb, now_ns);
	} else if (now_ns >= d->until_ns) {
		d->eased_kb = DISTRESS_NONE;
		/* It has fared well for as long as it was let be. */
		if (now_ns - d->until_ns > d->rest_ns) {
			d->rest_ns = REST_FIRST_NS;
			d->until_ns = 0;
		}
	}
	d->said = *said;
	d->said_ns = now_ns;
	d->given_kb = given_kb;
}

void distress_ask(struct distress *d, struct hv *hv, const struct hv_domain *domain,
		  uint64_t rest_kb, uint64_t given_kb, uint64_t now_ns)
{
	struct hv_distress said;

	if (now_ns < d->next_ns)
		return;
	d->next_ns = now_ns + ASK_NS;
	if (hv_distress(hv, domain, &said, NULL) == 0)
		distress_see(d, &said, rest_kb, given_kb, now_ns);
}

uint64_t distress_able(const struct distress *d, uint64_t now_ns)
{
	uint64_t eased_kb = now_ns < d->until_ns ? d->eased_kb : DISTRESS_NONE;

	return u64_min(d->spare_kb, eased_kb);
}
