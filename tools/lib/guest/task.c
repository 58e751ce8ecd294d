// SPDX-License-Identifier: GPL-2.0-or-later
/* Tasks, by the list of all of them that begins at init_task. */
#include <errno.h>
#include <string.h>

#include "base/macros.h"
#include "base/u64.h"
#include "field.h"
#include "list.h"
#include "task.h"

/* include/linux/sched.h: macros, which BTF does not have. */
#define PF_KTHREAD	0x00200000u
#define STATE_DEAD	0x0020u
#define STATE_ZOMBIE	0x0010u

/* As task_index_to_char() has them, by the lowest bit that is set. */
static const char state_letters[] = "SDTtXZP";

static char state_letter(uint64_t state, uint64_t exit_state)
{
	/* TASK_UNINTERRUPTIBLE | TASK_NOLOAD */
	static const uint64_t idle = 0x402;
	uint64_t all = (state | exit_state) & 0x7f;
	size_t i;

	if (((state | exit_state) & idle) == idle)
		return 'I';
	if (all == 0)
		return 'R';
	for (i = 0; i < sizeof(state_letters) - 1; i++)
		if ((all >> i) == 1)
			return state_letters[i];
	return '?';
}

/**
 * struct wish - a number that is wanted of a structure
 * @member: which
 * @ret: where it goes
 */
struct wish {
	const struct types_member *member;
	uint64_t *ret;
};

static int read_wishes(const struct guest *guest, uint64_t object, const struct wish *wishes,
		       size_t count)
{
	size_t i;
	int r = 0;

	for (i = 0; r == 0 && i < count; i++)
		r = field_read(guest, object, wishes[i].member, wishes[i].ret);
	return r;
}

static int read_cred(const struct guest *guest, uint64_t cred, struct guest_task *ret)
{
	const struct guest_layout *l = &guest->layout;
	uint64_t uid, gid, euid, egid;
	const struct wish wishes[] = {
		{ &l->cred_uid, &uid }, { &l->cred_gid, &gid },
		{ &l->cred_euid, &euid }, { &l->cred_egid, &egid },
	};
	int r = read_wishes(guest, cred, wishes, ARRAY_SIZE(wishes));

	if (r < 0)
		return r;
	ret->uid = (uint32_t)uid;
	ret->gid = (uint32_t)gid;
	ret->euid = (uint32_t)euid;
	ret->egid = (uint32_t)egid;
	return 0;
}

static int read_comm(const struct guest *guest, uint64_t address, struct guest_task *ret)
{
	const struct types_member *member = &guest->layout.task_comm;
	size_t len = u64_min(member->elements, sizeof(ret->comm));
	int r = space_read(guest->kernel.space, field_address(address, member), ret->comm, len);

	ret->comm[sizeof(ret->comm) - 1] = '\0';
	return r;
}

int task_read(const struct guest *guest, uint64_t address, struct guest_task *ret)
{
	const struct guest_layout *l = &guest->layout;
	uint64_t pid, tgid, flags, state, exit_state, parent, cred, ppid = 0;
	struct guest_task task = { .address = address };
	const struct wish wishes[] = {
		{ &l->task_pid, &pid }, { &l->task_tgid, &tgid }, { &l->task_flags, &flags },
		{ &l->task_state, &state }, { &l->task_exit_state, &exit_state },
		{ &l->task_real_parent, &parent }, { &l->task_start_time, &task.start_ns },
		{ &l->task_cred, &cred }, { &l->task_mm, &task.mm },
	};
	int r = read_wishes(guest, address, wishes, ARRAY_SIZE(wishes));

	if (r == 0)
		r = read_comm(guest, address, &task);
	if (r == 0)
		r = read_cred(guest, cred, &task);
	if (r == 0 && parent)
		r = field_read(guest, parent, &l->task_tgid, &ppid);
	if (r < 0)
		return r;
	task.pid = (uint32_t)pid;
	task.tgid = (uint32_t)tgid;
	task.ppid = (uint32_t)ppid;
	task.kernel = flags & PF_KTHREAD;
	task.state = state_letter(state, exit_state);
	*ret = task;
	return 0;
}

/* Of each link, whose link it is: the structure that has it at @member. */
static int walk(struct guest *guest, uint64_t head, const struct types_member *member,
		int (*take)(const struct guest_task *task, void *data), void *data,
		struct guest_doubts *doubts)
{
	struct list_walk list;
	uint64_t link;
	int r = 0;

	list_begin(&list, guest, head, GUEST_TASKS_MAX, doubts);
	while (r == 0 && list_next(&list, &link)) {
		struct guest_task task;

		if (task_read(guest, link - member->offset, &task) < 0)
			doubts->bad++;
		else
			r = take(&task, data);
	}
	return r;
}

int guest_processes(struct guest *guest, int (*take)(const struct guest_task *task, void *data),
		    void *data, struct guest_doubts *doubts)
{
	const struct types_member *member = &guest->layout.task_tasks;
	uint64_t init_task;

	if (kallsyms_find(guest->kernel.symbols, "init_task", &init_task) < 0)
		return -ENOENT;
	return walk(guest, init_task + member->offset, member, take, data, doubts);
}

int guest_threads(struct guest *guest, const struct guest_task *process,
		  int (*take)(const struct guest_task *task, void *data), void *data,
		  struct guest_doubts *doubts)
{
	const struct guest_layout *l = &guest->layout;
	uint64_t signal;

	if (field_read(guest, process->address, &l->task_signal, &signal) < 0 || !signal) {
		doubts->bad++;
		return 0;
	}
	return walk(guest, signal + l->signal_thread_head.offset, &l->task_thread_node, take,
		    data, doubts);
}

/* From now on @guest->user has the addresses of that process. */
static int enter(struct guest *guest, uint64_t mm)
{
	struct space_page page;
	uint64_t pgd;
	int r = field_read(guest, mm, &guest->layout.mm_pgd, &pgd);

	if (r == 0)
		r = space_translate(guest->kernel.space, pgd, &page);
	if (r < 0)
		return r;
	if (page.address != guest->user_root) {
		space_set_root(guest->user, page.address);
		guest->user_root = page.address;
	}
	return 0;
}

int64_t guest_arguments(struct guest *guest, const struct guest_task *task, char *ret,
			size_t room)
{
	const struct guest_layout *l = &guest->layout;
	uint64_t start, end;
	size_t len;
	int r;

	if (!task->mm)
		return 0;
	r = enter(guest, task->mm);
	if (r == 0)
		r = field_read(guest, task->mm, &l->mm_arg_start, &start);
	if (r == 0)
		r = field_read(guest, task->mm, &l->mm_arg_end, &end);
	if (r < 0)
		return r;
	if (end < start)
		return -EPROTO;
	len = u64_min(u64_min(end - start, room), GUEST_ARGUMENTS_MAX);
	r = space_read(guest->user, start, ret, len);
	return r < 0 ? r : (int64_t)len;
}
