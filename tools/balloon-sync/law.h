/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The control law: the plan (plan.h) says what each guest should give, and
 * law_follow() and law_fit() how far on the way to it this step goes.
 */
#ifndef BALLOON_SYNC_LAW_H
#define BALLOON_SYNC_LAW_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define LAW_PAGE_KB 4

/**
 * enum law_limit - what keeps a guest from giving all that is used
 * @LAW_FREE: nothing
 * @LAW_FLOOR: the guest would fall below its floor
 * @LAW_CAP: the operator's cap
 * @LAW_HOST: the host is at its ceiling
 * @LAW_STUCK: the guest has been seen not to be able to give more
 * @LAW_SHORT: the guest would be short of memory itself, by its own account
 */
enum law_limit {
	LAW_FREE,
	LAW_FLOOR,
	LAW_CAP,
	LAW_HOST,
	LAW_STUCK,
	LAW_SHORT,
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

#endif
