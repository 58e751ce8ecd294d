// SPDX-License-Identifier: GPL-2.0-or-later
#include "hunt.h"

int hunt_note(struct hunt *h, enum guest_finding_kind kind, uint64_t address, uint64_t target)
{
	struct guest_finding finding = { .kind = kind, .number = target, .address = address };

	findings_name(h->guest, &finding);
	return findings_add(h->findings, &finding);
}

int hunt_code(struct hunt *h, uint64_t address, uint64_t target)
{
	return !target || areas_know(&h->areas, target) ? 0 :
	       hunt_note(h, GUEST_POINTER_ASTRAY, address, target);
}
