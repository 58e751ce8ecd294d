// SPDX-License-Identifier: GPL-2.0-or-later
/* kvmonitor check: signs of somebody who hides in the guest's kernel. */
#include <inttypes.h>
#include <stdio.h>

#include "base/macros.h"
#include "command.h"
#include "guest/check.h"
#include "vm.h"

/* What was found is neither a failure nor nothing. */
#define EXIT_FOUND	3

static const struct out_column columns[] = {
	{ .key = "finding", .title = "FINDING" },
	{ .key = "number", .title = "NUMBER", .right = true },
	{ .key = "name", .title = "NAME" },
	{ .key = "address", .title = "ADDRESS" },
};

static const char * const kinds[] = {
	[GUEST_HIDDEN_PROCESS] = "process that is not listed",
	[GUEST_UNREACHABLE_PROCESS] = "process that has no number",
	[GUEST_SYSCALL_CHANGED] = "system call outside of the kernel",
};

/**
 * struct listing - while findings are listed
 * @out: where they go
 * @count: of them
 */
struct listing {
	struct out *out;
	size_t count;
};

static int put(const struct guest_finding *finding, void *data)
{
	struct listing *listing = data;
	struct out *out = listing->out;
	char hex[24];

	listing->count++;
	out_row(out);
	out_text(out, "finding", kinds[finding->kind]);
	out_u64(out, "number", finding->number);
	out_text(out, "name", finding->name);
	snprintf(hex, sizeof(hex), "0x%016" PRIx64, finding->address);
	out_text(out, "address", hex);
	return 0;
}

static int show(struct vm *vm, struct out *out, char **arguments, size_t count,
		struct error *err)
{
	struct listing listing = { .out = out };
	struct guest_doubts doubts = { 0 };
	int r;

	out_begin(out, OUT_TABLE, "findings", columns, ARRAY_SIZE(columns));
	r = guest_check(vm->guest, put, &listing, &doubts);
	out_end(out);
	if (r == 0 && !listing.count)
		out_note(out, "nothing found");
	vm_note_doubts(out, &doubts);
	if (r < 0)
		return error_errno(err, r, "the guest");
	return listing.count ? EXIT_FOUND : 0;
}

static int run(const struct command *self, int argc, char **argv, struct error *err)
{
	static const struct vm_show what = { .wants = "one VM", .show = show };

	return vm_run(self, &what, argc, argv, err);
}

const struct command command_check = {
	.name = "check",
	.run = run,
	.brief = "signs of somebody who hides",
	.help = "kvmonitor check [OPTION]... VM\n\n"
		"Hold against each other what the guest's kernel has in two ways: processes by its\n"
		"list and by their numbers; system calls and where its code is.\n"
		"Exits with 3 when something was found.\n"
		HELP_VM "\n"
		HELP_END_JSON "\n"
		"Example:\n"
		"  kvmonitor check /run/qemu/web1.qmp || mail -s 'look at web1' root\n",
};
