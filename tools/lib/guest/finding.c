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

int findings_repeat(struct guest *guest,
		    int (*look)(struct guest *guest, struct findings *ret, void *look_data,
				struct guest_doubts *doubts),
		    void *look_data,
		    int (*take)(const struct guest_finding *finding, void *data), void *data,
		    struct guest_doubts *doubts)
{
	struct guest_doubts least = { 0 };
	struct findings all = { 0 };
	size_t i;
	int n, r = 0;

	for (n = 0; r == 0 && n < LOOKS && (n == 0 || all.count || unseen(&least)); n++) {
		struct guest_doubts now = { 0 };
		struct findings again = { 0 };

		if (n > 0)
			clock_sleep(BETWEEN_NS);
		guest_refresh(guest);
		r = look(guest, &again, look_data, &now);
		if (n == 0 || unseen(&now) < unseen(&least))
			least = now;
		if (n > 0) {
			keep_common(&all, &again);
			free(again.list);
		} else {
			all = again;
		}
	}
	doubts->torn += least.torn;
	doubts->bad += least.bad;
	doubts->cut += least.cut;
	for (i = 0; r == 0 && i < all.count; i++)
		r = take(&all.list[i], data);
	free(all.list);
	return r;
}
