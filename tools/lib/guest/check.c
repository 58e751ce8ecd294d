// SPDX-License-Identifier: GPL-2.0-or-later
#include <errno.h>

#include "check.h"
#include "field.h"
#include "finding.h"
#include "hidden.h"
#include "hook.h"
#include "unlisted.h"

#define SYSCALLS_MAX	1024

/* It ends before the symbol that follows it; what is 0 there fills the space between. */
static int read_syscalls(const struct guest *guest, uint64_t table,
			 uint64_t entries[SYSCALLS_MAX])
{
	struct kallsyms_symbol symbol;
	int count;

	for (count = 0; count < SYSCALLS_MAX; count++) {
		uint64_t at = table + 8ull * (unsigned int)count;
		int r;

		if (kallsyms_name(guest->kernel.symbols, at, &symbol) < 0 ||
		    symbol.address != table)
			break;
		r = space_read(guest->kernel.space, at, &entries[count], sizeof(entries[count]));
		if (r < 0)
			return r;
	}
	while (count > 0 && entries[count - 1] == 0)
		count--;
	return count;
}

static int check_syscalls(struct guest *guest,
			  int (*take)(const struct guest_finding *finding, void *data),
			  void *data, struct guest_doubts *doubts)
{
	struct kallsyms *symbols = guest->kernel.symbols;
	uint64_t table, start, end, entries[SYSCALLS_MAX];
	int i, count, r = 0;

	/* Some kernels have none. */
	if (kallsyms_find(symbols, "sys_call_table", &table) < 0)
		return 0;
	if (kallsyms_find(symbols, "_stext", &start) < 0 ||
	    kallsyms_find(symbols, "_etext", &end) < 0)
		return -ENOENT;
	count = read_syscalls(guest, table, entries);
	if (count < 0) {
		doubts->bad++;
		return 0;
	}
	for (i = 0; r == 0 && i < count; i++) {
		const struct guest_finding finding = {
			.kind = GUEST_SYSCALL_CHANGED,
			.number = (uint64_t)i,
			.address = entries[i],
		};

		if (entries[i] < start || entries[i] >= end)
			r = take(&finding, data);
	}
	return r;
}

int guest_check(struct guest *guest,
		int (*take)(const struct guest_finding *finding, void *data), void *data,
		struct guest_doubts *doubts)
{
	int r = findings_repeat(guest, unlisted_processes, NULL, take, data, doubts);

	if (r == 0)
		r = check_syscalls(guest, take, data, doubts);
	if (r == 0)
		r = findings_repeat(guest, hidden_modules, NULL, take, data, doubts);
	if (r == 0)
		r = findings_repeat(guest, hooks_find, NULL, take, data, doubts);
	return r;
}
