// SPDX-License-Identifier: GPL-2.0-or-later
/* Tasks, by the list of all of them that begins at init_task. */
#include <errno.h>
#include <string.h>

#include "base/macros.h"
#include "base/u64.h"
#include "field.h"
#include "list.h"
#include "task.h"
#include "user.h"

/* include/linux/sched.h: macros, which BTF does not have. */
#define PF_KTHREAD	0x00200000u
#define STATE_DEAD	0x0020u
#define STATE_ZOMBIE	0x0010u

/* THREAD_SIZE: each task has a stack in the kernel, which is never swapped out. */
#define STACK_BYTES	16384u

#define LINK_BYTES	16u
/* Tasks that are known during a walk. */
#define KNOWN		256u

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

static int read_cred(const struct guest *guest, uint64_t cred, struct guest_task *ret)
{
	const struct guest_layout *l = &guest->layout;
	uint64_t uid, gid, euid, egid;
	const struct wish wishes[] = {
		{ &l->cred_uid, &uid }, { &l->cred_gid, &gid },
		{ &l->cred_euid, &euid }, { &l->cred_egid, &egid },
	};
	int r = field_read_all(guest, cred, l->cred_bytes, wishes, ARRAY_SIZE(wishes));

	if (r < 0)
		return r;
	ret->uid = (uint32_t)uid;
	ret->gid = (uint32_t)gid;
	ret->euid = (uint32_t)euid;
	ret->egid = (uint32_t)egid;
	return 0;
}

/* One half of a name, as a number. */
static struct types_member half_of(const struct types_member *name, uint32_t number)
{
	return (struct types_member){
		.offset = name->offset + number * GUEST_COMM_MAX / 2,
		.size = GUEST_COMM_MAX / 2,
		.elements = 1,
	};
}

/**
 * struct raw - of a task_struct, as it is there
 * @halves: of its name, as members
 */
struct raw {
	struct types_member halves[2];
	uint64_t pid, tgid, flags, state, exit_state, parent, start_time, cred, mm;
	uint64_t comm[2];
};

#define WISHES	11

static void make_wishes(const struct guest_layout *l, struct raw *raw, struct wish ret[WISHES])
{
	const struct wish wishes[WISHES] = {
		{ &l->task_pid, &raw->pid }, { &l->task_tgid, &raw->tgid },
		{ &l->task_flags, &raw->flags }, { &l->task_state, &raw->state },
		{ &l->task_exit_state, &raw->exit_state },
		{ &l->task_real_parent, &raw->parent },
		{ &l->task_start_time, &raw->start_time },
		{ &l->task_cred, &raw->cred }, { &l->task_mm, &raw->mm },
		{ &raw->halves[0], &raw->comm[0] }, { &raw->halves[1], &raw->comm[1] },
	};

	raw->halves[0] = half_of(&l->task_comm, 0);
	raw->halves[1] = half_of(&l->task_comm, 1);
	memcpy(ret, wishes, sizeof(wishes));
}

/**
 * struct known - tasks of one walk, each at a place of its own: mostly, somebody's parent was there
 * before him
 * @address: virtual
 * @tgid: number of its process
 */
struct known {
	uint64_t address[KNOWN];
	uint32_t tgid[KNOWN];
};

static size_t place_of(uint64_t address)
{
	return address / 64 % KNOWN;
}

static int read_parent(const struct guest *guest, uint64_t parent, const struct known *known,
		       uint32_t *ret)
{
	uint64_t tgid;
	int r;

	*ret = 0;
	if (!parent)
		return 0;
	if (known && known->address[place_of(parent)] == parent) {
		*ret = known->tgid[place_of(parent)];
		return 0;
	}
	r = field_read(guest, parent, &guest->layout.task_tgid, &tgid);
	if (r == 0)
		*ret = (uint32_t)tgid;
	return r;
}

/* What is not in the task_struct itself. */
static int complete(const struct guest *guest, uint64_t address, const struct raw *raw,
		    struct known *known, struct guest_task *ret)
{
	struct guest_task task = {
		.address = address,
		.pid = (uint32_t)raw->pid,
		.tgid = (uint32_t)raw->tgid,
		.kernel = raw->flags & PF_KTHREAD,
		.state = state_letter(raw->state, raw->exit_state),
		.start_ns = raw->start_time,
		.mm = raw->mm,
	};
	int r = read_cred(guest, raw->cred, &task);

