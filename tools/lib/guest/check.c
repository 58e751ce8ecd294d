// SPDX-License-Identifier: GPL-2.0-or-later
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/array.h"
#include "check.h"
#include "field.h"
#include "finding.h"
#include "hidden.h"
#include "hook.h"
#include "pid.h"
#include "task.h"

#define SYSCALLS_MAX	1024

/**
 * struct seen - a process, and what is told of it
 * @signal: of its signal_struct, which its threads share, whatever numbers they have
 * @address: of its task_struct
 * @pid: its number
 * @comm: its name
 */
struct seen {
	uint64_t signal;
	uint64_t address;
	uint64_t pid;
	char comm[GUEST_COMM_MAX];
};

/**
 * struct crowd - processes that were seen
 * @guest: whose
 * @list: of them, and of their threads
 * @count: of them
 * @room: in @list
 */
struct crowd {
	const struct guest *guest;
	struct seen *list;
	size_t count;
	size_t room;
};

static int add(const struct guest_task *task, void *data)
{
	struct crowd *crowd = data;
	struct seen *list;
	uint64_t signal;

	/*
	 * By that, not by its numbers, which little in the kernel uses: a process that calls
	 * itself a thread would be seen by none of both ways.  One that is taken down has none.
	 */
	if (field_read(crowd->guest, task->address, &crowd->guest->layout.task_signal,
		       &signal) < 0 || !signal)
		return 0;
	list = array_room(crowd->list, crowd->count, &crowd->room, sizeof(*list));
	if (!list)
		return -ENOMEM;
	crowd->list = list;
	list = &list[crowd->count++];
	*list = (struct seen){
		.signal = signal, .address = task->address, .pid = task->pid,
	};
	memcpy(list->comm, task->comm, sizeof(list->comm));
	return 0;
}

static int by_signal(const void *a, const void *b)
{
	const struct seen *x = a, *y = b;

	return (x->signal > y->signal) - (x->signal < y->signal);
}

static void sort(struct crowd *crowd)
{
	/* Nobody at all is no list. */
	if (crowd->count)
		qsort(crowd->list, crowd->count, sizeof(*crowd->list), by_signal);
}

static bool has(const struct crowd *crowd, const struct seen *one)
{
	return crowd->count &&
	       bsearch(one, crowd->list, crowd->count, sizeof(*one), by_signal);
}

/* Who is in @some, and not in @others; a process once, whatever threads it has. */
static int note_missing(struct findings *ret, enum guest_finding_kind kind,
			const struct crowd *some, const struct crowd *others)
{
	size_t i;
	int r = 0;

	for (i = 0; r == 0 && i < some->count; i++) {
		const struct seen *one = &some->list[i];
		struct guest_finding finding = {
			.kind = kind, .number = one->pid, .address = one->address,
		};

		if (has(others, one) || (i > 0 && one[-1].signal == one->signal))
			continue;
		memcpy(finding.name, one->comm, GUEST_COMM_MAX);
		r = findings_add(ret, &finding);
	}
	return r;
}

/* Whoever is being made or taken down is seen by one of both ways for a moment. */
static int check_processes(struct guest *guest, struct findings *ret, void *data,
			   struct guest_doubts *doubts)
{
	struct crowd listed = { .guest = guest }, numbered = { .guest = guest };
	int r = guest_processes(guest, add, &listed, doubts);

	if (r == 0)
		r = guest_pids(guest, add, &numbered, doubts);
	sort(&listed);
	sort(&numbered);
	if (r == 0)
		r = note_missing(ret, GUEST_HIDDEN_PROCESS, &numbered, &listed);
	if (r == 0)
		r = note_missing(ret, GUEST_UNREACHABLE_PROCESS, &listed, &numbered);
	free(listed.list);
	free(numbered.list);
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
	struct kallsyms *symbols = guest->kernel.symbols;
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
	int r = findings_repeat(guest, check_processes, NULL, take, data, doubts);

	if (r == 0)
		r = check_syscalls(guest, take, data, doubts);
	if (r == 0)
		r = findings_repeat(guest, hidden_modules, NULL, take, data, doubts);
	if (r == 0)
		r = findings_repeat(guest, hooks_find, NULL, take, data, doubts);
	return r;
}
