// SPDX-License-Identifier: GPL-2.0-or-later
#include <errno.h>

#include "field.h"
#include "list.h"
#include "pid.h"
#include "xarray.h"

/* A number stays as long as a process, a group or a session has it. */
#define NUMBERS_PER_TASK	4u

/* PIDTYPE_PID of enum pid_type; by the others it is that of a process, a group, a session. */
#define TYPE_PID	0
#define TYPES_MAX	4u
/* Of lists in a struct pid; and of a link in a task_struct. */
#define HEAD_BYTES	8u
#define LINK_BYTES	16u

/**
 * struct walk - through the table
 * @guest: whose
 * @take: is given each task
 * @data: for @take
 * @left: tasks that may still come: each is in one list of each kind
 * @doubts: counted
 */
struct walk {
	struct guest *guest;
	int (*take)(const struct guest_task *task, bool own, void *data);
	void *data;
	uint64_t left;
	struct guest_doubts *doubts;
};

/* Whether it is the task that has this number, as it says. */
static bool has_number(const struct guest *guest, uint64_t task, uint64_t number)
{
	uint64_t own;

	return field_read(guest, task, &guest->layout.task_thread_pid, &own) == 0 && own == number;
}

/* @owned: becomes true when it is by @type that one of them has this number as his own. */
static int take_type(struct walk *w, uint64_t number, uint32_t type, bool *owned)
{
	const struct guest_layout *l = &w->guest->layout;
	struct list_walk list;
	uint64_t link;
	int r = 0;

	list_begin_hlist(&list, w->guest,
			 field_address(number, &l->pid_tasks) + HEAD_BYTES * type, w->left,
			 w->doubts);
	while (r == 0 && list_next(&list, &link)) {
		uint64_t at = link - l->task_pid_links.offset - LINK_BYTES * type;
		struct guest_task task;
		bool own;

		w->left--;
		if (task_read(w->guest, at, &task) < 0) {
			w->doubts->bad++;
			continue;
		}
		own = type == TYPE_PID && has_number(w->guest, at, number);
		*owned |= own;
		r = w->take(&task, own, w->data);
	}
	return r;
}

/*
 * An entry is a struct pid, which has lists of tasks by how they use it.  Whoever is taken out of
 * the first one is in the others still.  Where its task is gone, a number is only that of a group
 * or a session, whose members have numbers of their own.
 */
static int take_pid(uint64_t index, uint64_t count, uint64_t entry, void *data)
{
	struct walk *w = data;
	uint32_t type, types = w->guest->layout.pid_tasks.elements;
	bool owned = false;
	int r = take_type(w, entry, TYPE_PID, &owned);

	for (type = TYPE_PID + 1; r == 0 && !owned && type < types && type < TYPES_MAX; type++)
		r = take_type(w, entry, type, &owned);
	return r;
}

int guest_pids(struct guest *guest,
	       int (*take)(const struct guest_task *task, bool own, void *data), void *data,
	       struct guest_doubts *doubts)
{
	struct walk w = {
		.guest = guest,
		.take = take,
		.data = data,
		.left = NUMBERS_PER_TASK * task_most(guest),
		.doubts = doubts,
	};
	uint64_t namespace;

	if (kallsyms_find(guest->kernel.symbols, "init_pid_ns", &namespace) < 0)
		return -ENOENT;
	return xarray_walk(guest, field_address(namespace, &guest->layout.pid_ns_table),
			   NUMBERS_PER_TASK * task_most(guest), take_pid, &w, doubts);
}
