// SPDX-License-Identifier: GPL-2.0-or-later
#include <errno.h>
#include <string.h>

#include "base/macros.h"
#include "base/u64.h"
#include "field.h"
#include "hook.h"
#include "hunt.h"
#include "probe.h"

#define REGION_MAX	(128u << 20)
/* Of five levels of page tables, too. */
#define KERNEL_HALF	0xff00000000000000ull
#define GATES		256u
#define FILTERS_MAX	1024u

/* Between which addresses such code may be, or where it was. */
static const char *const excused[] = {
	/* Stack of a thread that idles: addresses to return to, of long ago too. */
	"init_stack",
	"execmem_info", "mod_tree", "kcore_modules", "address_markers",
};

/* Likewise, where the kernel's own code ends, which mostly is within a page of it. */
static const char *const bounds[] = {
	"init_mm", "builtin_coretext",
};

/**
 * struct scan - of the kernel's data
 * @hunt: what is hunted
 * @excused: places that lead to code and are no pointers to functions; a guest decides how often
 *	they are asked for
 * @bounds: places that have the end of the kernel's code
 */
struct scan {
	struct hunt *hunt;
	struct area excused[ARRAY_SIZE(excused)];
	struct area bounds[ARRAY_SIZE(bounds)];
};

/* --- the kernel's own data ----------------------------------------------------------- */

static void find_place(struct kallsyms *symbols, const char *name, struct area *ret)
{
	if (kallsyms_find(symbols, name, &ret->start) == 0)
		ret->end = kallsyms_after(symbols, ret->start);
}

static void begin_scan(struct scan *scan, struct hunt *h)
{
	struct kallsyms *symbols = h->guest->kernel.symbols;
	size_t i;

	*scan = (struct scan){ .hunt = h };
	for (i = 0; i < ARRAY_SIZE(excused); i++)
		find_place(symbols, excused[i], &scan->excused[i]);
	for (i = 0; i < ARRAY_SIZE(bounds); i++)
		find_place(symbols, bounds[i], &scan->bounds[i]);
}

static bool is_among(const struct area *places, size_t count, uint64_t address)
{
	size_t i;

	for (i = 0; i < count; i++)
		if (address >= places[i].start && address < places[i].end)
			return true;
	return false;
}

/* Wherever it is: in memory of data that was made executable, too, or behind the kernel's text. */
static bool is_foreign_code(const struct scan *scan, uint64_t target)
{
	const struct areas *areas = &scan->hunt->areas;

	return target >= KERNEL_HALF && !areas_in_kernel(areas, target) &&
	       areas_execute(areas, target);
}

/* A tracer keeps the code that was made for it when it traces no more. */
static bool is_old_tracer(const struct hunt *h, uint64_t at, uint64_t target)
{
	const struct guest_layout *l = &h->guest->layout;
	uint64_t ops = at - l->ftrace_trampoline.offset, func, size;

	return l->ftrace_trampoline.size && target % MEM_PAGE == 0 &&
	       field_read(h->guest, ops, &l->ftrace_func, &func) == 0 &&
	       field_read(h->guest, ops, &l->ftrace_trampoline_size, &size) == 0 &&
	       areas_know(&h->areas, func) && size && size <= MEM_PAGE;
}

/* What leads to such code and is no pointer to a function. */
static bool is_excused(const struct scan *scan, uint64_t at, uint64_t target)
{
	if (is_among(scan->excused, ARRAY_SIZE(excused), at))
		return true;
	if (target == scan->hunt->areas.kernel.end)
		return is_among(scan->bounds, ARRAY_SIZE(bounds), at);
	return is_old_tracer(scan->hunt, at, target);
}

static int check_word(const struct scan *scan, uint64_t at, uint64_t word, bool constant)
{
	struct hunt *h = scan->hunt;

	if (!is_foreign_code(scan, word) || (!constant && areas_know(&h->areas, word)) ||
	    is_excused(scan, at, word))
		return 0;
	return hunt_note(h, GUEST_POINTER_ASTRAY, at, word);
}

/* @constant: whether not even modules that are known may be led to. */
static int check_region(const struct scan *scan, const char *first, const char *last,
			bool constant)
{
	struct hunt *h = scan->hunt;
	const struct kernel *kernel = &h->guest->kernel;
	uint64_t start, stop, at, words[MEM_PAGE / 8];
	struct space_page page;
	size_t i, count;
	int found, r = 0;

	if (kallsyms_find(kernel->symbols, first, &start) < 0 ||
	    kallsyms_find(kernel->symbols, last, &stop) < 0)
		return 0;
	if (stop < start || stop - start < 16 || stop - start > REGION_MAX) {
		h->doubts->bad++;
		return 0;
	}
	for (at = (start + 7) & ~7ull; r == 0 && stop - at >= 8; at += 8 * count) {
		/* A page that is not there takes no other with it. */
		count = u64_min((MEM_PAGE - at % MEM_PAGE) / 8, (stop - at) / 8);
		found = space_read(kernel->space, at, words, 8 * count);
		if (found == -EDQUOT) {
			h->doubts->cut++;
			break;
		}
		if (found < 0) {
			/* What the kernel gave back after the boot is not mapped. */
			h->doubts->bad += space_translate(kernel->space, at, &page) == 0;
			continue;
		}
		for (i = 0; r == 0 && i < count; i++)
			r = check_word(scan, at + 8 * i, words[i], constant);
	}
	return r;
}

