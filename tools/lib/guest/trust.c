// SPDX-License-Identifier: GPL-2.0-or-later
#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "area.h"
#include "field.h"
#include "finding.h"
#include "trust.h"

/**
 * struct judging - while a kernel's text is settled
 * @guest: whose
 * @areas: code that is known
 * @findings: what leads elsewhere
 * @known: what it is held against
 * @other_processor: whether it is another one, so that most of the text is different
 * @err: why it failed
 */
struct judging {
	struct guest *guest;
	struct areas areas;
	struct findings *findings;
	const struct enrolment *known;
	bool other_processor;
	struct error *err;
};

/* Those whom traced functions call: one of two of the kernel, or what was made for a tracer. */
static bool may_call(uint64_t target, void *data)
{
	const struct judging *j = data;
	enum area_kind kind = areas_find(&j->areas, target);
	struct kallsyms_symbol symbol;

	if (kind != AREA_KERNEL)
		return kind == AREA_TRACER || kind == AREA_BPF;
	return kallsyms_name(j->guest->kernel.symbols, target, &symbol) == 0 &&
	       (strcmp(symbol.name, "ftrace_caller") == 0 ||
		strcmp(symbol.name, "ftrace_regs_caller") == 0) && symbol.address == target;
}

static bool is_code(uint64_t target, void *data)
{
	const struct judging *j = data;

	return areas_know(&j->areas, target);
}

static int note_hook(uint64_t address, uint64_t target, void *data)
{
	struct judging *j = data;
	struct guest_finding finding = {
		.kind = GUEST_CODE_HOOKED,
		.number = target,
		.address = address,
	};

	findings_name(j->guest, &finding);
	return findings_add(j->findings, &finding);
}

static const enum guest_finding_kind kinds[] = {
	[ENROLMENT_TYPES] = GUEST_TYPES_CHANGED,
	[ENROLMENT_SYMBOLS] = GUEST_SYMBOLS_CHANGED,
	[ENROLMENT_PROCESSOR] = GUEST_PROCESSOR_CHANGED,
	[ENROLMENT_TEXT] = GUEST_TEXT_CHANGED,
	[ENROLMENT_CONSTANTS] = GUEST_CONSTANTS_CHANGED,
};

static int note_difference(enum enrolment_what what, uint64_t address, void *data)
{
	struct judging *j = data;
	struct guest_finding finding = { .kind = kinds[what], .number = 1, .address = address };
	size_t i;

	j->other_processor |= what == ENROLMENT_PROCESSOR;
	/* Thousands of pages tell no more than the first one. */
	for (i = 0; j->other_processor && i < j->findings->count; i++) {
		if (j->findings->list[i].kind == finding.kind) {
			j->findings->list[i].number++;
			return 0;
		}
	}
	findings_name(j->guest, &finding);
	return findings_add(j->findings, &finding);
}

static const struct image_judge judge = {
	.may_call = may_call,
	.is_code = is_code,
	.take = note_hook,
};

static int begin(struct judging *j, struct guest_doubts *doubts)
{
	int r = areas_read(j->guest, &j->areas, doubts);

	return r < 0 ? error_errno(j->err, r, "the guest's code") : 0;
}

int guest_enrol(struct guest *guest, struct enrolment **ret, struct error *err)
{
	struct findings findings = { 0 };
	struct judging j = { .guest = guest, .findings = &findings, .err = err };
	struct image_judge with = judge;
	struct guest_doubts doubts = { 0 };
	struct enrolment *taken = NULL;
	int r;

	with.data = &j;
	guest_refresh(guest);
	r = begin(&j, &doubts);
	if (r == 0)
		r = enrolment_take(&taken, &guest->kernel, &with, err);
	if (r == 0 && findings.count)
		r = error_set(err, -EPERM,
			      "its text is changed already: %s leads to 0x%" PRIx64,
			      findings.list[0].name, findings.list[0].number);
	areas_free(&j.areas);
	free(findings.list);
	if (r < 0) {
		enrolment_free(taken);
		return r;
	}
	*ret = taken;
	return 0;
}

static int look(struct guest *guest, struct findings *ret, void *data,
		struct guest_doubts *doubts)
{
	struct judging j = *(struct judging *)data;
	struct image_judge with = judge;
	int r;

	j.findings = ret;
	with.data = &j;
	r = begin(&j, doubts);
	if (r == 0)
		r = enrolment_compare(j.known, &guest->kernel, &with, note_difference, &j, j.err);
	areas_free(&j.areas);
	return r;
}

int guest_compare(struct guest *guest, const struct enrolment *known,
		  int (*take)(const struct guest_finding *finding, void *data), void *data,
		  struct guest_doubts *doubts, struct error *err)
{
	struct judging j = { .guest = guest, .known = known, .err = err };

	return findings_repeat(guest, look, &j, take, data, doubts);
}
