// SPDX-License-Identifier: GPL-2.0-or-later
/* The control law: how much memory should be moved, from what is used. */
#include "law.h"

static uint64_t distance(uint64_t a, uint64_t b)
{
	return a > b ? a - b : b - a;
}

static void limit_to(uint64_t *value, uint64_t most, enum law_limit why,
		     enum law_limit *limit)
{
	if (*value <= most)
		return;
	*value = most;
	*limit = why;
}

/* What the guest must not do without is looked at last: it wins. */
static uint64_t allowed(const struct law_config *config,
			const struct law_input *input, enum law_limit *limit)
{
	uint64_t value = input->used_kb;
	uint64_t spare = input->guest_kb > config->floor_kb ?
			 input->guest_kb - config->floor_kb : 0;

	*limit = LAW_FREE;
	limit_to(&value, config->cap_kb, LAW_CAP, limit);
	limit_to(&value, input->host_room_kb, LAW_HOST, limit);
	limit_to(&value, spare, LAW_FLOOR, limit);
	/* Up to a page, unless that would break a limit. */
	if (value % LAW_PAGE_KB && *limit == LAW_FREE &&
	    distance(value, spare) >= LAW_PAGE_KB &&
	    distance(value, input->host_room_kb) >= LAW_PAGE_KB &&
	    distance(value, config->cap_kb) >= LAW_PAGE_KB)
		value += LAW_PAGE_KB;
	return value - value % LAW_PAGE_KB;
}

static uint64_t slewed(uint64_t from, uint64_t to, uint64_t most)
{
	most -= most % LAW_PAGE_KB;
	if (!most || distance(from, to) <= most)
		return to;
	return from < to ? from + most : from - most;
}

uint64_t law_decide(const struct law_config *config,
		    const struct law_input *input, enum law_limit *ret_limit)
{
	uint64_t wanted = allowed(config, input, ret_limit);
	uint64_t most;
	enum law_limit unused;
	struct law_input all = *input;

	/*
	 * Nothing used is not a small change but the end of something; and a
	 * limit that was lowered holds at once.
	 */
	all.used_kb = UINT64_MAX - LAW_PAGE_KB;
	most = allowed(config, &all, &unused);
	if (wanted && input->wanted_kb <= most && !input->moving &&
	    !input->quiet &&
	    distance(wanted, input->wanted_kb) < config->deadband_kb)
		return input->wanted_kb;
	if (input->wanted_kb > most)
		return wanted;
	return slewed(input->wanted_kb, wanted, config->slew_kb);
}