	if (r == 0)
		r = read_parent(guest, raw->parent, known, &task.ppid);
	if (r < 0)
		return r;
	if (known) {
		known->address[place_of(address)] = address;
		known->tgid[place_of(address)] = task.tgid;
	}
	memcpy(task.comm, raw->comm, sizeof(task.comm));
	task.comm[sizeof(task.comm) - 1] = '\0';
	*ret = task;
	return 0;
}

int task_read(const struct guest *guest, uint64_t address, struct guest_task *ret)
{
	struct wish wishes[WISHES];
	struct raw raw;
	int r;

	make_wishes(&guest->layout, &raw, wishes);
	r = field_read_all(guest, address, guest->layout.task_bytes, wishes, WISHES);
	return r < 0 ? r : complete(guest, address, &raw, NULL, ret);
}

uint64_t task_most(const struct guest *guest)
{
	return u64_min(GUEST_TASKS_MAX, mem_bytes(guest->kernel.mem) / STACK_BYTES);
}

/**
 * struct walk - along a list of tasks
 * @list: of them
 * @offset: of its links in a task
 * @start: offset in a task of the first byte of @around
 * @around: what is wanted of a task, and its link
 * @known: those that were met
 */
struct walk {
	struct list_walk list;
	uint32_t offset;
	uint32_t start;
	unsigned char around[FIELD_SPAN_MAX];
	struct known known;
};

/* Where the link is too far from what is wanted, or outside, both are read by themselves. */
static void join_reads(struct walk *walk, const struct guest_layout *l)
{
	struct wish wishes[WISHES];
	struct raw raw;
	uint32_t end;

	make_wishes(l, &raw, wishes);
	if (field_span(l->task_bytes, wishes, WISHES, &walk->start, &end) < 0 ||
	    walk->offset > l->task_bytes || l->task_bytes - walk->offset < LINK_BYTES)
		return;
	if (walk->offset < walk->start)
		walk->start = walk->offset;
	if (walk->offset + LINK_BYTES > end)
		end = walk->offset + LINK_BYTES;
	if (end - walk->start <= sizeof(walk->around))
		list_around(&walk->list, walk->offset - walk->start, end - walk->start,
			    walk->around);
}

static int read_next(const struct guest *guest, struct walk *walk, uint64_t address,
		     struct guest_task *ret)
{
	struct wish wishes[WISHES];
	struct raw raw;
	int r = 0;

	make_wishes(&guest->layout, &raw, wishes);
	if (walk->list.has_around)
		field_take(walk->around, walk->start, wishes, WISHES);
	else
		r = field_read_all(guest, address, guest->layout.task_bytes, wishes, WISHES);
	return r < 0 ? r : complete(guest, address, &raw, &walk->known, ret);
}

/* Of each link, whose link it is: the structure that has it at @member. */
static int walk_tasks(struct guest *guest, uint64_t head, const struct types_member *member,
		      int (*take)(const struct guest_task *task, void *data), void *data,
		      struct guest_doubts *doubts)
{
	struct walk walk = { .offset = member->offset };
	uint64_t link;
	int r = 0;

	list_begin(&walk.list, guest, head, task_most(guest), doubts);
	join_reads(&walk, &guest->layout);
	while (r == 0 && list_next(&walk.list, &link)) {
		struct guest_task task;

		if (read_next(guest, &walk, link - member->offset, &task) < 0)
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
	return walk_tasks(guest, init_task + member->offset, member, take, data, doubts);
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
	return walk_tasks(guest, signal + l->signal_thread_head.offset, &l->task_thread_node,
			  take, data, doubts);
}

int64_t guest_arguments(struct guest *guest, const struct guest_task *task, char *ret,
			size_t room)
{
	const struct guest_layout *l = &guest->layout;
	uint64_t pgd, start, end;
	const struct wish wishes[] = {
		{ &l->mm_pgd, &pgd }, { &l->mm_arg_start, &start }, { &l->mm_arg_end, &end },
	};
	size_t len;
	int r;

	if (!task->mm)
		return 0;
	r = field_read_all(guest, task->mm, l->mm_bytes, wishes, ARRAY_SIZE(wishes));
	if (r == 0)
		r = user_enter(guest, pgd);
	if (r < 0)
		return r;
	if (end < start)
		return -EPROTO;
	len = u64_min(u64_min(end - start, room), GUEST_ARGUMENTS_MAX);
	r = space_read(guest->user, start, ret, len);
	return r < 0 ? r : (int64_t)len;
}
