// SPDX-License-Identifier: GPL-2.0-or-later
/* kvmonitor ps: processes of the guest, as its kernel has them. */
#include <inttypes.h>
#include <stdio.h>

#include "base/macros.h"
#include "command.h"
#include "guest/namespace.h"
#include "guest/task.h"
#include "vm.h"

#define ARGUMENTS_ROOM	512

enum { OPTION_WIDE = VM_OPTION_OWN };

/* For people only when there is room for them, and then not all. */
#define NAMESPACES(inside, group)					\
	{ .key = "inner_pid", .title = inside, .right = true },		\
	{ .key = "pid_namespace", .title = (inside) ? "PID NS" : NULL, .right = true },	\
	{ .key = "mnt_namespace", .title = (inside) ? "MNT NS" : NULL, .right = true },	\
	{ .key = "net_namespace", .title = (inside) ? "NET NS" : NULL, .right = true },	\
	{ .key = "user_namespace" },					\
	{ .key = "uts_namespace" },					\
	{ .key = "ipc_namespace" },					\
	{ .key = "cgroup_namespace" },					\
	{ .key = "cgroup", .title = group }

static const struct out_column columns[] = {
	{ .key = "pid", .title = "PID", .right = true },
	{ .key = "ppid", .title = "PPID", .right = true },
	{ .key = "uid", .title = "UID", .right = true },
	{ .key = "state", .title = "STATE" },
	{ .key = "kernel" },
	{ .key = "start_ns" },
	NAMESPACES(NULL, NULL),
	{ .key = "comm", .title = "NAME" },
	{ .key = "arguments", .title = "COMMAND", .max = 60 },
};

/* With --wide. */
static const struct out_column wide_columns[] = {
	{ .key = "pid", .title = "PID", .right = true },
	{ .key = "ppid", .title = "PPID", .right = true },
	{ .key = "uid", .title = "UID", .right = true },
	{ .key = "state", .title = "STATE" },
	{ .key = "kernel" },
	{ .key = "start_ns" },
	NAMESPACES("PID INSIDE", "CGROUP"),
	{ .key = "comm", .title = "NAME" },
	{ .key = "arguments", .title = "COMMAND" },
};

/**
 * struct listing - while processes are listed
 * @guest: whose they are
 * @out: where they go
 * @doubts: counted
 * @places: where those before were
 */
struct listing {
	struct guest *guest;
	struct out *out;
	struct guest_doubts *doubts;
	struct guest_places places;
};

static void put_number(struct out *out, const char *key, uint32_t number)
{
	if (number)
		out_u64(out, key, number);
	else
		out_null(out, key);
}

static void put_place(struct listing *listing, const struct guest_task *task)
{
	struct out *out = listing->out;
	struct guest_namespaces ns = { 0 };
	char cgroup[GUEST_PATH_MAX];

	if (guest_namespaces(listing->guest, task, &listing->places, &ns) < 0)
		listing->doubts->bad++;
	put_number(out, "inner_pid", ns.inner_pid);
	put_number(out, "pid_namespace", ns.pid);
	put_number(out, "mnt_namespace", ns.mnt);
	put_number(out, "net_namespace", ns.net);
	put_number(out, "user_namespace", ns.user);
	put_number(out, "uts_namespace", ns.uts);
	put_number(out, "ipc_namespace", ns.ipc);
	put_number(out, "cgroup_namespace", ns.cgroup);
	if (guest_cgroup(listing->guest, task, &listing->places, cgroup) == 0)
		out_text(out, "cgroup", cgroup);
	else
		out_null(out, "cgroup");
}

/* As ps(1): with blanks between them, the name in brackets where there are none. */
static void put_arguments(struct out *out, struct guest *guest, const struct guest_task *task)
{
	char text[ARGUMENTS_ROOM + 1];
	int64_t i, len = guest_arguments(guest, task, text, ARGUMENTS_ROOM);

	if (len <= 0) {
		snprintf(text, sizeof(text), "[%s]", task->comm);
		out_text(out, "arguments", text);
		return;
	}
	while (len > 0 && text[len - 1] == '\0')
		len--;
	for (i = 0; i < len; i++)
		if (text[i] == '\0')
			text[i] = ' ';
	text[len] = '\0';
	out_text(out, "arguments", text);
}

static int put(const struct guest_task *task, void *data)
{
	struct listing *listing = data;
	struct out *out = listing->out;
	char state[2] = { task->state };

	out_row(out);
	out_u64(out, "pid", task->pid);
	out_u64(out, "ppid", task->ppid);
	out_u64(out, "uid", task->uid);
	out_text(out, "state", state);
	out_flag(out, "kernel", task->kernel);
	out_u64(out, "start_ns", task->start_ns);
	put_place(listing, task);
	out_text(out, "comm", task->comm);
	put_arguments(out, listing->guest, task);
	return 0;
}

static int show(struct vm *vm, struct out *out, char **arguments, size_t count,
		struct error *err)
{
	const bool *wide = vm->data;
	struct guest_doubts doubts = { 0 };
	struct listing listing = { .guest = vm->guest, .out = out, .doubts = &doubts };
	int r;

	_Static_assert(ARRAY_SIZE(columns) == ARRAY_SIZE(wide_columns), "the same");
	out_begin(out, OUT_TABLE, "processes", *wide ? wide_columns : columns,
		  ARRAY_SIZE(columns));
	r = guest_processes(vm->guest, put, &listing, &doubts);
	out_end(out);
	vm_note_doubts(out, &doubts);
	return r < 0 ? error_errno(err, r, "the guest's processes") : 0;
}

static int take_option(int option, const char *value, void *data, struct error *err)
{
	*(bool *)data = true;
	return 0;
}

static int run(const struct command *self, int argc, char **argv, struct error *err)
{
	static const struct option longs[] = {
		{ "wide", no_argument, NULL, OPTION_WIDE },
		VM_OPTIONS_END
	};
	bool wide = false;
	const struct vm_show what = {
		.wants = "one VM",
		.show = show,
		.longs = longs,
		.option = take_option,
		.data = &wide,
	};

	return vm_run(self, &what, argc, argv, err);
}

const struct command command_ps = {
	.name = "ps",
	.run = run,
	.brief = "processes",
	.help = "kvmonitor ps [OPTION]... VM\n\n"
		"List the processes of a virtual machine as its kernel has them, whatever programs\n"
		"in it say.  Numbers are those of its first namespace.\n"
		HELP_VM "\n"
		"      --wide         with namespaces, the number inside of its own, and cgroup; JSON\n"
		"                     has them always\n"
		HELP_VM_END "\n"
		"Examples:\n"
		"  kvmonitor ps web1\n"
		"  kvmonitor ps --json VM | jq '.processes[] | select(.cgroup | startswith(\"/docker\"))'\n",
};
