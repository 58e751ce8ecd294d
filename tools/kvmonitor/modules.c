// SPDX-License-Identifier: GPL-2.0-or-later
/* kvmonitor modules: modules of the guest's kernel. */
#include <inttypes.h>
#include <stdio.h>

#include "base/macros.h"
#include "command.h"
#include "guest/module.h"
#include "vm.h"

static const struct out_column columns[] = {
	{ .key = "name", .title = "NAME" },
	{ .key = "size_bytes", .title = "SIZE", .right = true },
	{ .key = "references", .title = "USED BY", .right = true },
	{ .key = "state", .title = "STATE" },
	{ .key = "base", .title = "TEXT AT" },
};

static const char * const states[] = {
	[GUEST_MODULE_LIVE] = "live",
	[GUEST_MODULE_COMING] = "loading",
	[GUEST_MODULE_GOING] = "unloading",
	[GUEST_MODULE_UNFORMED] = "unformed",
};

static int put(const struct guest_module *module, void *data)
{
	struct out *out = data;
	char hex[24];

	out_row(out);
	out_text(out, "name", module->name);
	out_size(out, "size_bytes", module->size);
	out_s64(out, "references", module->references);
	out_text(out, "state", module->state < ARRAY_SIZE(states) ? states[module->state] :
								     "unknown");
	snprintf(hex, sizeof(hex), "0x%016" PRIx64, module->base);
	out_text(out, "base", hex);
	return 0;
}

static int show(struct vm *vm, struct out *out, char **arguments, size_t count,
		struct error *err)
{
	struct guest_doubts doubts = { 0 };
	int r;

	out_begin(out, OUT_TABLE, "modules", columns, ARRAY_SIZE(columns));
	r = guest_modules(vm->guest, put, out, &doubts);
	out_end(out);
	vm_note_doubts(out, &doubts);
	return r < 0 ? error_errno(err, r, "the guest's modules") : 0;
}

static int run(const struct command *self, int argc, char **argv, struct error *err)
{
	static const struct vm_show what = { .wants = "one VM", .show = show };

	return vm_run(self, &what, argc, argv, err);
}

const struct command command_modules = {
	.name = "modules",
	.run = run,
	.brief = "modules of its kernel",
	.help = "kvmonitor modules [OPTION]... VM\n\n"
		"List the modules of the guest's kernel, the newest first.\n"
		HELP_VM "\n"
		HELP_VM_END "\n"
		"Example:\n"
		"  kvmonitor modules web1\n",
};
