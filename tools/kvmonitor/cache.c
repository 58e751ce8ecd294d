// SPDX-License-Identifier: GPL-2.0-or-later
/* kvmonitor cache: which files fill the guest's page cache. */
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/macros.h"
#include "base/parse.h"
#include "cached.h"
#include "command.h"
#include "vm.h"

#define TOP_DEFAULT	20
#define TOP_MAX		1000000000

enum { OPTION_TOP = VM_OPTION_OWN };

static const struct out_column file_columns[] = {
	{ .key = "cached_bytes", .title = "CACHED", .right = true },
	{ .key = "dirty_bytes", .title = "DIRTY", .right = true },
	{ .key = "writeback_bytes" },
	{ .key = "swapped_bytes", .title = "SWAPPED", .right = true },
	{ .key = "size_bytes", .title = "SIZE", .right = true },
	{ .key = "device" },
	{ .key = "inode" },
	{ .key = "type", .title = "TYPE" },
	{ .key = "deleted" },
	{ .key = "path", .title = "PATH" },
};

static const struct out_column range_columns[] = {
	{ .key = "offset_bytes", .title = "FROM", .right = true },
	{ .key = "length_bytes", .title = "LENGTH", .right = true },
	{ .key = "state", .title = "STATE" },
	{ .key = "dirty", .title = "DIRTY" },
	{ .key = "writeback", .title = "WRITTEN NOW" },
	{ .key = "physical", .title = "PHYSICAL" },
};

static const char * const kinds[] = {
	[GUEST_PAGES_PRESENT] = "cached",
	[GUEST_PAGES_EVICTED] = "evicted",
	[GUEST_PAGES_SWAPPED] = "swapped",
};

static int by_size(const void *a, const void *b)
{
	const struct cached_file *x = a, *y = b;

	if (x->present != y->present)
		return x->present < y->present ? 1 : -1;
	return (x->swapped < y->swapped) - (x->swapped > y->swapped);
}

static void put_file(struct out *out, const struct guest *guest, const struct cached *cached,
		     const struct cached_file *file)
{
	const struct cached_system *system = &cached->systems[file->system];
	char path[CACHED_PATH_MAX], device[24];
	bool deleted = cached_path(guest, cached, file, path);

	out_row(out);
	snprintf(device, sizeof(device), "%u:%u", system->sb.major, system->sb.minor);
	out_size(out, "cached_bytes", file->present * MEM_PAGE);
	out_size(out, "dirty_bytes", file->dirty * MEM_PAGE);
	out_size(out, "writeback_bytes", file->writeback * MEM_PAGE);
	out_size(out, "swapped_bytes", file->swapped * MEM_PAGE);
	out_size(out, "size_bytes", file->inode.size);
	out_text(out, "device", device);
	out_u64(out, "inode", file->inode.number);
	out_text(out, "type", system->sb.type);
	out_flag(out, "deleted", deleted);
	out_text(out, "path", path);
}

static void put_total(struct out *out, const struct cached *cached)
{
	struct cached_file total = { 0 };
	size_t i;

	for (i = 0; i < cached->count; i++) {
		total.present += cached->files[i].present;
		total.dirty += cached->files[i].dirty;
		total.writeback += cached->files[i].writeback;
		total.swapped += cached->files[i].swapped;
	}
	out_total_row(out);
	out_size(out, "cached_bytes", total.present * MEM_PAGE);
	out_size(out, "dirty_bytes", total.dirty * MEM_PAGE);
	out_size(out, "swapped_bytes", total.swapped * MEM_PAGE);
	out_label(out, "path", "all files");
}

static void show_files(struct vm *vm, struct out *out, struct cached *cached, uint64_t top)
{
	size_t i;

	if (cached->count)
		qsort(cached->files, cached->count, sizeof(*cached->files), by_size);
	out_begin(out, OUT_TABLE, "files", file_columns, ARRAY_SIZE(file_columns));
	for (i = 0; i < cached->count && i < top; i++)
		put_file(out, vm->guest, cached, &cached->files[i]);
	put_total(out, cached);
	out_end(out);
}

static int put_range(const struct guest_pages *pages, void *data)
{
	struct out *out = data;
	char hex[24];

	out_row(out);
	out_size(out, "offset_bytes", pages->index * MEM_PAGE);
	out_size(out, "length_bytes", pages->count * MEM_PAGE);
	out_text(out, "state", pages->kind == GUEST_PAGES_PRESENT && !pages->uptodate ?
			       "being read" : kinds[pages->kind]);
	out_flag(out, "dirty", pages->dirty);
	out_flag(out, "writeback", pages->writeback);
	snprintf(hex, sizeof(hex), "0x%" PRIx64, pages->address);
	if (pages->kind == GUEST_PAGES_PRESENT)
		out_text(out, "physical", hex);
	else
		out_null(out, "physical");
	return 0;
}

static int show_ranges(struct vm *vm, struct out *out, const struct cached *cached,
		       const char *wanted, struct guest_doubts *doubts, struct error *err)
{
	size_t i;

	for (i = 0; i < cached->count; i++) {
		char path[CACHED_PATH_MAX];
		int r;

		if (cached_path(vm->guest, cached, &cached->files[i], path) ||
		    strcmp(path, wanted) != 0)
			continue;
		out_begin(out, OUT_TABLE, "ranges", range_columns, ARRAY_SIZE(range_columns));
		r = guest_cache(vm->guest, &cached->files[i].inode, put_range, out, doubts);
		out_end(out);
		return r < 0 ? error_errno(err, r, "%s", wanted) : 0;
	}
	return error_set(err, -ENOENT, "%s: nothing of it is in the guest's page cache", wanted);
}

static int show(struct vm *vm, struct out *out, char **arguments, size_t count,
		struct error *err)
{
	const uint64_t *top = vm->data;
	struct guest_doubts doubts = { 0 };
	struct cached cached;
	int r = cached_read(&cached, vm->guest, &doubts, err);

	if (r < 0)
		return r;
	if (count)
		r = show_ranges(vm, out, &cached, arguments[0], &doubts, err);
	else
		show_files(vm, out, &cached, *top);
	vm_note_doubts(out, &doubts);
	cached_free(&cached);
	return r;
}

static int take_option(int option, const char *value, void *data, struct error *err)
{
	return parse_u64("--top", value, 1, TOP_MAX, data, err);
}

static int run(const struct command *self, int argc, char **argv, struct error *err)
{
	static const struct option longs[] = {
		{ "top", required_argument, NULL, OPTION_TOP },
		VM_OPTIONS_LOOK,
		OPTIONS_END_SIZES
	};
	uint64_t top = TOP_DEFAULT;
	const struct vm_show what = {
		.most = 1,
		.wants = "one VM, and a path in it or none",
		.show = show,
		.longs = longs,
		.option = take_option,
		.data = &top,
	};

	return vm_run(self, &what, argc, argv, err);
}

const struct command command_cache = {
	.name = "cache",
	.run = run,
	.brief = "which files fill its page cache",
	.help = "kvmonitor cache [OPTION]... VM [PATH]\n\n"
		"List the files of which most is in the guest's page cache: how much, how much of\n"
		"that is not on a disk, and how much of them (tmpfs) is in swap.  With a PATH of the\n"
		"guest, which ranges of that file, and where in memory they are.\n"
		HELP_VM "\n"
		"      --top N        that many files (20)\n"
		HELP_VM_LOOK
		HELP_END_SIZES "\n"
		"Examples:\n"
		"  kvmonitor cache --top 5 web1\n"
		"  kvmonitor cache web1 /var/log/auth.log\n",
};
