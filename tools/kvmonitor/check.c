// SPDX-License-Identifier: GPL-2.0-or-later
/* kvmonitor check: signs of somebody who hides in the guest's kernel. */
#include <errno.h>
#include <stdio.h>

#include "base/cleanup.h"
#include "base/macros.h"
#include "command.h"
#include "finding.h"
#include "guest/check.h"
#include "guest/trust.h"
#include "vm.h"

static const struct out_column columns[] = {
	{ .key = "build_id", .title = "Build-id" },
	{ .key = "enrolled", .title = "Enrolled" },
};

/* Return: 1; 0 when it is not enrolled; negative errno. */
static int find_enrolment(struct vm *vm, struct out *out, struct enrolment **ret,
			  struct error *err)
{
	__free_mem char *text = NULL;
	char id[ENROLMENT_ID_MAX] = "";
	size_t len = 0;
	int r = enrolment_id(guest_kernel(vm->guest), id, err);

	if (r == 0)
		r = store_get(&vm->store, id, &text, &len, err);
	if (r < 0 && r != -ENOENT)
		return r;
	out_begin(out, OUT_RECORD, "enrolment", columns, ARRAY_SIZE(columns));
	out_text(out, "build_id", id);
	out_text_as(out, "enrolled", r == 0 ? "yes" : "no",
		    r == 0 ? "yes" : "no; see 'kvmonitor enrol'");
	out_end(out);
	if (r < 0)
		return 0;
	r = enrolment_parse(ret, text, len, err);
	return r < 0 ? r : 1;
}

/* Its build-id may be a lie, so that it is not found. */
static void put_unknown(const struct vm *vm, struct finding_list *list)
{
	struct guest_finding finding = { .kind = GUEST_NOT_ENROLLED };

	snprintf(finding.name, sizeof(finding.name), "%.60s",
		 guest_kernel(vm->guest)->release);
	finding_put(&finding, list);
}

static int show(struct vm *vm, struct out *out, char **arguments, size_t count,
		struct error *err)
{
	struct enrolment *known = NULL;
	struct finding_list list;
	int r = find_enrolment(vm, out, &known, err);

	if (r < 0)
		return r;
	finding_begin(&list, out);
	if (!known && vm->enrolled)
		put_unknown(vm, &list);
	r = guest_check(vm->guest, finding_put, &list, &list.doubts);
	if (r < 0)
		error_errno(err, r, "the guest");
	if (r == 0 && known)
		r = guest_compare(vm->guest, known, finding_put, &list, &list.doubts, err);
	enrolment_free(known);
	return finding_end(&list, r);
}

static int run(const struct command *self, int argc, char **argv, struct error *err)
{
	static const struct option longs[] = {
		{ "store", required_argument, NULL, VM_OPTION_STORE },
		{ "enrolled", no_argument, NULL, VM_OPTION_ENROLLED },
		VM_OPTIONS_END
	};
	static const struct vm_show what = {
		.wants = "one VM",
		.anew = true,
		.show = show,
		.longs = longs,
		.store = VM_STORE_READ,
	};

	return vm_run(self, &what, argc, argv, err);
}

const struct command command_check = {
	.name = "check",
	.run = run,
	.brief = "signs of somebody who hides",
	.help = "kvmonitor check [OPTION]... VM\n\n"
		"Hold against each other what the guest's kernel has in two ways: processes by its\n"
		"list and by their numbers; system calls and where its code is; and what it is now\n"
		"against what it was when it was enrolled.  Exits with 3 when something was found,\n"
		"and with 4 when nothing was found but not all could be looked at, or something was\n"
		"found in some looks only.\n"
		HELP_VM "\n"
		"  --enrolled       it is a finding when it is not enrolled\n"
		HELP_STORE
		HELP_VM_END "\n"
		"Example:\n"
		"  kvmonitor check web1 || mail -s 'look at web1' root\n",
};
