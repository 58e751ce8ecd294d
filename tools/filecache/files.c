// SPDX-License-Identifier: GPL-2.0-or-later
/* filecache files: which files the cache of a process or owner is of. */
#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include <linux/filecache.h>

#include "base/cleanup.h"
#include "base/format.h"
#include "base/macros.h"
#include "base/parse.h"
#include "base/text.h"
#include "file-list.h"
#include "owners.h"
#include "target.h"

static const struct out_column columns[] = {
	{ .key = "pid" },
	{ .key = "id" },
	{ .key = "target", .title = "TARGET", .right = true },
	{ .key = "cache_bytes", .title = "CACHE", .right = true },
	{ .key = "percent", .title = "", .right = true },
	{ .key = "file_cache_bytes", .title = "OF FILE'S", .right = true },
	{ .key = "kind", .title = "KIND" },
	{ .key = "unlinked" },
	{ .key = "device", .title = "DEVICE", .right = true },
	{ .key = "inode", .title = "INODE", .right = true },
	{ .key = "generation" },
	{ .key = "path", .title = "PATH" },
	{ .key = "fs_path" },
};

#define COLUMNS ARRAY_SIZE(columns)

/**
 * struct listing - what is asked for
 * @options: shared options
 * @order: of the rows
 * @reverse: the other way round
 * @limit: number of rows, 0 for all
 */
struct listing {
	struct options options;
	file_compare *order;
	bool reverse;
	uint64_t limit;
};

static const char *kind_word(uint32_t kind)
{
	switch (kind) {
	case FILECACHE_KIND_FILE:
		return "file";
	case FILECACHE_KIND_BLOCKDEV:
		return "device";
	case FILECACHE_KIND_SHMEM:
		return "shmem";
	default:
		return "other";
	}
}

/* Nothing that could be opened, so it must not look like it. */
static char *unreachable(const char *path)
{
	__free_mem char *safe = text_escape(path);
	char *text;

	if (!safe || asprintf(&text, "(not mounted here) %s", safe) < 0)
		return NULL;
	return text;
}

static void put_path(struct out *out, const struct file_row *row)
{
	__free_mem char *text = NULL;

	if (row->path) {
		out_text(out, "path", row->path);
	} else {
		if (row->file.path)
			text = unreachable(row->file.path);
		out_label(out, "path", text ? text : "(no name)");
	}
	if (row->file.path)
		out_text(out, "fs_path", row->file.path);
}

static void put_row(struct out *out, const struct file_row *row, uint64_t page,
		    uint64_t whole)
{
	const struct filecache_file *file = &row->file;
	bool unlinked = file->flags & FILECACHE_FILE_FLAG_UNLINKED;
	char buf[FORMAT_MAX];

	out_row(out);
	if (row->target.owner)
		out_u64(out, "id", row->target.owner);
	else
		out_u64(out, "pid", (uint64_t)row->target.pid);
	out_label(out, "target", target_text(buf, &row->target));
	out_size(out, "cache_bytes", file->pages * page);
	owner_put_percent(out, file->pages, whole);
	out_size(out, "file_cache_bytes", file->inode_pages * page);
	out_text_as(out, "kind", kind_word(file->kind),
		    unlinked ? "unlinked" : kind_word(file->kind));
	out_flag(out, "unlinked", unlinked);
	snprintf(buf, sizeof(buf), "%" PRIu32 ":%" PRIu32, file->dev_major,
		 file->dev_minor);
	out_text(out, "device", buf);
	out_u64(out, "inode", file->ino);
	out_u64(out, "generation", file->generation);
	put_path(out, row);
}

static void put_rows(struct out *out, const struct listing *listing,
		     const struct file_list *list, uint64_t page, bool several)
{
	struct out_column chosen[COLUMNS];
	size_t shown = list->count, i;
	char text[64];

	memcpy(chosen, columns, sizeof(chosen));
	for (i = 0; i < COLUMNS; i++)
		if (!several && strcmp(columns[i].key, "target") == 0)
			chosen[i].title = NULL;
	if (listing->limit && listing->limit < shown)
		shown = listing->limit;
	out_begin(out, OUT_TABLE, "files", chosen, COLUMNS);
	for (i = 0; i < shown; i++)
		put_row(out, &list->rows[listing->reverse ?
					 list->count - 1 - i : i],
			page, list->pages);
	out_total_row(out);
	out_size(out, "cache_bytes", list->pages * page);
	owner_put_percent(out, list->pages, list->pages);
	snprintf(text, sizeof(text), "%zu %s%s", list->count,
		 list->count == 1 ? "file" : "files",
		 shown < list->count ? " (total of all)" : "");
	out_label(out, "path", text);
	out_end(out);
}

