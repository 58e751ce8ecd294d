/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What of a share of the processors is left for a domain whose IDS runs elsewhere. */
#ifndef KVMONITOR_BUDGET_H
#define KVMONITOR_BUDGET_H

#include <stdint.h>

/**
 * struct budget - a share, and what both have had of it
 * @whole: of both, in percent of one processor
 * @floor: what is left to the domain in any case, likewise
 * @debt_ns: what they have had too much, and have not yet saved again
 */
struct budget {
	uint64_t whole;
	uint64_t floor;
	uint64_t debt_ns;
};

/**
 * budget_init() - Nothing is used yet.
 * @budget: filled in
 * @whole: for both; at least 1
 *
 * The floor is a tenth: a domain that stands still answers nobody, and its IDS may wait for it.
 */
void budget_init(struct budget *budget, uint64_t whole);

/**
 * budget_next() - What the domain may have from now on.
 * @budget: told what has been used each time
 * @elapsed_ns: since the last time; not 0
 * @ids_ns: that the IDS has had in it
 * @domain_ns: that the domain has had in it
 *
 * The IDS is taken to go on as it did.  What both have had too much until that was seen is
 * saved the next time; what they have had too little is forgotten, so that in no longer while
 * they get more than the whole.  Of a debt, what could be had in @elapsed_ns is kept at most: a
 * domain does not pay for what nobody remembers.
 *
 * Return: percent of one processor, from the floor to the whole.
 */
uint64_t budget_next(struct budget *budget, uint64_t elapsed_ns, uint64_t ids_ns,
		     uint64_t domain_ns);

#endif
