// SPDX-License-Identifier: GPL-2.0-or-later
/* What of a share of the processors is left for a domain whose IDS runs elsewhere. */
#include "budget.h"

#define PERCENT		100
#define FLOOR_PART	10

void budget_init(struct budget *budget, uint64_t whole)
{
	budget->whole = whole;
	budget->floor = whole / FLOOR_PART > 0 ? whole / FLOOR_PART : 1;
	budget->debt_ns = 0;
}

uint64_t budget_next(struct budget *budget, uint64_t elapsed_ns, uint64_t ids_ns,
		     uint64_t domain_ns)
{
	uint64_t whole_ns = elapsed_ns * budget->whole / PERCENT;
	uint64_t spent_ns = budget->debt_ns + ids_ns + domain_ns, charge_ns, next = 0;

	budget->debt_ns = spent_ns > whole_ns ? spent_ns - whole_ns : 0;
	if (budget->debt_ns > whole_ns)
		budget->debt_ns = whole_ns;
	charge_ns = ids_ns + budget->debt_ns;
	/* To the nearest: an IDS that does next to nothing costs nothing. */
	if (charge_ns < whole_ns)
		next = ((whole_ns - charge_ns) * PERCENT + elapsed_ns / 2) / elapsed_ns;
	return next > budget->floor ? next : budget->floor;
}
