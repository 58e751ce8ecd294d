// SPDX-License-Identifier: GPL-2.0-or-later
/* kvmonitor symbol: where a symbol of the guest's kernel is, or what is at an address. */
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/macros.h"
#include "command.h"
#include "text.h"
#include "vm.h"

static const struct out_column columns[] = {
	{ .key = "address", .title = "ADDRESS" },
	{ .key = "type", .title = "TYPE" },
	{ .key = "name", .title = "NAME" },
	{ .key = "beyond", .title = "+", .right = true },
};

static void put(struct out *out, const struct kallsyms_symbol *symbol, uint64_t beyond)
{
	char address[24], type[2] = { symbol->type };

	snprintf(address, sizeof(address), "0x%016" PRIx64, symbol->address);
	out_row(out);
	out_text(out, "address", address);
	out_text(out, "type", type);
	out_text(out, "name", symbol->name);
	out_u64(out, "beyond", beyond);
}

/* All of that name: there may be several. Return: how many. */
static size_t put_named(struct out *out, struct kallsyms *symbols, const char *name)
{
	size_t i, found = 0, count = kallsyms_count(symbols);

	for (i = 0; i < count; i++) {
		struct kallsyms_symbol symbol = kallsyms_at(symbols, i);

		if (strcmp(symbol.name, name) == 0) {
			put(out, &symbol, 0);
			found++;
		}
	}
	return found;
}

static int put_one(struct out *out, const struct vm *vm, const char *text, struct error *err)
{
	struct kallsyms *symbols = guest_kernel(vm->guest)->symbols;
	struct kallsyms_symbol symbol;
	uint64_t address;
	int r;

	if (put_named(out, symbols, text))
		return 0;
	r = text_address(vm->guest, text, &address, err);
	if (r < 0)
		return r;
	if (kallsyms_name(symbols, address, &symbol) < 0)
		return error_set(err, -ENOENT, "%s: is not in the guest's kernel", text);
	put(out, &symbol, address - symbol.address);
	return 0;
}

static int show(struct vm *vm, struct out *out, char **arguments, size_t count,
		struct error *err)
{
	int r;

	out_begin(out, OUT_TABLE, "symbols", columns, ARRAY_SIZE(columns));
	r = vm_each(vm, out, arguments, count, put_one, err);
	out_end(out);
	return r;
}

static int run(const struct command *self, int argc, char **argv, struct error *err)
{
	static const struct vm_show what = {
		.least = 1,
		.most = SIZE_MAX - 1,
		.wants = "a VM and symbols or addresses",
		.anew = true,
		.show = show,
	};

	return vm_run(self, &what, argc, argv, err);
}

const struct command command_symbol = {
	.name = "symbol",
	.run = run,
	.brief = "where a symbol is, or what is at an address",
	.help = "kvmonitor symbol [OPTION]... VM SYMBOL|ADDRESS...\n\n"
		"Print where symbols of the guest's kernel are, or to which one an address\n"
		"(0x...) belongs, and how far it is beyond its beginning.\n"
		HELP_VM "\n"
		HELP_VM_END "\n"
		"Examples:\n"
		"  kvmonitor symbol web1 init_task\n"
		"  kvmonitor symbol web1 0xffffffff9d20a000\n",
};
