// SPDX-License-Identifier: GPL-2.0-or-later
#include <errno.h>
#include <stdlib.h>

#include "base/array.h"
#include "base/u64.h"
#include "area.h"
#include "executable.h"
#include "field.h"
#include "list.h"
#include "module.h"

#define AREAS_MAX	1000000u
#define TRACERS_MAX	65536
#define PROGRAMS_MAX	500000u
/* What the kernel makes of one program; the largest modules have 10 MB of text, and may grow. */
#define PROGRAM_MAX	(8u << 20)
#define MODULE_MAX	(64u << 20)
#define KERNEL_MAX	(128u << 20)
/* For one tracer: some hundred bytes. */
#define TRACER_MAX	MEM_PAGE

int area_list_add(struct area_list *list, size_t most, struct area piece)
{
	struct area *pieces;

	if (list->count == most)
		return -ENOSPC;
	pieces = array_room(list->list, list->count, &list->room, sizeof(*pieces));
	if (!pieces)
		return -ENOMEM;
	list->list = pieces;
	list->list[list->count++] = piece;
	return 0;
}

static int add(struct areas *areas, uint64_t start, uint64_t end, enum area_kind kind)
{
	if (end <= start)
		return 0;
	return area_list_add(&areas->kinds[kind], AREAS_MAX, (struct area){ start, end });
}

/* The piece that an address is in; NULL. */
static const struct area *find(const struct area_list *of, uint64_t address)
{
	size_t low = 0, high = of->count;

	while (low < high) {
		size_t mid = low + (high - low) / 2;

		if (of->list[mid].end <= address)
			low = mid + 1;
		else
			high = mid;
	}
	return low < of->count && address >= of->list[low].start ? &of->list[low] : NULL;
}

static int read_kernel(const struct guest *guest, struct areas *ret)
{
	struct area kernel;
	const struct area *mapped;

	if (kallsyms_find(guest->kernel.symbols, "_stext", &kernel.start) < 0 ||
	    kallsyms_find(guest->kernel.symbols, "_etext", &kernel.end) < 0)
		return -ENOENT;
	if (kernel.end <= kernel.start || kernel.end - kernel.start > KERNEL_MAX)
		return -EPROTO;
	mapped = find(&ret->executable, kernel.start);
	if (mapped)
		kernel.end = u64_min(kernel.end, mapped->end);
	ret->kernel = kernel;
	return 0;
}

/*
 * Whatever is said to be code and is larger than any is would excuse all that leads there.  What
 * cannot be executed is no code, and behind most there is a page that is not mapped at all.
 */
static int add_made(struct areas *areas, uint64_t start, uint64_t len, uint64_t most,
		    enum area_kind kind, struct guest_doubts *doubts)
{
	const struct area *mapped;

	if (len > most || start + len < start) {
		doubts->bad++;
		return 0;
	}
	mapped = find(&areas->executable, start);
	return mapped ? add(areas, start, u64_min(start + len, mapped->end), kind) : 0;
}

/**
 * struct reading - while modules' code is read
 * @areas: get it
 * @doubts: counted
 */
struct reading {
	struct areas *areas;
	struct guest_doubts *doubts;
};

static int add_module(const struct guest_module *module, void *data)
{
	const struct reading *to = data;
	int r = add_made(to->areas, module->base, module->text_size, MODULE_MAX, AREA_MODULE,
			 to->doubts);

	/* What is only there while it is loaded is freed then. */
	if (r < 0 || module->state == GUEST_MODULE_LIVE)
		return r;
	return add_made(to->areas, module->init_base, module->init_text_size, MODULE_MAX,
			AREA_MODULE, to->doubts);
}

/* A chain that ends at ftrace_list_end; each may have code of its own that calls it. */
static int add_tracers(const struct guest *guest, struct areas *areas,
		       struct guest_doubts *doubts)
{
	const struct guest_layout *l = &guest->layout;
	uint64_t at, end;
	int i, r = 0;

