// SPDX-License-Identifier: GPL-2.0-or-later
#include <errno.h>
#include <inttypes.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/array.h"
#include "base/clock.h"
#include "finding.h"

#define LOOKS		3
/* With those that do not count. */
#define LOOKS_MAX	6
#define BETWEEN_NS	(20 * NSEC_PER_MSEC)

int findings_add(struct findings *findings, const struct guest_finding *finding)
{
	struct guest_finding *list;

	if (findings->count == FINDINGS_MAX)
		return 0;
	list = array_room(findings->list, findings->count, &findings->room, sizeof(*list));
	if (!list)
		return -ENOMEM;
	findings->list = list;
	findings->list[findings->count++] = *finding;
	return 0;
}

void findings_name(const struct guest *guest, struct guest_finding *finding)
{
	struct kallsyms_symbol symbol;

	if (kallsyms_name(guest_kernel(guest)->symbols, finding->address, &symbol) == 0)
		snprintf(finding->name, sizeof(finding->name), "%.40s+0x%" PRIx64, symbol.name,
			 finding->address - symbol.address);
}

static bool has(const struct findings *findings, const struct guest_finding *one)
{
	size_t i;

	for (i = 0; i < findings->count; i++)
		if (findings->list[i].kind == one->kind &&
		    findings->list[i].address == one->address)
			return true;
	return false;
}

static void keep_common(struct findings *findings, const struct findings *others)
{
	size_t i, left = 0;

	for (i = 0; i < findings->count; i++)
		if (has(others, &findings->list[i]))
			findings->list[left++] = findings->list[i];
	findings->count = left;
}

/* What somebody may be hidden by. */
static uint64_t unseen(const struct guest_doubts *doubts)
{
	return doubts->bad + doubts->cut;
}

/**
 * struct outcome - of several looks
 * @found: by each of those that missed least
 * @doubts: of these
 * @looks: how many these are
 */
struct outcome {
	struct findings found;
	struct guest_doubts doubts;
	int looks;
};

/*
 * Takes over what was found.  By a look that missed more than another one nothing is acquitted:
 * who is seen by that one may be behind what this one missed.
 */
static void put_together(struct outcome *o, struct findings *again, const struct guest_doubts *now)
{
	if (o->looks == 0 || unseen(now) < unseen(&o->doubts)) {
		free(o->found.list);
		*o = (struct outcome){ .found = *again, .doubts = *now, .looks = 1 };
		return;
	}
	if (unseen(now) == unseen(&o->doubts)) {
		keep_common(&o->found, again);
		o->looks++;
	}
	free(again->list);
}

int findings_repeat(struct guest *guest,
		    int (*look)(struct guest *guest, struct findings *ret, void *look_data,
				struct guest_doubts *doubts),
		    void *look_data,
		    int (*take)(const struct guest_finding *finding, void *data), void *data,
		    struct guest_doubts *doubts)
{
	struct outcome o = { 0 };
	size_t i;
	int n, r = 0;

	for (n = 0; r == 0 && n < LOOKS_MAX && o.looks < LOOKS &&
	     (n == 0 || o.found.count || unseen(&o.doubts)); n++) {
		struct guest_doubts now = { 0 };
		struct findings again = { 0 };

		if (n > 0)
			clock_sleep(BETWEEN_NS);
		guest_refresh(guest);
		r = look(guest, &again, look_data, &now);
		/* Behind so many others that change from look to look, one could stay. */
		now.cut += again.count == FINDINGS_MAX;
		put_together(&o, &again, &now);
	}
	doubts->torn += o.doubts.torn;
	doubts->bad += o.doubts.bad;
	doubts->cut += o.doubts.cut;
	for (i = 0; r == 0 && i < o.found.count; i++)
		r = take(&o.found.list[i], data);
	free(o.found.list);
	return r;
}
