// SPDX-License-Identifier: GPL-2.0-or-later
/* kvmonitor info: which kernel a virtual machine runs, and what is known of it. */
#include <inttypes.h>
#include <stdio.h>

#include "base/macros.h"
#include "command.h"
#include "vm.h"

static const struct out_column columns[] = {
	{ .key = "kernel", .title = "Kernel" },
	{ .key = "version", .title = "Version" },
	{ .key = "memory_bytes", .title = "Memory" },
	{ .key = "page_table_levels", .title = "Levels of page tables" },
	{ .key = "kernel_offset", .title = "Moved at boot by" },
	{ .key = "symbols", .title = "Symbols" },
	{ .key = "runs_on_processor", .title = "Seen on a processor" },
	{ .key = "remembered", .title = "Found before" },
};

static int show(struct vm *vm, struct out *out, char **arguments, size_t count,
		struct error *err)
{
	const struct kernel *kernel = guest_kernel(vm->guest);
	char hex[24];

	snprintf(hex, sizeof(hex), "0x%" PRIx64, kernel->offset);
	out_begin(out, OUT_RECORD, NULL, columns, ARRAY_SIZE(columns));
	out_text(out, "kernel", kernel->release);
	out_text(out, "version", kernel->banner);
	out_size(out, "memory_bytes", mem_bytes(vm->mem));
	out_u64(out, "page_table_levels", kernel->levels);
	out_text(out, "kernel_offset", hex);
	out_u64(out, "symbols", kallsyms_count(kernel->symbols));
	out_flag(out, "runs_on_processor", mem_processors(vm->mem));
	out_flag(out, "remembered", vm->recalled);
	out_end(out);
	return 0;
}

static int run(const struct command *self, int argc, char **argv, struct error *err)
{
	static const struct vm_show what = { .wants = "one VM", .show = show };

	return vm_run(self, &what, argc, argv, err);
}

const struct command command_info = {
	.name = "info",
	.run = run,
	.brief = "which kernel it runs",
	.help = "kvmonitor info [OPTION]... VM\n\n"
		"Print which kernel a virtual machine runs, and how much memory it has.\n"
		HELP_VM "\n"
		HELP_VM_END "\n"
		"Example:\n"
		"  kvmonitor info web1\n",
};