	if (!l->ftrace_next.size || !l->ftrace_trampoline.size ||
	    kallsyms_find(guest->kernel.symbols, "ftrace_ops_list", &at) < 0 ||
	    kallsyms_find(guest->kernel.symbols, "ftrace_list_end", &end) < 0)
		return 0;
	if (space_read(guest->kernel.space, at, &at, sizeof(at)) < 0)
		at = 0;
	for (i = 0; r == 0 && at && at != end; i++) {
		uint64_t start, size;

		if (i == TRACERS_MAX) {
			doubts->cut++;
			break;
		}
		if (field_read(guest, at, &l->ftrace_trampoline, &start) < 0 ||
		    field_read(guest, at, &l->ftrace_trampoline_size, &size) < 0 ||
		    field_read(guest, at, &l->ftrace_next, &at) < 0) {
			doubts->bad++;
			break;
		}
		if (start && size)
			r = add_made(areas, start, size, TRACER_MAX, AREA_TRACER, doubts);
	}
	return r;
}

static int add_programs(const struct guest *guest, struct areas *areas,
			struct guest_doubts *doubts)
{
	const struct guest_layout *l = &guest->layout;
	struct list_walk list;
	uint64_t head, link;
	int r = 0;

	if (!l->bpf_ksym_link.size ||
	    kallsyms_find(guest->kernel.symbols, "bpf_kallsyms", &head) < 0)
		return 0;
	list_begin(&list, guest, head, PROGRAMS_MAX, doubts);
	while (r == 0 && list_next(&list, &link)) {
		uint64_t at = link - l->bpf_ksym_link.offset, start, end;

		if (field_read(guest, at, &l->bpf_ksym_start, &start) < 0 ||
		    field_read(guest, at, &l->bpf_ksym_end, &end) < 0)
			doubts->bad++;
		else
			r = add_made(areas, start, end - start, PROGRAM_MAX, AREA_BPF, doubts);
	}
	return r;
}

static int by_start(const void *a, const void *b)
{
	const struct area *x = a, *y = b;

	return (x->start > y->start) - (x->start < y->start);
}

/* A guest may have said the same again and again. */
static void merge(struct area_list *of)
{
	size_t i, last = 0;

	if (!of->count)
		return;
	qsort(of->list, of->count, sizeof(*of->list), by_start);
	for (i = 1; i < of->count; i++) {
		if (of->list[i].start > of->list[last].end)
			of->list[++last] = of->list[i];
		else if (of->list[i].end > of->list[last].end)
			of->list[last].end = of->list[i].end;
	}
	of->count = last + 1;
}

int areas_read(struct guest *guest, struct areas *ret, struct guest_doubts *doubts)
{
	struct reading to = { .areas = ret, .doubts = doubts };
	enum area_kind kind;
	int r = executable_read(guest, &ret->executable, doubts);

	if (r == 0)
		r = read_kernel(guest, ret);
	if (r < 0)
		return r;
	r = guest_modules(guest, add_module, &to, doubts);
	/* A kernel without modules has none. */
	if (r == -ENOENT)
		r = 0;
	if (r == 0)
		r = add_tracers(guest, ret, doubts);
	if (r == 0)
		r = add_programs(guest, ret, doubts);
	for (kind = 0; kind < AREA_KINDS; kind++)
		merge(&ret->kinds[kind]);
	return r;
}

void areas_free(struct areas *areas)
{
	enum area_kind kind;

	for (kind = 0; kind < AREA_KINDS; kind++)
		free(areas->kinds[kind].list);
	free(areas->executable.list);
	*areas = (struct areas){ 0 };
}

bool areas_in_kernel(const struct areas *areas, uint64_t address)
{
	return address >= areas->kernel.start && address < areas->kernel.end;
}

enum area_kind areas_find(const struct areas *areas, uint64_t address)
{
	enum area_kind kind;

	if (areas_in_kernel(areas, address))
		return AREA_KERNEL;
	for (kind = 0; kind < AREA_KINDS; kind++)
		if (find(&areas->kinds[kind], address))
			break;
	return kind;
}

bool areas_execute(const struct areas *areas, uint64_t address)
{
	return find(&areas->executable, address);
}

bool areas_know(const struct areas *areas, uint64_t address)
{
	return areas_find(areas, address) != AREA_KINDS;
}
