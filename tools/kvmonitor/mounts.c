// SPDX-License-Identifier: GPL-2.0-or-later
/* kvmonitor mounts: file systems that the guest has mounted. */
#include <stdio.h>

#include "base/macros.h"
#include "command.h"
#include "guest/mount.h"
#include "vm.h"

static const struct out_column columns[] = {
	{ .key = "id", .title = "ID", .right = true },
	{ .key = "parent_id", .title = "ON", .right = true },
	{ .key = "device", .title = "DEVICE" },
	{ .key = "type", .title = "TYPE" },
	{ .key = "read_only", .title = "READ-ONLY" },
	{ .key = "source", .title = "SOURCE" },
	{ .key = "root", .title = "ROOT" },
	{ .key = "path", .title = "PATH" },
};

static int put(const struct guest_mount *mount, void *data)
{
	struct out *out = data;
	char device[24];

	out_row(out);
	snprintf(device, sizeof(device), "%u:%u", mount->major, mount->minor);
	out_u64(out, "id", mount->id);
	out_u64(out, "parent_id", mount->parent_id);
	out_text(out, "device", device);
	out_text(out, "type", mount->type);
	out_flag(out, "read_only", mount->read_only);
	out_text(out, "source", mount->source);
	out_text(out, "root", mount->root);
	out_text(out, "path", mount->path);
	return 0;
}

static int show(struct vm *vm, struct out *out, char **arguments, size_t count,
		struct error *err)
{
	struct guest_doubts doubts = { 0 };
	int r;

	out_begin(out, OUT_TABLE, "mounts", columns, ARRAY_SIZE(columns));
	r = guest_mounts(vm->guest, put, out, &doubts);
	out_end(out);
	vm_note_doubts(out, &doubts);
	return r < 0 ? error_errno(err, r, "the guest's mounts") : 0;
}

static int run(const struct command *self, int argc, char **argv, struct error *err)
{
	static const struct vm_show what = { .wants = "one VM", .show = show };

	return vm_run(self, &what, argc, argv, err);
}

const struct command command_mounts = {
	.name = "mounts",
	.run = run,
	.brief = "file systems that it has mounted",
	.help = "kvmonitor mounts [OPTION]... VM\n\n"
		"List the mounts of the first process' namespace, as in /proc/1/mountinfo.\n"
		HELP_VM "\n"
		HELP_VM_END "\n"
		"Example:\n"
		"  kvmonitor mounts web1\n",
};
