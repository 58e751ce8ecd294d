// SPDX-License-Identifier: GPL-2.0-or-later
/* kvmonitor files: files that the guest's processes have open. */
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "base/macros.h"
#include "command.h"
#include "guest/file.h"
#include "text.h"
#include "vm.h"

static const struct out_column columns[] = {
	{ .key = "pid", .title = "PID", .right = true },
	{ .key = "comm", .title = "NAME" },
	{ .key = "fd", .title = "FD", .right = true },
	{ .key = "kind", .title = "KIND" },
	{ .key = "inode", .title = "INODE", .right = true },
	{ .key = "flags" },
	{ .key = "position_bytes" },
	{ .key = "path", .title = "PATH" },
};

/**
 * struct listing - while files are listed
 * @guest: whose they are
 * @out: where they go
 * @pids: of processes, none for all
 * @count: of @pids
 * @doubts: counted
 * @task: whose files are told now
 */
struct listing {
	struct guest *guest;
	struct out *out;
	const uint64_t *pids;
	size_t count;
	struct guest_doubts *doubts;
	const struct guest_task *task;
};

static const char *kind_of(uint32_t mode)
{
	switch (mode & S_IFMT) {
	case S_IFREG: return "file";
	case S_IFDIR: return "folder";
	case S_IFCHR: return "char";
	case S_IFBLK: return "block";
	case S_IFIFO: return "pipe";
	case S_IFSOCK: return "socket";
	default: return "other";
	}
}

static int put_file(const struct guest_file *file, void *data)
{
	const struct listing *listing = data;
	struct out *out = listing->out;

	out_row(out);
	out_u64(out, "pid", listing->task->pid);
	out_text(out, "comm", listing->task->comm);
	out_u64(out, "fd", file->fd);
	out_text(out, "kind", kind_of(file->mode));
	out_u64(out, "inode", file->number);
	out_u64(out, "flags", file->flags);
	out_u64(out, "position_bytes", file->position);
	out_text(out, "path", file->path);
	return 0;
}

static int put_process(const struct guest_task *task, void *data)
{
	struct listing *listing = data;
	size_t i;

	for (i = 0; i < listing->count && listing->pids[i] != task->pid; i++)
		;
	if (listing->count && i == listing->count)
		return 0;
	listing->task = task;
	return guest_files(listing->guest, task, put_file, listing, listing->doubts);
}

#define PIDS_MAX	64
#define PID_END		4194304

static int show(struct vm *vm, struct out *out, char **arguments, size_t count,
		struct error *err)
{
	struct guest_doubts doubts = { 0 };
	uint64_t pids[PIDS_MAX];
	struct listing listing = {
		.guest = vm->guest, .out = out, .pids = pids, .count = count,
		.doubts = &doubts,
	};
	size_t i;
	int r = 0;

	for (i = 0; i < count; i++) {
		r = text_number("PID", arguments[i], PID_END, &pids[i], err);
		if (r < 0)
			return r;
	}
	out_begin(out, OUT_TABLE, "files", columns, ARRAY_SIZE(columns));
	r = guest_processes(vm->guest, put_process, &listing, &doubts);
	out_end(out);
	vm_note_doubts(out, &doubts);
	return r < 0 ? error_errno(err, r, "the guest's files") : 0;
}

static int run(const struct command *self, int argc, char **argv, struct error *err)
{
	static const struct vm_show what = {
		.most = PIDS_MAX,
		.wants = "one VM, and processes or none",
		.show = show,
	};

	return vm_run(self, &what, argc, argv, err);
}

const struct command command_files = {
	.name = "files",
	.run = run,
	.brief = "files that its processes have open",
	.help = "kvmonitor files [OPTION]... VM [PID]...\n\n"
		"List the open files of all processes, or of some, as in /proc/PID/fd.\n"
		HELP_VM "\n"
		HELP_VM_END "\n"
		"Example:\n"
		"  kvmonitor files web1 1\n",
};