static int check_data(struct hunt *h)
{
	static const struct {
		const char *first;
		const char *last;
		bool constant;
	} regions[] = {
		{ "__start_rodata", "__start_ro_after_init", true },
		{ "__start_ro_after_init", "__end_ro_after_init", false },
		{ "__end_ro_after_init", "__end_rodata", true },
		{ "_sdata", "_edata", false },
		{ "__bss_start", "__bss_stop", false },
	};
	struct scan scan;
	size_t i;
	int r = 0;

	begin_scan(&scan, h);
	for (i = 0; r == 0 && i < ARRAY_SIZE(regions); i++)
		r = check_region(&scan, regions[i].first, regions[i].last, regions[i].constant);
	return r;
}

/* --- interrupts ---------------------------------------------------------------------- */

static bool is_in(const struct hunt *h, const char *name, uint64_t address)
{
	struct kallsyms *symbols = h->guest->kernel.symbols;
	uint64_t start;

	return kallsyms_find(symbols, name, &start) == 0 && address >= start &&
	       address < kallsyms_after(symbols, start);
}

/* Those that never come are as they were for the boot. */
static int check_gate(struct hunt *h, uint64_t gate)
{
	const struct guest_layout *l = &h->guest->layout;
	uint64_t low, middle, high, target;

	if (field_read(h->guest, gate, &l->gate_low, &low) < 0 ||
	    field_read(h->guest, gate, &l->gate_middle, &middle) < 0 ||
	    field_read(h->guest, gate, &l->gate_high, &high) < 0) {
		h->doubts->bad++;
		return 0;
	}
	target = low | middle << 16 | high << 32;
	if (!target || is_in(h, "early_idt_handler_array", target) ||
	    areas_in_kernel(&h->areas, target))
		return 0;
	return hunt_note(h, GUEST_INTERRUPT_CHANGED, gate, target);
}

static int check_interrupts(struct hunt *h)
{
	uint64_t table;
	uint32_t i, size;
	int r = 0;

	if (!h->guest->layout.gate_low.size ||
	    kallsyms_find(h->guest->kernel.symbols, "idt_table", &table) < 0 ||
	    types_size(h->guest->kernel.types, "gate_struct", &size, NULL) < 0)
		return 0;
	for (i = 0; r == 0 && i < GATES; i++)
		r = check_gate(h, table + (uint64_t)i * size);
	return r;
}

/* --- those who filter packets --------------------------------------------------------- */

/* @size: of a struct nf_hook_entry. */
static int check_filters_of(struct hunt *h, uint64_t entries, uint32_t size)
{
	const struct guest_layout *l = &h->guest->layout;
	uint64_t i, count, target, hooks;
	int r = 0;

	if (field_read(h->guest, entries, &l->nf_entries_count, &count) < 0 ||
	    count > FILTERS_MAX) {
		h->doubts->bad++;
		return 0;
	}
	hooks = entries + l->nf_entries_hooks.offset;
	for (i = 0; r == 0 && i < count; i++) {
		uint64_t hook = hooks + i * size;

		if (field_read(h->guest, hook, &l->nf_entry_hook, &target) < 0)
			h->doubts->bad++;
		else
			r = hunt_code(h, field_address(hook, &l->nf_entry_hook), target);
	}
	return r;
}

/* Of the first network namespace. */
static int check_filters(struct hunt *h)
{
	const struct guest_layout *l = &h->guest->layout;
	const struct types_member *tables[] = { &l->net_nf_ipv4, &l->net_nf_ipv6 };
	uint64_t net, entries;
	uint32_t n, i, size;
	int r = 0;

	if (!l->nf_entries_count.size || !l->nf_entry_hook.size ||
	    types_size(h->guest->kernel.types, "nf_hook_entry", &size, NULL) < 0 ||
	    kallsyms_find(h->guest->kernel.symbols, "init_net", &net) < 0)
		return 0;
	for (n = 0; n < ARRAY_SIZE(tables); n++) {
		for (i = 0; r == 0 && i < tables[n]->elements && i < GATES; i++) {
			if (space_read(h->guest->kernel.space,
				       field_address(net, tables[n]) + 8ull * i, &entries, 8) < 0)
				h->doubts->bad++;
			else if (entries)
				r = check_filters_of(h, entries, size);
		}
	}
	return r;
}

int hooks_find(struct guest *guest, struct findings *ret, void *data,
	       struct guest_doubts *doubts)
{
	static int (*const checks[])(struct hunt *h) = {
		check_data, check_interrupts, tracers_check, probes_check, check_filters,
	};
	struct hunt h = { .guest = guest, .findings = ret, .doubts = doubts };
	size_t i;
	int r = areas_read(guest, &h.areas, doubts);

	for (i = 0; r == 0 && i < ARRAY_SIZE(checks); i++)
		r = checks[i](&h);
	areas_free(&h.areas);
	return r;
}
