// SPDX-License-Identifier: GPL-2.0-or-later
#include <errno.h>

#include "field.h"
#include "pid.h"
#include "task.h"
#include "user.h"

int user_enter(struct guest *guest, uint64_t pgd)
{
	struct space_page page;
	int r = space_translate(guest->kernel.space, pgd, &page);

	if (r < 0)
		return r;
	if (page.address != guest->user_root) {
		space_set_root(guest->user, page.address);
		guest->user_root = page.address;
	}
	return 0;
}

/**
 * struct search - for a task
 * @pid: its number
 * @task: that has it
 */
struct search {
	uint32_t pid;
	struct guest_task task;
};

static int take(const struct guest_task *task, void *data)
{
	struct search *search = data;

	if (task->pid != search->pid)
		return 0;
	search->task = *task;
	return 1;
}

static int take_numbered(const struct guest_task *task, bool own, void *data)
{
	return own ? take(task, data) : 0;
}

/* Return: 1 when it was found; 0; see guest_processes(). */
static int find(struct guest *guest, struct search *search, struct guest_doubts *doubts)
{
	int r = guest_pids(guest, take_numbered, search, doubts);

	return r == 0 || r == -ENOENT ? guest_processes(guest, take, search, doubts) : r;
}

int guest_user_space(struct guest *guest, uint32_t pid, struct space **ret,
		     struct guest_doubts *doubts, struct error *err)
{
	struct search search = { .pid = pid };
	uint64_t pgd;
	int r = find(guest, &search, doubts);

	if (r == 0)
		return error_set(err, -ESRCH, "process %u: there is none", pid);
	if (r > 0 && !search.task.mm)
		return error_set(err, -EINVAL, "process %u: has no memory of its own", pid);
	if (r > 0)
		r = field_read(guest, search.task.mm, &guest->layout.mm_pgd, &pgd);
	if (r == 0)
		r = user_enter(guest, pgd);
	if (r < 0)
		return error_errno(err, r, "process %u", pid);
	*ret = guest->user;
	return 0;
}
