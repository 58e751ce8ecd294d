// SPDX-License-Identifier: GPL-2.0-or-later
#include <inttypes.h>
#include <stdbool.h>
#include <stdio.h>

#include "base/macros.h"
#include "finding.h"
#include "vm.h"

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
	[GUEST_HIDDEN_MODULE] = "module that is not listed",
	[GUEST_POINTER_ASTRAY] = "pointer to unknown code",
	[GUEST_INTERRUPT_CHANGED] = "interrupt outside of the kernel",
	[GUEST_CODE_HOOKED] = "text that leads elsewhere",
	[GUEST_TYPES_CHANGED] = "types (BTF) not as enrolled",
	[GUEST_SYMBOLS_CHANGED] = "symbols (kallsyms) not as enrolled",
	[GUEST_PROCESSOR_CHANGED] = "processor not as enrolled",
	[GUEST_TEXT_CHANGED] = "text not as enrolled",
	[GUEST_CONSTANTS_CHANGED] = "constants not as enrolled",
	[GUEST_NOT_ENROLLED] = "kernel that is not enrolled",
};

void finding_begin(struct finding_list *list, struct out *out)
{
	*list = (struct finding_list){ .out = out };
	out_begin(out, OUT_TABLE, "findings", columns, ARRAY_SIZE(columns));
}

/* Of some it is an address, which nobody reads in decimal. */
static void put_number(struct out *out, const struct guest_finding *finding)
{
	char hex[24];

	snprintf(hex, sizeof(hex), "0x%" PRIx64, finding->number);
	if (finding->kind == GUEST_CODE_HOOKED || finding->kind == GUEST_POINTER_ASTRAY ||
	    finding->kind == GUEST_INTERRUPT_CHANGED)
		out_u64_as(out, "number", finding->number, hex);
	else
		out_u64(out, "number", finding->number);
}

int finding_put(const struct guest_finding *finding, void *data)
{
	struct finding_list *list = data;
	struct out *out = list->out;
	char hex[24];

	list->count++;
	out_row(out);
	out_text(out, "finding", kinds[finding->kind]);
	put_number(out, finding);
	out_text(out, "name", finding->name);
	snprintf(hex, sizeof(hex), "0x%016" PRIx64, finding->address);
	out_text(out, "address", hex);
	return 0;
}

int finding_end(struct finding_list *list, int result)
{
	bool unsure = list->doubts.bad || list->doubts.cut;

	out_end(list->out);
	if (result == 0 && !list->count)
		out_note(list->out, unsure ? "nothing found, but not all could be looked at" :
			 "nothing found");
	vm_note_doubts(list->out, &list->doubts);
	if (result < 0)
		return result;
	if (list->count)
		return EXIT_FOUND;
	return unsure ? EXIT_UNSURE : 0;
}
