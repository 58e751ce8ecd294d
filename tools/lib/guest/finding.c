// SPDX-License-Identifier: GPL-2.0-or-later
#include <errno.h>
#include <inttypes.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/array.h"
#include "base/clock.h"
#include "field.h"
#include "finding.h"
#include "passing.h"

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
	list = &list[findings->count++];
	*list = *finding;
	list->seen = 1;
	return 0;
}

void findings_name(const struct guest *guest, struct guest_finding *finding)
{
	struct kallsyms_symbol symbol;

	if (kallsyms_name(guest_kernel(guest)->symbols, finding->address, &symbol) == 0)
		snprintf(finding->name, sizeof(finding->name), "%.40s+0x%" PRIx64, symbol.name,
			 finding->address - symbol.address);
}

static bool is_same(const struct guest_finding *a, const struct guest_finding *b)
{
	if (a->kind != b->kind || a->address != b->address)
		return false;
	/* Where one task has ended the next one begins, and may be met at as bad a moment. */
	return (a->kind != GUEST_HIDDEN_PROCESS && a->kind != GUEST_UNREACHABLE_PROCESS) ||
	       a->number == b->number;
}

/* One that was not met again by this look yet. */
static struct guest_finding *find(const struct findings *findings,
				  const struct guest_finding *one, unsigned int look)
{
	size_t i;

	for (i = 0; i < findings->count; i++)
		if (findings->list[i].looks != look && is_same(&findings->list[i], one))
			return &findings->list[i];
	return NULL;
}

/* What one of them has, and how often it was seen; it stays excused if it was each time. */
static int join(struct findings *findings, const struct findings *others, unsigned int look)
{
	size_t i;
	int r = 0;

	for (i = 0; r == 0 && i < others->count; i++) {
		struct guest_finding one = others->list[i];
		struct guest_finding *known = find(findings, &one, look);

		one.looks = look;
		if (!known) {
			r = findings_add(findings, &one);
			continue;
		}
		known->looks = look;
		known->seen++;
		known->passing &= one.passing;
	}
	return r;
}

/* What somebody may be hidden by. */
static uint64_t unseen(const struct guest_doubts *doubts)
{
	return doubts->bad + doubts->cut;
}

/**
 * struct outcome - of several looks
 * @found: by any of those that missed least
 * @doubts: of these
 * @looks: how many these are
 */
struct outcome {
	struct findings found;
	struct guest_doubts doubts;
	unsigned int looks;
};

/*
 * Takes over what was found.  By a look that missed more than another one nothing is acquitted:
 * who is seen by that one may be behind what this one missed.
 */
static int put_together(struct outcome *o, struct findings *again, const struct guest_doubts *now)
{
	int r = 0;

	if (o->looks == 0 || unseen(now) < unseen(&o->doubts)) {
		free(o->found.list);
		*o = (struct outcome){ .found = *again, .doubts = *now, .looks = 1 };
		return 0;
	}
	if (unseen(now) == unseen(&o->doubts))
		r = join(&o->found, again, ++o->looks);
	free(again->list);
	return r;
}

/* Whether something is left of it: what an honest guest has for a moment only is none. */
static bool stays(const struct outcome *o, const struct guest_finding *finding)
{
	return finding->seen == o->looks || !finding->passing || passing_never(finding->kind);
}

static bool is_open(const struct outcome *o)
{
	size_t i;

	for (i = 0; i < o->found.count; i++)
		if (stays(o, &o->found.list[i]))
			return true;
	return unseen(&o->doubts);
}

static int tell(const struct outcome *o,
		int (*take)(const struct guest_finding *finding, void *data), void *data)
{
	size_t i;
	int r = 0;

	for (i = 0; r == 0 && i < o->found.count; i++) {
		struct guest_finding finding = o->found.list[i];

		if (!stays(o, &finding))
			continue;
		finding.looks = o->looks;
		finding.unsure = finding.seen < o->looks && !passing_never(finding.kind);
		r = take(&finding, data);
	}
	return r;
}

/* Whether all reads that were allowed are used up: what is remembered costs none, so forget it. */
static bool is_used_up(const struct guest *guest)
{
	struct space_page page;

	space_forget(guest->kernel.space);
	return space_translate(guest->kernel.space, 0, &page) == -EDQUOT;
}

/* From @n looks before on each has half as much: all of them cost no more than twice the first. */
static void refresh(struct guest *guest, int n)
{
	guest_refresh(guest);
	space_allow(guest->kernel.space, guest->reads >> n);
}

int findings_repeat(struct guest *guest,
		    int (*look)(struct guest *guest, struct findings *ret, void *look_data,
				struct guest_doubts *doubts),
		    void *look_data,
		    int (*take)(const struct guest_finding *finding, void *data), void *data,
		    struct guest_doubts *doubts)
{
	struct outcome o = { 0 };
	bool used_up = false;
	int n, r = 0;

	for (n = 0; r == 0 && n < LOOKS_MAX && o.looks < LOOKS && !used_up &&
	     (n == 0 || is_open(&o)); n++) {
		struct guest_doubts now = { 0 };
		struct findings again = { 0 };
		uint64_t since;

		if (n > 0)
			clock_sleep(BETWEEN_NS);
		refresh(guest, n);
		since = passing_clock(guest);
		r = look(guest, &again, look_data, &now);
		/* Behind so many others that change from look to look, one could stay. */
		now.cut += again.count == FINDINGS_MAX;
		passing_excuse(guest, &again, since, now.torn);
		/* Somebody has led us in circles, and would again. */
		used_up = is_used_up(guest);
		now.cut += used_up;
		if (r == 0 && (n == 0 || !used_up))
			r = put_together(&o, &again, &now);
		else
			free(again.list);
	}
	guest_refresh(guest);
	doubts->torn += o.doubts.torn;
	doubts->bad += o.doubts.bad;
	doubts->cut += o.doubts.cut;
	if (r == 0)
		r = tell(&o, take, data);
	free(o.found.list);
	return r;
}
