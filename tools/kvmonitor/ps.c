// SPDX-License-Identifier: GPL-2.0-or-later
/* kvmonitor ps: processes of the guest, as its kernel has them. */
#include <inttypes.h>
#include <stdio.h>

#include "base/macros.h"
#include "command.h"
#include "guest/task.h"
#include "vm.h"

#define ARGUMENTS_ROOM	512

static const struct out_column columns[] = {
	{ .key = "pid", .title = "PID", .right = true },
	{ .key = "ppid", .title = "PPID", .right = true },
	{ .key = "uid", .title = "UID", .right = true },
	{ .key = "state", .title = "STATE" },
	{ .key = "kernel" },
	{ .key = "start_ns" },
	{ .key = "comm", .title = "NAME" },
	{ .key = "arguments", .title = "COMMAND", .max = 60 },
};

/**
 * struct listing - while processes are listed
 * @guest: whose they are
 * @out: where they go
 */
struct listing {
	struct guest *guest;
	struct out *out;
};

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
	const struct listing *listing = data;
	struct out *out = listing->out;
	char state[2] = { task->state };

	out_row(out);
	out_u64(out, "pid", task->pid);
	out_u64(out, "ppid", task->ppid);
	out_u64(out, "uid", task->uid);
	out_text(out, "state", state);
	out_flag(out, "kernel", task->kernel);
	out_u64(out, "start_ns", task->start_ns);
	out_text(out, "comm", task->comm);
	put_arguments(out, listing->guest, task);
	return 0;
}

static int show(struct vm *vm, struct out *out, char **arguments, size_t count,
		struct error *err)
{
	struct listing listing = { .guest = vm->guest, .out = out };
	struct guest_doubts doubts = { 0 };
	int r;

	out_begin(out, OUT_TABLE, "processes", columns, ARRAY_SIZE(columns));
	r = guest_processes(vm->guest, put, &listing, &doubts);
	out_end(out);
	vm_note_doubts(out, &doubts);
	return r < 0 ? error_errno(err, r, "the guest's processes") : 0;
}

static int run(const struct command *self, int argc, char **argv, struct error *err)
{
	static const struct vm_show what = { .wants = "one VM", .show = show };

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
		HELP_END_JSON "\n"
		"Example:\n"
		"  kvmonitor ps /run/qemu/web1.qmp\n",
};
