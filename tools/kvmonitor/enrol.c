// SPDX-License-Identifier: GPL-2.0-or-later
/* kvmonitor enrol: keep what a guest's kernel is like while it is trusted. */
#include <errno.h>

#include "base/cleanup.h"
#include "base/macros.h"
#include "command.h"
#include "finding.h"
#include "guest/trust.h"
#include "vm.h"

static const struct out_column columns[] = {
	{ .key = "kernel", .title = "Kernel" },
	{ .key = "build_id", .title = "Build-id" },
	{ .key = "enrolled", .title = "Enrolled" },
	{ .key = "bytes", .title = "Kept" },
};

static void put(struct out *out, const struct enrolment *e, const char *how, size_t bytes)
{
	out_begin(out, OUT_RECORD, NULL, columns, ARRAY_SIZE(columns));
	out_text(out, "kernel", e->release);
	out_text(out, "build_id", e->build_id);
	out_text(out, "enrolled", how);
	out_size(out, "bytes", bytes);
	out_end(out);
}

static int keep(const struct vm *vm, struct out *out, const struct enrolment *e, const char *how,
		struct error *err)
{
	__free_mem char *text = NULL;
	size_t len = 0;
	int r = enrolment_format(e, &text, &len);

	if (r < 0)
		return error_errno(err, r, "enrolment of %s", e->build_id);
	r = store_put(&vm->store, e->build_id, text, len, err);
	if (r == 0)
		put(out, e, how, len);
	return r;
}

/* Return: 0 when nothing is different; EXIT_FOUND; EXIT_UNSURE; negative errno. */
static int compare(struct vm *vm, struct out *out, const struct enrolment *known,
		   struct error *err)
{
	struct finding_list list;
	int r;

	finding_begin(&list, out);
	r = guest_compare(vm->guest, known, finding_put, &list, &list.doubts, err);
	return finding_end(&list, r);
}

static int enrol(struct vm *vm, struct out *out, const struct enrolment *now, struct error *err)
{
	__free_mem char *text = NULL;
	struct enrolment *known;
	size_t len = 0;
	int r = store_get(&vm->store, now->build_id, &text, &len, err);

	if (r == -ENOENT || (r == 0 && vm->again))
		return keep(vm, out, now, r == 0 ? "again" : "for the first time", err);
	if (r == 0)
		r = enrolment_parse(&known, text, len, err);
	if (r < 0)
		return r;
	r = compare(vm, out, known, err);
	if (r == 0)
		put(out, known, "before, and nothing is different", len);
	enrolment_free(known);
	return r;
}

static int show(struct vm *vm, struct out *out, char **arguments, size_t count,
		struct error *err)
{
	struct enrolment *now;
	int r = guest_enrol(vm->guest, &now, err);

	if (r < 0)
		return r;
	r = enrol(vm, out, now, err);
	enrolment_free(now);
	return r;
}

static int run(const struct command *self, int argc, char **argv, struct error *err)
{
	static const struct option longs[] = {
		{ "store", required_argument, NULL, VM_OPTION_STORE },
		{ "again", no_argument, NULL, VM_OPTION_AGAIN },
		VM_OPTIONS_END
	};
	static const struct vm_show what = {
		.wants = "one VM",
		.anew = true,
		.show = show,
		.longs = longs,
		.store = VM_STORE_WRITTEN,
	};

	return vm_run(self, &what, argc, argv, err);
}

const struct command command_enrol = {
	.name = "enrol",
	.run = run,
	.brief = "keep what its kernel is like while it is trusted",
	.help = "kvmonitor enrol [OPTION]... VM\n\n"
		"Keep hashes of the kernel's types, symbols, text and constants, by its build-id,\n"
		"for 'kvmonitor check' to hold later ones against.  A kernel that is known and is\n"
		"not as it was is not enrolled: what differs is told, and the exit status is 3,\n"
		"or 4 when nothing differs but not all could be looked at.\n"
		HELP_VM "\n"
		"      --again        replace what is kept\n"
		HELP_STORE
		HELP_VM_END "\n"
		"Example:\n"
		"  kvmonitor enrol web1\n",
};
