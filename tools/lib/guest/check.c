// SPDX-License-Identifier: GPL-2.0-or-later
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/u64.h"
#include "check.h"
#include "field.h"
#include "pid.h"
#include "task.h"

/* Whoever is being made or taken down is seen by one of both ways for a moment. */
#define LOOKS		3
#define BETWEEN_NS	(20 * NSEC_PER_MSEC)
#define SYSCALLS_MAX	1024

/**
 * struct crowd - processes that were seen
 * @list: of them, without threads
 * @count: of them
 * @room: in @list
 */
struct crowd {
	struct guest_task *list;
	size_t count;
	size_t room;
};

static int add(const struct guest_task *task, void *data)
{
	struct crowd *crowd = data;

	if (task->pid != task->tgid)
		return 0;
	if (crowd->count == crowd->room) {
		size_t room = crowd->room ? 2 * crowd->room : 256;
		struct guest_task *list = reallocarray(crowd->list, room, sizeof(*list));

		if (!list)
			return -ENOMEM;
		crowd->list = list;
		crowd->room = room;
	}
	crowd->list[crowd->count++] = *task;
	return 0;
}

static int by_address(const void *a, const void *b)
{
	const struct guest_task *x = a, *y = b;

	return (x->address > y->address) - (x->address < y->address);
}

static bool has(const struct crowd *crowd, const struct guest_task *task)
{
	return crowd->count &&
	       bsearch(task, crowd->list, crowd->count, sizeof(*task), by_address);
}

/* Leaves in @some who is not in @others. */
static void subtract(struct crowd *some, const struct crowd *others)
{
	size_t i, left = 0;

	for (i = 0; i < some->count; i++)
		if (!has(others, &some->list[i]))
			some->list[left++] = some->list[i];
	some->count = left;
}

/* Leaves in @some who is in @others as well. */
static void intersect(struct crowd *some, const struct crowd *others)
{
	size_t i, left = 0;

	for (i = 0; i < some->count; i++)
		if (has(others, &some->list[i]))
			some->list[left++] = some->list[i];
	some->count = left;
}

/* By number only, and in the list only. */
static int look(struct guest *guest, struct crowd *hidden, struct crowd *unreachable,
		struct guest_doubts *doubts)
{
	struct crowd listed = { 0 };
	size_t i;
	int r;

	guest_refresh(guest);
	r = guest_processes(guest, add, &listed, doubts);
	if (r == 0)
		r = guest_pids(guest, add, hidden, doubts);
	qsort(listed.list, listed.count, sizeof(*listed.list), by_address);
	qsort(hidden->list, hidden->count, sizeof(*hidden->list), by_address);
	for (i = 0; r == 0 && i < listed.count; i++)
		r = add(&listed.list[i], unreachable);
	subtract(unreachable, hidden);
	subtract(hidden, &listed);
	free(listed.list);
	return r;
}

static int tell(const struct crowd *crowd, enum guest_finding_kind kind,
		int (*take)(const struct guest_finding *finding, void *data), void *data)
{
	size_t i;
	int r = 0;

	for (i = 0; r == 0 && i < crowd->count; i++) {
		struct guest_finding finding = {
			.kind = kind,
			.number = crowd->list[i].pid,
			.address = crowd->list[i].address,
		};

		memcpy(finding.name, crowd->list[i].comm, GUEST_COMM_MAX);
		r = take(&finding, data);
	}
	return r;
}

static int check_processes(struct guest *guest,
			   int (*take)(const struct guest_finding *finding, void *data),
			   void *data, struct guest_doubts *doubts)
{
	struct crowd hidden = { 0 }, unreachable = { 0 };
	int n, r = look(guest, &hidden, &unreachable, doubts);

	for (n = 1; r == 0 && n < LOOKS && (hidden.count || unreachable.count); n++) {
		struct crowd again = { 0 }, again_unreachable = { 0 };

		clock_sleep(BETWEEN_NS);
		r = look(guest, &again, &again_unreachable, doubts);
		intersect(&hidden, &again);
		intersect(&unreachable, &again_unreachable);
		free(again.list);
		free(again_unreachable.list);
	}
	if (r == 0)
		r = tell(&hidden, GUEST_HIDDEN_PROCESS, take, data);
	if (r == 0)
		r = tell(&unreachable, GUEST_UNREACHABLE_PROCESS, take, data);
	free(hidden.list);
	free(unreachable.list);
	return r;
}

/* It ends before the symbol that follows it; what is 0 there fills the space between. */
static int read_syscalls(const struct guest *guest, uint64_t table,
			 uint64_t entries[SYSCALLS_MAX])
{
	struct kallsyms_symbol symbol;
	int count;

	for (count = 0; count < SYSCALLS_MAX; count++) {
		uint64_t at = table + 8ull * (unsigned int)count;
		int r;

		if (kallsyms_name(guest->kernel.symbols, at, &symbol) < 0 ||
		    symbol.address != table)
			break;
		r = space_read(guest->kernel.space, at, &entries[count], sizeof(entries[count]));
		if (r < 0)
			return r;
	}
	while (count > 0 && entries[count - 1] == 0)
		count--;
	return count;
}

static int check_syscalls(struct guest *guest,
			  int (*take)(const struct guest_finding *finding, void *data),
			  void *data, struct guest_doubts *doubts)
{
	const struct kallsyms *symbols = guest->kernel.symbols;
	uint64_t table, start, end, entries[SYSCALLS_MAX];
	int i, count, r = 0;

	/* Some kernels have none. */
	if (kallsyms_find(symbols, "sys_call_table", &table) < 0)
		return 0;
	if (kallsyms_find(symbols, "_stext", &start) < 0 ||
	    kallsyms_find(symbols, "_etext", &end) < 0)
		return -ENOENT;
	count = read_syscalls(guest, table, entries);
	if (count < 0) {
		doubts->bad++;
		return 0;
	}
	for (i = 0; r == 0 && i < count; i++) {
		const struct guest_finding finding = {
			.kind = GUEST_SYSCALL_CHANGED,
			.number = (uint64_t)i,
			.address = entries[i],
		};

		if (entries[i] < start || entries[i] >= end)
			r = take(&finding, data);
	}
	return r;
}

int guest_check(struct guest *guest,
		int (*take)(const struct guest_finding *finding, void *data), void *data,
		struct guest_doubts *doubts)
{
	int r = check_processes(guest, take, data, doubts);

	return r ? r : check_syscalls(guest, take, data, doubts);
}
