// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The kernel has its processes in two ways: in a list, each with one of its threads, and in a table
 * by their numbers.  Who is in one and not in the other hides.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/array.h"
#include "field.h"
#include "list.h"
#include "pid.h"
#include "task.h"
#include "unlisted.h"

/**
 * struct seen - a task, and what is told of it
 * @address: of its task_struct
 * @signal: of its signal_struct, which threads of a process share
 * @mm: of its memory, likewise; 0 for none
 * @pid: its number
 * @own: whether it is one of the list of all; of who has a number, whether that is its own
 * @comm: its name
 */
struct seen {
	uint64_t address;
	uint64_t signal;
	uint64_t mm;
	uint64_t pid;
	bool own;
	char comm[GUEST_COMM_MAX];
};

/**
 * struct crowd - tasks that were seen
 * @guest: whose
 * @list: of them
 * @count: of them
 * @room: in @list
 * @threads: that may still come
 * @doubts: counted
 */
struct crowd {
	struct guest *guest;
	struct seen *list;
	size_t count;
	size_t room;
	uint64_t threads;
	struct guest_doubts *doubts;
};

static int add(struct crowd *crowd, const struct seen *one)
{
	struct seen *list = array_room(crowd->list, crowd->count, &crowd->room, sizeof(*list));

	if (!list)
		return -ENOMEM;
	crowd->list = list;
	crowd->list[crowd->count++] = *one;
	return 0;
}

static struct seen see(const struct crowd *crowd, const struct guest_task *task)
{
	struct seen one = {
		.address = task->address, .mm = task->mm, .pid = task->pid,
	};

	/* One that is taken down has none. */
	if (field_read(crowd->guest, task->address, &crowd->guest->layout.task_signal,
		       &one.signal) < 0)
		one.signal = 0;
	memcpy(one.comm, task->comm, sizeof(one.comm));
	return one;
}

static int add_numbered(const struct guest_task *task, bool own, void *data)
{
	struct crowd *crowd = data;
	struct seen one = see(crowd, task);

	one.own = own;
	return add(crowd, &one);
}

/* By the list of them only: that a task shares its signals with somebody it can say itself. */
static int add_threads(struct crowd *crowd, const struct seen *process)
{
	const struct guest_layout *l = &crowd->guest->layout;
	struct list_walk list;
	uint64_t link;
	int r = 0;

	list_begin(&list, crowd->guest, field_address(process->signal, &l->signal_thread_head),
		   crowd->threads, crowd->doubts);
	while (r == 0 && list_next(&list, &link)) {
		struct seen thread = {
			.address = link - l->task_thread_node.offset, .mm = process->mm,
		};

		crowd->threads--;
		if (thread.address != process->address)
			r = add(crowd, &thread);
	}
	return r;
}

static int add_listed(const struct guest_task *task, void *data)
{
	struct crowd *crowd = data;
	struct seen one = see(crowd, task);
	int r;

	one.own = true;
	r = add(crowd, &one);
	/* Those of the kernel have none. */
	return r == 0 && one.signal && !task->kernel ? add_threads(crowd, &one) : r;
}

static int by_address(const void *a, const void *b)
{
	const struct seen *x = a, *y = b;

	return (x->address > y->address) - (x->address < y->address);
}

/* Threads of one process beside each other, the first one first. */
static int by_process(const void *a, const void *b)
{
	const struct seen *x = a, *y = b;

	if (x->signal != y->signal)
		return x->signal > y->signal ? 1 : -1;
	if (x->mm != y->mm)
		return x->mm > y->mm ? 1 : -1;
	return (x->pid > y->pid) - (x->pid < y->pid);
}

static void sort(struct crowd *crowd, int (*by)(const void *a, const void *b))
{
	/* Nobody at all is no list. */
	if (crowd->count)
		qsort(crowd->list, crowd->count, sizeof(*crowd->list), by);
}

/* A task is met more than once, by several numbers or in several lists. */
static void join(struct crowd *crowd)
{
	size_t i, left = 0;

	sort(crowd, by_address);
	for (i = 0; i < crowd->count; i++) {
		if (left > 0 && crowd->list[left - 1].address == crowd->list[i].address)
			crowd->list[left - 1].own |= crowd->list[i].own;
		else
			crowd->list[left++] = crowd->list[i];
	}
	crowd->count = left;
}

/* Of a crowd that was joined. */
static const struct seen *find(const struct crowd *crowd, const struct seen *one)
{
	return crowd->count ? bsearch(one, crowd->list, crowd->count, sizeof(*one), by_address) :
			      NULL;
}

/* Threads have the memory of their process: who has his own is a process among them. */
static bool is_listed(const struct crowd *listed, const struct seen *one)
{
	const struct seen *found = find(listed, one);

	return found && (found->own || !found->mm || !one->mm || found->mm == one->mm);
}

/* A process once, whatever threads it has. */
static bool is_same(const struct seen *one, const struct seen *other)
{
	return one->signal == other->signal && one->mm == other->mm && one->mm;
}

static int note(struct findings *ret, enum guest_finding_kind kind, const struct seen *one)
{
	struct guest_finding finding = {
		.kind = kind, .number = one->pid, .address = one->address,
	};

	memcpy(finding.name, one->comm, GUEST_COMM_MAX);
	return findings_add(ret, &finding);
}

static int note_hidden(struct findings *ret, const struct crowd *numbered,
		       const struct crowd *listed)
{
	const struct seen *last = NULL;
	size_t i;
	int r = 0;

	for (i = 0; r == 0 && i < numbered->count; i++) {
		const struct seen *one = &numbered->list[i];

		if (is_listed(listed, one) || (last && is_same(last, one)))
			continue;
		last = one;
		r = note(ret, GUEST_HIDDEN_PROCESS, one);
	}
	return r;
}

static int note_unreachable(struct findings *ret, const struct crowd *listed,
			    const struct crowd *numbered)
{
	size_t i;
	int r = 0;

	for (i = 0; r == 0 && i < listed->count; i++) {
		const struct seen *one = &listed->list[i], *found = find(numbered, one);

		if (one->own && (!found || !found->own))
			r = note(ret, GUEST_UNREACHABLE_PROCESS, one);
	}
	return r;
}

int unlisted_processes(struct guest *guest, struct findings *ret, void *data,
		       struct guest_doubts *doubts)
{
	struct crowd numbered = { .guest = guest };
	struct crowd listed = { .guest = guest, .threads = task_most(guest), .doubts = doubts };
	int r = guest_processes(guest, add_listed, &listed, doubts);

	if (r == 0)
		r = guest_pids(guest, add_numbered, &numbered, doubts);
	join(&listed);
	join(&numbered);
	if (r == 0)
		r = note_unreachable(ret, &listed, &numbered);
	sort(&numbered, by_process);
	if (r == 0)
		r = note_hidden(ret, &numbered, &listed);
	free(listed.list);
	free(numbered.list);
	return r;
}
