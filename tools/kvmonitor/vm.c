// SPDX-License-Identifier: GPL-2.0-or-later
#include <errno.h>
#include <inttypes.h>
#include <sys/stat.h>

#include "mem/dump.h"
#include "mem/qemu.h"
#include "vm.h"

static int open_mem(struct mem **ret, const char *name, struct error *err)
{
	struct stat st;

	if (stat(name, &st) < 0)
		return error_errno(err, -errno, "%s", name);
	if (S_ISSOCK(st.st_mode))
		return mem_open_qmp(ret, name, name, err);
	return mem_open_dump(ret, name, err);
}

int vm_open(struct vm *vm, const char *name, struct error *err)
{
	struct error why;
	int r = open_mem(&vm->mem, name, err);

	if (r < 0)
		return r;
	r = guest_open(&vm->guest, vm->mem, &why);
	if (r < 0) {
		mem_destroy(vm->mem);
		return error_set(err, r, "%s: %.250s", name, why.text);
	}
	return 0;
}

void vm_close(struct vm *vm)
{
	guest_close(vm->guest);
	mem_destroy(vm->mem);
}

void vm_note_doubts(struct out *out, const struct guest_doubts *doubts)
{
	if (doubts->torn || doubts->bad || doubts->cut)
		out_note(out, "in doubt: %" PRIu64 " links changed meanwhile, %" PRIu64
			 " objects could not be read, %" PRIu64 " lists had no end",
			 doubts->torn, doubts->bad, doubts->cut);
}

int vm_each(const struct vm *vm, struct out *out, char **arguments, size_t count,
	    int (*put)(struct out *out, const struct guest *guest, const char *text,
		       struct error *err),
	    struct error *err)
{
	size_t i;
	int r = 0;

	for (i = 0; r == 0 && i < count; i++)
		r = put(out, vm->guest, arguments[i], err);
	return r;
}

int vm_run(const struct command *self, const struct vm_show *show, int argc, char **argv,
	   struct error *err)
{
	static const struct option longs[] = { OPTIONS_END_JSON };
	struct options options = { 0 };
	struct out *out;
	struct vm vm;
	int status, r = options_next(self, argc, argv, ":h", longs, &options, &status);
	size_t count;

	if (r == OPTIONS_EXIT)
		return status;
	count = (size_t)(argc - optind);
	if (count < 1 + show->least || count > 1 + show->most)
		return usage_error(self, "wants %s", show->wants);
	r = vm_open(&vm, argv[optind], err);
	if (r < 0)
		return r;
	r = options_out(&options, MEM_PAGE, &out, err);
	if (r == 0) {
		status = show->show(&vm, out, argv + optind + 1, count - 1, err);
		r = status < 0 ? status : out_finish(out, err);
		out_destroy(out);
	}
	vm_close(&vm);
	return r < 0 ? r : status;
}