static void put_total(struct out *out, const struct file_list *list,
		      uint64_t page)
{
	static const struct out_column total_columns[] = {
		{ .key = "cache_bytes" },
		{ .key = "files" },
		{ .key = "truncated" },
	};

	out_begin(out, OUT_RECORD, "total", total_columns,
		  ARRAY_SIZE(total_columns));
	out_size(out, "cache_bytes", list->pages * page);
	out_u64(out, "files", list->count);
	out_flag(out, "truncated", list->truncated);
	out_end(out);
	if (list->truncated)
		out_note(out, "Not all is listed: too many files, or pages being read.");
}

/* Return: exit status: 1 when one of the targets could not be asked for. */
static int list(const struct listing *listing, int count, char **args,
		struct error *err)
{
	struct filecache_client *client = NULL;
	struct file_list files = { 0 };
	struct filecache_stats stats;
	struct out *out = NULL;
	int r, status = 0, i;

	r = filecache_client_create(&client, err);
	if (r == 0)
		r = filecache_get_stats(client, &stats, err);
	for (i = 0; r == 0 && i < count; i++) {
		r = file_list_add(&files, client, args[i], err);
		if (r < 0 && r != -ENOMEM) {
			complain(err);
			status = 1;
			r = 0;
		}
	}
	if (r == 0)
		r = file_list_name(&files, err);
	if (r == 0)
		r = options_out(&listing->options, stats.page_size, &out, err);
	/* Nothing is no table: the line on the error output says why. */
	if (r == 0 && (status == 0 || files.count > 0 || listing->options.json)) {
		file_list_sort(&files, listing->order);
		put_rows(out, listing, &files, stats.page_size, count > 1);
		put_total(out, &files, stats.page_size);
		r = out_finish(out, err);
	}
	out_destroy(out);
	file_list_exit(&files);
	filecache_client_destroy(client);
	return r < 0 ? r : status;
}

static int take_option(const struct command *self, int option,
		       struct listing *listing)
{
	struct error err;

	switch (option) {
	case 's':
		listing->order = file_order_find(optarg);
		if (!listing->order)
			return usage_error(self, "--sort: '%s' is no order",
					   optarg);
		break;
	case 'r':
		listing->reverse = true;
		break;
	case 'n':
		if (parse_u64("--limit", optarg, 1, UINT32_MAX, &listing->limit,
			      &err) < 0)
			return usage_error(self, "%s", err.text);
		break;
	}
	return 0;
}

static int run_files(const struct command *self, int argc, char **argv,
		     struct error *err)
{
	static const struct option longs[] = {
		{ "sort", required_argument, NULL, 's' },
		{ "reverse", no_argument, NULL, 'r' },
		{ "limit", required_argument, NULL, 'n' },
		OPTIONS_END_SIZES
	};
	struct listing listing = { .order = file_order_find("cache") };
	int option, status;

	while ((option = options_next(self, argc, argv, ":hs:rn:", longs,
				      &listing.options, &status)) >= 0) {
		status = take_option(self, option, &listing);
		if (status != 0)
			return status;
	}
	if (option == OPTIONS_EXIT)
		return status;
	status = targets_check(self, argc - optind, argv + optind);
	if (status != 0)
		return status;
	return list(&listing, argc - optind, argv + optind, err);
}

const struct command command_files = {
	.name = "files",
	.run = run_files,
	.brief = "which files the cache of a process or owner is of",
	.help =
	"filecache files [OPTION]... PID|@OWNER...\n\n"
	"List the files whose pages a process or an owner has brought in and still\n"
	"holds: how much of each, how much is cached of that file in all (others may\n"
	"have brought in the rest), device, inode and path.  A file that has no name\n"
	"any more is marked \"unlinked\".  Needs CAP_SYS_ADMIN.\n\n"
	"  -s, --sort KEY     cache (as without it), file (all that is cached of it),\n"
	"                     share (of that), inode or path\n"
	"  -r, --reverse      the other way round\n"
	"  -n, --limit N      only the first N; the total is of all\n"
	HELP_END_SIZES "\n"
	"Examples:\n"
	"  filecache files -n 20 4711   the twenty that take most\n"
	"  filecache files @17          of an owner seen in 'filecache list --dead'\n"
	"  filecache files --json $$ | jq -r '.files[].path'\n",
};
