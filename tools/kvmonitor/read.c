// SPDX-License-Identifier: GPL-2.0-or-later
/* kvmonitor read: bytes of the guest's kernel, or of a process. */
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>

#include "base/macros.h"
#include "base/u64.h"
#include "command.h"
#include "text.h"
#include "vm.h"

/* For people; more of it is for programs of their own. */
#define LENGTH_MAX	1048576
#define ROW		16

static const struct out_column columns[] = {
	{ .key = "address", .title = "ADDRESS" },
	{ .key = "hex", .title = "BYTES" },
	{ .key = "text", .title = "TEXT" },
};

static void put(struct out *out, uint64_t address, const unsigned char *bytes, size_t count)
{
	char hex[3 * ROW + 1] = "", text[ROW + 1];
	size_t i, at = 0;

	for (i = 0; i < count; i++) {
		at += (size_t)snprintf(hex + at, sizeof(hex) - at, "%s%02x", i ? " " : "",
				       bytes[i]);
		text[i] = (char)(bytes[i] >= 32 && bytes[i] < 127 ? bytes[i] : '.');
	}
	text[count] = '\0';
	out_row(out);
	out_text(out, "hex", hex);
	out_text(out, "text", text);
	snprintf(hex, sizeof(hex), "0x%016" PRIx64, address);
	out_text(out, "address", hex);
}

static int put_all(struct out *out, struct space *space, uint64_t address, uint64_t length,
		   struct error *err)
{
	while (length > 0) {
		size_t count = u64_min(length, ROW);
		unsigned char bytes[ROW];
		int r = space_read(space, address, bytes, count);

		if (r < 0)
			return error_errno(err, r, "0x%" PRIx64, address);
		put(out, address, bytes, count);
		address += count;
		length -= count;
	}
	return 0;
}

static int show(struct vm *vm, struct out *out, char **arguments, size_t count,
		struct error *err)
{
	uint64_t address, length;
	int r = text_address(vm->guest, arguments[0], &address, err);

	if (r == 0)
		r = text_number("length", arguments[1], LENGTH_MAX, &length, err);
	if (r < 0)
		return r;
	out_begin(out, OUT_TABLE, "rows", columns, ARRAY_SIZE(columns));
	r = put_all(out, vm->space, address, length, err);
	out_end(out);
	return r;
}

static int run(const struct command *self, int argc, char **argv, struct error *err)
{
	static const struct option longs[] = { VM_OPTIONS_PID, VM_OPTIONS_END };
	static const struct vm_show what = {
		.least = 2,
		.most = 2,
		.wants = "a VM, an address or symbol, and how many bytes",
		.show = show,
		.longs = longs,
	};

	return vm_run(self, &what, argc, argv, err);
}

const struct command command_read = {
	.name = "read",
	.run = run,
	.brief = "bytes of its kernel's memory, or of a process",
	.help = "kvmonitor read [OPTION]... VM ADDRESS|SYMBOL[+N] LENGTH\n\n"
		"Print bytes from a virtual address of the guest's kernel, or of one of its\n"
		"processes, on, in hexadecimal.  What a process has on a disk only cannot be read.\n"
		HELP_VM "\n"
		HELP_PID
		HELP_VM_END "\n"
		"Examples:\n"
		"  kvmonitor read web1 linux_banner 64\n"
		"  kvmonitor read --pid 1 web1 0x7ffd8c3e5fe8 24\n",
};
