// SPDX-License-Identifier: GPL-2.0-or-later
/* kvmonitor xaddr: where a virtual address of the guest's kernel, or of a process, leads. */
#include <errno.h>
#include <inttypes.h>
#include <stdint.h>
#include <stdio.h>

#include "base/macros.h"
#include "command.h"
#include "text.h"
#include "vm.h"

static const struct out_column columns[] = {
	{ .key = "virtual", .title = "VIRTUAL" },
	{ .key = "physical", .title = "PHYSICAL" },
	{ .key = "page_bytes", .title = "PAGE", .right = true },
	{ .key = "writable", .title = "WRITABLE" },
	{ .key = "executable", .title = "EXECUTABLE" },
	{ .key = "user", .title = "USER" },
};

static void put(struct out *out, uint64_t address, const struct space_page *page)
{
	char hex[24];

	out_row(out);
	snprintf(hex, sizeof(hex), "0x%016" PRIx64, address);
	out_text(out, "virtual", hex);
	snprintf(hex, sizeof(hex), "0x%" PRIx64, page->address);
	out_text(out, "physical", hex);
	out_size(out, "page_bytes", page->size);
	out_flag(out, "writable", page->writable);
	out_flag(out, "executable", page->executable);
	out_flag(out, "user", page->user);
}

static int put_one(struct out *out, const struct vm *vm, const char *text, struct error *err)
{
	struct space_page page;
	uint64_t address;
	int r = text_address(vm->guest, text, &address, err);

	if (r < 0)
		return r;
	r = space_translate(vm->space, address, &page);
	if (r == -EINVAL)
		return error_set(err, r, "%s: is no address of x86-64", text);
	if (r == -EFAULT)
		return error_set(err, r, "%s: nothing is mapped there", text);
	if (r < 0)
		return error_errno(err, r, "%s", text);
	put(out, address, &page);
	return 0;
}

static int show(struct vm *vm, struct out *out, char **arguments, size_t count,
		struct error *err)
{
	int r;

	out_begin(out, OUT_TABLE, "addresses", columns, ARRAY_SIZE(columns));
	r = vm_each(vm, out, arguments, count, put_one, err);
	out_end(out);
	return r;
}

static int run(const struct command *self, int argc, char **argv, struct error *err)
{
	static const struct option longs[] = { VM_OPTIONS_PID, VM_OPTIONS_END };
	static const struct vm_show what = {
		.least = 1,
		.most = SIZE_MAX - 1,
		.wants = "a VM and addresses or symbols",
		.show = show,
		.longs = longs,
	};

	return vm_run(self, &what, argc, argv, err);
}

const struct command command_xaddr = {
	.name = "xaddr",
	.run = run,
	.brief = "where virtual addresses lead",
	.help = "kvmonitor xaddr [OPTION]... VM ADDRESS|SYMBOL[+N]...\n\n"
		"Translate virtual addresses of the guest's kernel, or of one of its processes, to\n"
		"physical ones, by its own page tables.\n"
		HELP_VM "\n"
		HELP_PID
		HELP_VM_END "\n"
		"Examples:\n"
		"  kvmonitor xaddr web1 init_task\n"
		"  kvmonitor xaddr web1 0xffffffff9d20a000 linux_banner+8\n"
		"  kvmonitor xaddr --pid 1 web1 0x7ffd8c3e5fe8\n",
};
