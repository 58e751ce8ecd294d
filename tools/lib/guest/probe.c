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
 * struct probing - while probes are gone through
 * @at_return: the kernel's own handler that has a function return to where its probe's is called;
 *	0 when the kernel has none
 * @left: probes that may still come
 */
struct probing {
	uint64_t at_return;
	int left;
};

/* Return: 0, and where it leads in @ret; -ENOMEM. */
static int check_field(struct hunt *h, uint64_t of, const struct types_member *member,
		       uint64_t *ret)
{
	*ret = 0;
	if (!member->size)
		return 0;
	if (field_read(h->guest, of, member, ret) < 0) {
		h->doubts->bad++;
		return 0;
	}
	return hunt_code(h, field_address(of, member), *ret);
}

static int check_one(struct hunt *h, const struct probing *p, uint64_t probe)
{
	const struct guest_layout *l = &h->guest->layout;
	uint64_t before, other;
	int r = check_field(h, probe, &l->kprobe_pre_handler, &before);

	if (r == 0)
		r = check_field(h, probe, &l->kprobe_post_handler, &other);
	/* Inside of what belongs to the function's return. */
	if (r == 0 && before && before == p->at_return && l->kretprobe_kp.size) {
		uint64_t whole = probe - l->kretprobe_kp.offset;

		r = check_field(h, whole, &l->kretprobe_handler, &other);
		if (r == 0)
			r = check_field(h, whole, &l->kretprobe_entry_handler, &other);
	}
	return r;
}

/* The next probe of a list whose links are so far behind their beginnings. */
static bool next_probe(struct hunt *h, struct probing *p, struct list_walk *list, uint64_t offset,
		       uint64_t *ret)
{
	uint64_t link;

	if (!list_next(list, &link))
		return false;
	if (p->left-- <= 0) {
		h->doubts->cut++;
		return false;
	}
	*ret = link - offset;
	return true;
}

/*
 * Those that share a place, behind one that was made for all of them.  Which one that is its
 * handler before the instruction does not tell: the one behind it, and the code of a probe that was
 * made a jump, go through them too.  Any other one has an empty list.
 */
static int check_several(struct hunt *h, struct probing *p, uint64_t of)
{
	const struct types_member *member = &h->guest->layout.kprobe_list;
	struct list_walk list;
	uint64_t probe;
	int r = 0;

	if (!member->size)
		return 0;
	list_begin(&list, h->guest, field_address(of, member), PROBES_MAX, h->doubts);
	while (r == 0 && next_probe(h, p, &list, member->offset, &probe))
		r = check_one(h, p, probe);
	return r;
}

static int check_list(struct hunt *h, struct probing *p, uint64_t head)
{
	struct list_walk list;
	uint64_t probe;
	int r = 0;

	list_begin_hlist(&list, h->guest, head, PROBES_MAX, h->doubts);
	while (r == 0 && next_probe(h, p, &list, h->guest->layout.kprobe_hlist.offset, &probe)) {
		r = check_one(h, p, probe);
		if (r == 0)
			r = check_several(h, p, probe);
	}
	return r;
}

int probes_check(struct hunt *h)
{
	struct kallsyms *symbols = h->guest->kernel.symbols;
	struct probing p = { .left = PROBES_MAX };
	uint64_t table;
	uint32_t i;
	int r = 0;

	if (!h->guest->layout.kprobe_pre_handler.size ||
	    kallsyms_find(symbols, "kprobe_table", &table) < 0)
		return 0;
	kallsyms_find(symbols, "pre_handler_kretprobe", &p.at_return);
	for (i = 0; r == 0 && i < PROBE_LISTS; i++)
		r = check_list(h, &p, table + 8ull * i);
	return r;
}
