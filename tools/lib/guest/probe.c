// SPDX-License-Identifier: GPL-2.0-or-later
#include "field.h"
#include "list.h"
#include "probe.h"

#define TRACERS_MAX	65536
#define PROBE_LISTS	64u
#define PROBES_MAX	65536

int tracers_check(struct hunt *h)
{
	const struct guest_layout *l = &h->guest->layout;
	uint64_t at, end, target;
	int i, r = 0;

	if (!l->ftrace_func.size || !l->ftrace_next.size ||
	    kallsyms_find(h->guest->kernel.symbols, "ftrace_ops_list", &at) < 0 ||
	    kallsyms_find(h->guest->kernel.symbols, "ftrace_list_end", &end) < 0)
		return 0;
	if (space_read(h->guest->kernel.space, at, &at, sizeof(at)) < 0) {
		h->doubts->bad++;
		return 0;
	}
	for (i = 0; r == 0 && at && at != end; i++) {
		uint64_t ops = at;

		if (i == TRACERS_MAX) {
			h->doubts->cut++;
			break;
		}
		if (field_read(h->guest, ops, &l->ftrace_func, &target) < 0 ||
		    field_read(h->guest, ops, &l->ftrace_next, &at) < 0) {
			h->doubts->bad++;
			break;
		}
		r = hunt_code(h, field_address(ops, &l->ftrace_func), target);
	}
	return r;
}

/**
 * struct handlers - that the kernel itself has for probes
 * @several: calls each of those at one place; 0 when the kernel has none
 * @at_return: has a function return to where its probe's handler is called, likewise
 * @left: probes that may still come
 */
struct handlers {
	uint64_t several;
	uint64_t at_return;
	int left;
};

static int check_field(struct hunt *h, uint64_t of, const struct types_member *member)
{
	uint64_t target;

	if (!member->size)
		return 0;
	if (field_read(h->guest, of, member, &target) < 0) {
		h->doubts->bad++;
		return 0;
	}
	return hunt_code(h, field_address(of, member), target);
}

/* Sets @ret to what is called before the instruction. */
static int check_one(struct hunt *h, const struct handlers *known, uint64_t probe, uint64_t *ret)
{
	const struct guest_layout *l = &h->guest->layout;
	int r = check_field(h, probe, &l->kprobe_pre_handler);

	if (r == 0)
		r = check_field(h, probe, &l->kprobe_post_handler);
	if (r < 0)
		return r;
	if (field_read(h->guest, probe, &l->kprobe_pre_handler, ret) < 0)
		*ret = 0;
	/* Inside of what belongs to the function's return. */
	if (*ret && *ret == known->at_return && l->kretprobe_kp.size) {
		uint64_t whole = probe - l->kretprobe_kp.offset;

		r = check_field(h, whole, &l->kretprobe_handler);
		if (r == 0)
			r = check_field(h, whole, &l->kretprobe_entry_handler);
	}
	return r;
}

/* Those that share a place, behind one that was made for all of them. */
static int check_several(struct hunt *h, struct handlers *known, uint64_t of)
{
	const struct guest_layout *l = &h->guest->layout;
	struct list_walk list;
	uint64_t link, before;
	int r = 0;

	list_begin(&list, h->guest, field_address(of, &l->kprobe_list), PROBES_MAX, h->doubts);
	while (r == 0 && list_next(&list, &link)) {
		if (known->left-- <= 0) {
			h->doubts->cut++;
			break;
		}
		r = check_one(h, known, link - l->kprobe_list.offset, &before);
	}
	return r;
}

static int check_list(struct hunt *h, struct handlers *known, uint64_t head)
{
	const struct guest_layout *l = &h->guest->layout;
	struct list_walk list;
	uint64_t link, before;
	int r = 0;

	list_begin_hlist(&list, h->guest, head, PROBES_MAX, h->doubts);
	while (r == 0 && list_next(&list, &link)) {
		uint64_t probe = link - l->kprobe_hlist.offset;

		if (known->left-- <= 0) {
			h->doubts->cut++;
			break;
		}
		r = check_one(h, known, probe, &before);
		if (r == 0 && before && before == known->several && l->kprobe_list.size)
			r = check_several(h, known, probe);
	}
	return r;
}

int probes_check(struct hunt *h)
{
	struct kallsyms *symbols = h->guest->kernel.symbols;
	struct handlers known = { .left = PROBES_MAX };
	uint64_t table;
	uint32_t i;
	int r = 0;

	if (!h->guest->layout.kprobe_pre_handler.size ||
	    kallsyms_find(symbols, "kprobe_table", &table) < 0)
		return 0;
	kallsyms_find(symbols, "aggr_pre_handler", &known.several);
	kallsyms_find(symbols, "pre_handler_kretprobe", &known.at_return);
	for (i = 0; r == 0 && i < PROBE_LISTS; i++)
		r = check_list(h, &known, table + 8ull * i);
	return r;
}
