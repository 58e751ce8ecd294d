/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The control law: how much of what is used is to be moved at this step.
 *
 * With many guests the plan (plan.h) says what each should give, and
 * law_follow() and law_fit() how far on the way to it this step goes.
 * law_decide() is both for one guest and one group.
 */
#ifndef BALLOON_SYNC_LAW_H
#define BALLOON_SYNC_LAW_H

#include <stdbool.h>
#include <stddef.h>
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
 * @LAW_STUCK: the guest has been seen not to be able to give more
 */
enum law_limit {
	LAW_FREE,
	LAW_FLOOR,
	LAW_CAP,
	LAW_HOST,
	LAW_STUCK,
};

/**
 * struct law_step - one guest on the way to what the plan says, in kB
 * @planned_kb: what it should give in all, to the page
 * @most_kb: what its limits allow, not below @planned_kb
 * @wanted_kb: what was wanted of it last, whole quanta
 * @quantum_kb: results are multiples of this, itself one of the page size
 * @moving: the last wish has not been carried out yet, so that following
 *	closely costs nothing more
 * @quiet: @planned_kb has not changed for some samples
 */
struct law_step {
	uint64_t planned_kb;
	uint64_t most_kb;
	uint64_t wanted_kb;
	uint64_t quantum_kb;
	bool moving;
	bool quiet;
};

/**
 * struct law_want - one guest's part of what does not all fit
 * @wanted_kb: what law_follow() said, made smaller by law_fit()
 * @planned_kb: as in struct law_step
 * @quantum_kb: as in struct law_step
 */
struct law_want {
	uint64_t wanted_kb;
	uint64_t planned_kb;
	uint64_t quantum_kb;
};

/**
 * law_follow() - How much one guest is to give at this step.
 * @step: where it stands
 * @deadband_kb: smaller changes wait until the plan is quiet
 * @slew_kb: change by at most so much, 0 for any; less than a quantum is
 *	taken for one
 *
 * A pure function.  What is planned is rounded down to whole quanta.  What
 * was wanted last stays while the plan keeps within the deadband of it, and
 * of the quantum above it where that is more than a page: a plan that wavers
 * about the edge of a quantum moves nothing.  A limit that was lowered holds
 * at once.
 *
 * Return: kB to be given in all.
 */
uint64_t law_follow(const struct law_step *step, uint64_t deadband_kb,
		    uint64_t slew_kb);

/**
 * law_fit() - Make what is wanted of all guests fit the host's room.
 * @wants: of each guest; its planned_kb add up to no more than @room_kb
 * @count: of guests
 * @room_kb: how much the host can grow
 *
 * Guests that lag behind a plan that fell may leave too little for those that
 * follow one that rose.  Who is above his plan then goes down at once, each
 * by the same fraction of that.
 */
void law_fit(struct law_want *wants, size_t count, uint64_t room_kb);

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
