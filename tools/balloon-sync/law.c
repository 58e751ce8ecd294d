// SPDX-License-Identifier: GPL-2.0-or-later
/* The control law: how far each guest goes at this step on the way to the plan. */
#include "base/u64.h"
#include "law.h"

static uint64_t slewed(uint64_t from, uint64_t to, uint64_t most, uint64_t quantum)
{
	if (!most)
		return to;
	most = most < quantum ? quantum : most - most % quantum;
	if (u64_abs_diff(from, to) <= most)
		return to;
	return from < to ? from + most : from - most;
}

/* Where a change is too small to be worth the work of two drivers. */
static bool may_wait(const struct law_step *step, uint64_t deadband)
{
	uint64_t above = deadband;

	/* A whole quantum, once gone, is not taken again for a page. */
	if (step->quantum_kb > LAW_PAGE_KB)
		above += step->quantum_kb;
	if (step->planned_kb < step->wanted_kb)
		return step->wanted_kb - step->planned_kb < deadband;
	return step->planned_kb - step->wanted_kb < above;
}

uint64_t law_follow(const struct law_step *step, uint64_t deadband_kb,
		    uint64_t slew_kb)
{
	uint64_t to = step->planned_kb - step->planned_kb % step->quantum_kb;

	if (step->wanted_kb > step->most_kb)
		return to;
	/* Nothing planned is not a small change but the end of something. */
	if (step->planned_kb && !step->moving && !step->quiet &&
	    may_wait(step, deadband_kb))
		return step->wanted_kb;
	return slewed(step->wanted_kb, to, slew_kb, step->quantum_kb);
}

/* What a guest was asked for beyond its plan. */
static uint64_t beyond(const struct law_want *want)
{
	uint64_t planned = want->planned_kb - want->planned_kb % want->quantum_kb;

	return want->wanted_kb > planned ? want->wanted_kb - planned : 0;
}

void law_fit(struct law_want *wants, size_t count, uint64_t room_kb)
{
	uint64_t sum = 0, over = 0, excess;
	size_t i;

	for (i = 0; i < count; i++) {
		sum += wants[i].wanted_kb;
		over += beyond(&wants[i]);
	}
	if (sum <= room_kb || !over)
		return;
	excess = sum - room_kb < over ? sum - room_kb : over;
	for (i = 0; i < count; i++) {
		uint64_t quantum = wants[i].quantum_kb, mine = beyond(&wants[i]);
		uint64_t cut = ((__uint128_t)mine * excess + over - 1) / over;

		/* Up, so that the cuts add up to all that is too much. */
		cut += (quantum - cut % quantum) % quantum;
		wants[i].wanted_kb -= cut < mine ? cut : mine;
	}
}
