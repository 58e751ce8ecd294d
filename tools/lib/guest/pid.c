// SPDX-License-Identifier: GPL-2.0-or-later
#include <errno.h>

#include "field.h"
#include "pid.h"
#include "xarray.h"

/* A number stays as long as a process, a group or a session has it. */
#define NUMBERS_PER_TASK	4u

/* PIDTYPE_PID of enum pid_type. */
#define TYPE_PID	0

/**
 * struct walk - through the table
 * @guest: whose
 * @take: is given each task
 * @data: for @take
 * @doubts: counted
 */
struct walk {
	struct guest *guest;
	int (*take)(const struct guest_task *task, void *data);
	void *data;
	struct guest_doubts *doubts;
};

/* An entry is a struct pid, which has lists of tasks by how they use it. */
static int take_pid(uint64_t index, uint64_t count, uint64_t entry, void *data)
{
	struct walk *w = data;
	const struct guest_layout *l = &w->guest->layout;
	struct guest_task task;
	uint64_t first;
	int r = space_read(w->guest->kernel.space,
			   field_address(entry, &l->pid_tasks) + 8 * TYPE_PID, &first,
			   sizeof(first));

	/* A number that only a group or session has still. */
	if (r == 0 && !first)
		return 0;
	if (r == 0)
		r = task_read(w->guest, first - l->task_pid_links.offset, &task);
	if (r < 0) {
		w->doubts->bad++;
		return 0;
	}
	return w->take(&task, w->data);
}

int guest_pids(struct guest *guest, int (*take)(const struct guest_task *task, void *data),
	       void *data, struct guest_doubts *doubts)
{
	struct walk w = { guest, take, data, doubts };
	uint64_t namespace;

	if (kallsyms_find(guest->kernel.symbols, "init_pid_ns", &namespace) < 0)
		return -ENOENT;
	return xarray_walk(guest, field_address(namespace, &guest->layout.pid_ns_table),
			   NUMBERS_PER_TASK * task_most(guest), take_pid, &w, doubts);
}
