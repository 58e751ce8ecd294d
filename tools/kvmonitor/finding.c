// SPDX-License-Identifier: GPL-2.0-or-later
#include <errno.h>
#include <inttypes.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/array.h"
#include "base/macros.h"
#include "finding.h"
#include "vm.h"

static const struct out_column columns[] = {
	{ .key = "finding", .title = "FINDING" },
	{ .key = "number", .title = "NUMBER", .right = true },
	{ .key = "name", .title = "NAME" },
	{ .key = "address", .title = "ADDRESS" },
};

static const struct out_column unsure_columns[] = {
	{ .key = "finding", .title = "UNSURE" },
	{ .key = "number", .title = "NUMBER", .right = true },
	{ .key = "name", .title = "NAME" },
	{ .key = "address", .title = "ADDRESS" },
	{ .key = "seen", .title = "SEEN" },
	{ .key = "looks" },
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

static void put(struct out *out, const struct guest_finding *finding)
{
	char hex[24];

	out_row(out);
	out_text(out, "finding", kinds[finding->kind]);
	put_number(out, finding);
	out_text(out, "name", finding->name);
	snprintf(hex, sizeof(hex), "0x%016" PRIx64, finding->address);
	out_text(out, "address", hex);
}

int finding_put(const struct guest_finding *finding, void *data)
{
	struct finding_list *list = data;
	struct guest_finding *unsure;

	if (!finding->unsure) {
		list->count++;
		put(list->out, finding);
		return 0;
	}
	unsure = array_room(list->unsure, list->unsure_count, &list->unsure_room,
			    sizeof(*unsure));
	if (!unsure)
		return -ENOMEM;
	list->unsure = unsure;
	list->unsure[list->unsure_count++] = *finding;
	return 0;
}

/* Somebody may hide who is not always hidden. */
static void put_unsure(struct finding_list *list)
{
	struct out *out = list->out;
	char text[40];
	size_t i;

	out_begin(out, OUT_TABLE, "unsure", unsure_columns, ARRAY_SIZE(unsure_columns));
	for (i = 0; i < list->unsure_count; i++) {
		const struct guest_finding *finding = &list->unsure[i];

		put(out, finding);
		snprintf(text, sizeof(text), "in %u of %u looks", finding->seen, finding->looks);
		out_u64_as(out, "seen", finding->seen, text);
		out_u64(out, "looks", finding->looks);
	}
	out_end(out);
	free(list->unsure);
	list->unsure = NULL;
}

int finding_end(struct finding_list *list, int result)
{
	bool missed = list->doubts.bad || list->doubts.cut;

	out_end(list->out);
	put_unsure(list);
	if (result == 0 && !list->count && !list->unsure_count)
		out_note(list->out, missed ? "nothing found, but not all could be looked at" :
			 "nothing found");
	vm_note_doubts(list->out, &list->doubts);
	if (result < 0)
		return result;
	if (list->count)
		return EXIT_FOUND;
	return missed || list->unsure_count ? EXIT_UNSURE : 0;
}
