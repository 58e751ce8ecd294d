// SPDX-License-Identifier: GPL-2.0-or-later
#include <inttypes.h>

#include "base/clock.h"
#include "field.h"
#include "module.h"
#include "passing.h"
#include "task.h"

/* A processor of the guest's may stand still for a while, in the middle of a fork. */
#define YOUNG_NS	NSEC_PER_SEC

uint64_t passing_clock(const struct guest *guest)
{
	uint64_t address, ns;

	/* When the next tick is due: at once, unless all of the guest sleeps. */
	if (kallsyms_find(guest->kernel.symbols, "tick_next_period", &address) < 0 ||
	    space_read(guest->kernel.space, address, &ns, sizeof(ns)) < 0)
		return 0;
	return ns;
}

bool passing_never(enum guest_finding_kind kind)
{
	return kind == GUEST_TYPES_CHANGED || kind == GUEST_SYMBOLS_CHANGED ||
	       kind == GUEST_PROCESSOR_CHANGED || kind == GUEST_CONSTANTS_CHANGED;
}

/* Its neighbours know it: a walk that went astray has missed it. */
static bool is_linked(const struct guest *guest, uint64_t task)
{
	struct space *space = guest->kernel.space;
	uint64_t link = field_address(task, &guest->layout.task_tasks), own[2], next, prev;

	return space_read(space, link, own, sizeof(own)) == 0 && own[0] != link &&
	       space_read(space, own[0] + sizeof(prev), &prev, sizeof(prev)) == 0 &&
	       space_read(space, own[1], &next, sizeof(next)) == 0 && next == link && prev == link;
}

static bool is_passing_task(const struct guest *guest, const struct guest_finding *finding,
			    uint64_t since, bool torn)
{
	uint64_t until = passing_clock(guest);
	struct guest_task task;

	/* Gone, or somebody else's memory. */
	if (task_read(guest, finding->address, &task) < 0 || task.pid != finding->number ||
	    task.state == 'Z' || task.state == 'X')
		return true;
	if (!since || !until ||
	    (task.start_ns + YOUNG_NS >= since && task.start_ns <= until + YOUNG_NS))
		return true;
	return torn && finding->kind == GUEST_HIDDEN_PROCESS && is_linked(guest, finding->address);
}

static bool is_passing_module(const struct guest *guest, uint64_t address)
{
	struct guest_module module;

	return module_read(guest, address, &module) < 0 || module.state != GUEST_MODULE_LIVE;
}

/* Who was loaded between one way and the other is listed now. */
static int excuse_listed(const struct guest_module *module, void *data)
{
	struct findings *findings = data;
	size_t i;

	for (i = 0; i < findings->count; i++)
		if (findings->list[i].kind == GUEST_HIDDEN_MODULE &&
		    findings->list[i].address == module->address)
			findings->list[i].passing = true;
	return 0;
}

void passing_excuse(struct guest *guest, struct findings *findings, uint64_t since, bool torn)
{
	struct guest_doubts doubts = { 0 };
	bool modules = false;
	size_t i;

	for (i = 0; i < findings->count; i++) {
		struct guest_finding *finding = &findings->list[i];

		switch (finding->kind) {
		case GUEST_HIDDEN_PROCESS:
		case GUEST_UNREACHABLE_PROCESS:
			finding->passing = is_passing_task(guest, finding, since, torn);
			break;
		case GUEST_HIDDEN_MODULE:
			finding->passing = is_passing_module(guest, finding->address);
			modules = true;
			break;
		case GUEST_POINTER_ASTRAY:
		case GUEST_CODE_HOOKED:
		case GUEST_TEXT_CHANGED:
			finding->passing = true;
			break;
		default:
			break;
		}
	}
	if (modules)
		guest_modules(guest, excuse_listed, findings, &doubts);
}
