/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The control law: how much memory should be moved, from what is used. */
#ifndef BALLOON_SYNC_LAW_H
#define BALLOON_SYNC_LAW_H

#include <stdbool.h>
#include <stdint.h>

#define LAW_PAGE_KB 4
#define LAW_NO_CAP UINT64_MAX

/**
 * struct law_config - what the operator wants, in kB (1024 bytes)
 * @floor_kb: the guest keeps at least so much
 * @cap_kb: never move more than this, LAW_NO_CAP for no cap
 * @deadband_kb: smaller changes wait until use is quiet
 * @slew_kb: change by at most so much in one step, 0 for any
 */
struct law_config {
	uint64_t floor_kb;
	uint64_t cap_kb;
	uint64_t deadband_kb;
	uint64_t slew_kb;
};

/**
 * struct law_input - the situation, in kB
 * @used_kb: what the group uses
 * @wanted_kb: what the law said last
 * @guest_kb: the guest's size when nothing is moved
 * @host_room_kb: how much the host can grow above its size when nothing is
 *	moved
 * @moving: the last wish has not been carried out yet, so that following
 *	closely costs nothing more
 * @quiet: use has not changed for some samples
 */
struct law_input {
	uint64_t used_kb;
	uint64_t wanted_kb;
	uint64_t guest_kb;
	uint64_t host_room_kb;
	bool moving;
	bool quiet;
};

/**
 * enum law_limit - what keeps the law from moving all that is used
 * @LAW_FREE: nothing
 * @LAW_FLOOR: the guest would fall below its floor
 * @LAW_CAP: the operator's cap
 * @LAW_HOST: the host is at its ceiling
 */
enum law_limit {
	LAW_FREE,
	LAW_FLOOR,
	LAW_CAP,
	LAW_HOST,
};

/**
 * law_decide() - How much memory should be moved to the host.
 * @config: what the operator wants
 * @input: the situation
 * @ret_limit: what the result falls short of @input->used_kb for
 *
 * A pure function.  The result is a multiple of the page size, never more
 * than the floor, the cap and the host's room allow, and 0 when nothing is
 * used.
 *
 * Return: kB to be moved in all, not to be added.
 */
uint64_t law_decide(const struct law_config *config,
		    const struct law_input *input, enum law_limit *ret_limit);

#endif
