// SPDX-License-Identifier: GPL-2.0-or-later
/* filecache stats: the module's totals, checked against the kernel's own. */
#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <linux/filecache.h>

#include "base/cleanup.h"
#include "base/clock.h"
#include "base/file.h"
#include "base/format.h"
#include "base/macros.h"
#include "base/parse.h"
#include "command.h"
#include "filecache/filecache.h"

#define MEMINFO_MAX 65536
#define REST_TRIES 20

enum {
	OPTION_CHECK = OPTION_OWN,
};

/**
 * struct sums - the module's count beside the kernel's, in pages
 * @stats: the module's
 * @with_shmem: this kernel shows shared memory, so it is held against that too
 * @counted: pages that it knows
 * @cached: the same by /proc/meminfo: Cached + Buffers, or that less Shmem
 * @at_rest: the kernel's count was the same before and after
 * @refreshed: the kernel's count is exact
 */
struct sums {
	struct filecache_stats stats;
	bool with_shmem;
	uint64_t counted;
	uint64_t cached;
	bool at_rest;
	bool refreshed;
};

static int read_cached(const struct sums *sums, uint64_t *ret,
		       struct error *err)
{
	__free_mem char *text = NULL;
	uint64_t cached, buffers, shmem;
	int r;

	r = file_read("/proc/meminfo", MEMINFO_MAX, &text, NULL, err);
	if (r < 0)
		return r;
	if (parse_field(text, "Cached:", &cached) < 0 ||
	    parse_field(text, "Buffers:", &buffers) < 0 ||
	    parse_field(text, "Shmem:", &shmem) < 0)
		return error_set(err, -EPROTO,
				 "/proc/meminfo: Cached, Buffers or Shmem is missing");
	if (shmem > cached + buffers)
		return error_set(err, -EPROTO,
				 "/proc/meminfo: more Shmem than cache");
	if (sums->with_shmem)
		shmem = 0;
	*ret = (cached + buffers - shmem) / (sums->stats.page_size / 1024);
	return 0;
}

/*
 * The kernel keeps its count in per-CPU parts that it adds up now and then;
 * writing to stat_refresh adds them up at once, and needs root.
 */
static bool refresh(void)
{
	return file_write("/proc/sys/vm/stat_refresh", "1", NULL) == 0;
}

static int read_sums(struct filecache_client *client, struct sums *ret,
		     struct error *err)
{
	struct sums sums = { 0 };
	int tries = REST_TRIES, r;

	r = filecache_get_stats(client, &sums.stats, err);
	if (r < 0)
		return r;
	sums.with_shmem = !(sums.stats.blind & FILECACHE_BLIND_SHMEM);
	do {
		uint64_t before;

		sums.refreshed = refresh();
		r = read_cached(&sums, &before, err);
		if (r == 0)
			r = filecache_get_stats(client, &sums.stats, err);
		if (r == 0) {
			refresh();
			r = read_cached(&sums, &sums.cached, err);
		}
		if (r < 0)
			return r;
		sums.at_rest = sums.refreshed && before == sums.cached;
	} while (!sums.at_rest && --tries > 0 &&
		 clock_sleep(10 * NSEC_PER_MSEC) == 0);

	sums.counted = sums.stats.owned_file + sums.stats.owned_blockdev +
		       sums.stats.unknown_file + sums.stats.unknown_blockdev;
	if (sums.with_shmem)
		sums.counted += sums.stats.owned_shmem + sums.stats.unknown_shmem;
	*ret = sums;
	return 0;
}

static void put_owned(struct out *out, const struct filecache_stats *s)
{
	static const struct out_column columns[] = {
		{ .key = "kind", .title = "KIND" },
		{ .key = "owned_bytes", .title = "OWNED", .right = true },
		{ .key = "unknown_bytes", .title = "BEFORE LOAD", .right = true },
	};
	const struct {
		const char *kind;
		uint64_t owned, unknown;
	} rows[] = {
		{ "files", s->owned_file, s->unknown_file },
		{ "block devices", s->owned_blockdev, s->unknown_blockdev },
		{ "shared memory", s->owned_shmem, s->unknown_shmem },
	};
	size_t i;

	out_begin(out, OUT_TABLE, "kinds", columns, 3);
	for (i = 0; i < ARRAY_SIZE(rows); i++) {
		out_row(out);
		out_text(out, "kind", rows[i].kind);
		out_size(out, "owned_bytes", rows[i].owned * s->page_size);
		out_size(out, "unknown_bytes", rows[i].unknown * s->page_size);
	}
	out_end(out);
	out_note(out, "%s", "");
}

/**
 * struct word - a flag in words
 * @flag: the flag
 * @name: for people
 */
struct word {
	uint32_t flag;
	const char *name;
};

/* All flags in words, also those that are newer than this program. */
static void put_words(struct out *out, const char *key, uint32_t flags,
		      const struct word *words, size_t count)
{
	char text[200] = "", rest[FORMAT_MAX];
	uint32_t left = flags;
	size_t i;

	for (i = 0; i < count; i++) {
		if (!(flags & words[i].flag))
			continue;
		left &= ~words[i].flag;
		if (*text)
			strcat(text, ", ");
		strcat(text, words[i].name);
	}
	if (left) {
		snprintf(rest, sizeof(rest), "%sand more (0x%x)",
			 *text ? " " : "", left);
		strcat(text, rest);
	}
	out_u64_as(out, key, flags, *text ? text : "nothing");
}

static void put_blind(struct out *out, uint32_t blind)
{
	static const struct word words[] = {
		{ FILECACHE_BLIND_SHMEM, "shared memory and tmpfs" },
		{ FILECACHE_BLIND_COLLAPSE, "huge-page collapse" },
		{ FILECACHE_BLIND_REPLACE, "FUSE splice" },
	};

	put_words(out, "blind", blind, words, ARRAY_SIZE(words));
}

static void put_sources(struct out *out, uint32_t sources)
{
	static const struct word words[] = {
		{ FILECACHE_SOURCE_ADD, "add" },
		{ FILECACHE_SOURCE_DELETE, "delete" },
		{ FILECACHE_SOURCE_EXIT, "exit" },
		{ FILECACHE_SOURCE_MIGRATE_HOOK, "migrate (by ftrace)" },
		{ FILECACHE_SOURCE_MIGRATE, "migrate" },
		{ FILECACHE_SOURCE_REPLACE, "replace" },
		{ FILECACHE_SOURCE_COLLAPSE, "collapse" },
		{ FILECACHE_SOURCE_SHMEM, "shmem" },
		{ FILECACHE_SOURCE_PROC, "/proc/<pid>/filecache" },
	};

	/* An older module does not say. */
	if (sources)
		put_words(out, "sources", sources, words, ARRAY_SIZE(words));
}

static void put_totals(struct out *out, const struct filecache_stats *s)
{
	static const struct out_column columns[] = {
		{ .key = "owners_live", .title = "Owners alive" },
		{ .key = "owners_dead", .title = "Owners dead" },
		{ .key = "added_bytes", .title = "Ever brought in" },
		{ .key = "removed_bytes", .title = "Ever dropped" },
		{ .key = "moved_bytes", .title = "Ever migrated" },
		{ .key = "untagged_removed", .title = "Dropped without a tag" },
		{ .key = "stale_tags", .title = "Tags left behind" },
		{ .key = "untaggable", .title = "Without room for a tag" },
		{ .key = "overflowed_bytes", .title = "Without room for an owner" },
		{ .key = "folded", .title = "Owners ever folded" },
		{ .key = "buckets", .title = "Owners that stand for those" },
		{ .key = "forgotten_bytes", .title = "Ever forgotten" },
		{ .key = "thresholds", .title = "Thresholds set" },
		{ .key = "notify_lost", .title = "Ends not announced" },
		{ .key = "tag_bytes", .title = "Memory for tags" },
		{ .key = "scanned_bytes", .title = "Found at load" },
		{ .key = "scan_ns", .title = "Time that took" },
		{ .key = "sources", .title = "Seen of this kernel" },
		{ .key = "blind", .title = "Not seen of this kernel" },
		{ .key = "page_size" },
	};
	uint64_t page = s->page_size;
	char buf[FORMAT_MAX];

	out_begin(out, OUT_RECORD, NULL, columns,
		  ARRAY_SIZE(columns));
	out_u64(out, "owners_live", s->owners_live);
	out_u64(out, "owners_dead", s->owners_dead);
	out_size(out, "added_bytes", s->added * page);
	out_size(out, "removed_bytes", s->removed * page);
	out_size(out, "moved_bytes", s->moved * page);
	out_u64(out, "untagged_removed", s->untagged_removed);
	out_u64(out, "stale_tags", s->stale_tags);
	out_u64(out, "untaggable", s->untaggable);
	out_size(out, "overflowed_bytes", s->overflowed * page);
	out_u64(out, "folded", s->folded);
	out_u64(out, "buckets", s->buckets);
	out_size(out, "forgotten_bytes", s->forgotten * page);
	out_u64(out, "thresholds", s->thresholds);
	out_u64(out, "notify_lost", s->notify_lost);
	out_size(out, "tag_bytes", s->tag_bytes);
	out_size(out, "scanned_bytes", s->scanned * page);
	snprintf(buf, sizeof(buf), "%.1f ms", (double)s->scan_ns / 1e6);
	out_u64_as(out, "scan_ns", s->scan_ns, buf);
	put_sources(out, s->sources);
	put_blind(out, s->blind);
	out_u64(out, "page_size", s->page_size);
	out_end(out);
	out_note(out, "%s", "");
}

static void put_check(struct out *out, const struct sums *sums)
{
	const struct out_column columns[] = {
		{ .key = "counted_bytes", .title = "Owned and before load" },
		{ .key = "cached_bytes", .title = sums->with_shmem ?
		  "Cached + Buffers" : "Cached + Buffers - Shmem" },
		{ .key = "difference_pages", .title = "Difference in pages" },
		{ .key = "with_shmem" },
		{ .key = "at_rest" },
		{ .key = "exact" },
	};
	uint64_t page = sums->stats.page_size;

	out_begin(out, OUT_RECORD, "check", columns,
		  ARRAY_SIZE(columns));
	out_size(out, "counted_bytes", sums->counted * page);
	out_size(out, "cached_bytes", sums->cached * page);
	out_s64(out, "difference_pages",
		(int64_t)(sums->counted - sums->cached));
	out_flag(out, "with_shmem", sums->with_shmem);
	out_flag(out, "at_rest", sums->at_rest);
	out_flag(out, "exact", sums->refreshed);
	out_end(out);
	if (!sums->refreshed)
		out_note(out, "(the kernel's count is exact only for root)");
	else if (!sums->at_rest)
		out_note(out, "(the cache was changing meanwhile)");
}

static int verdict(const struct sums *sums, uint64_t tolerance,
		   struct error *err)
{
	uint64_t difference = sums->counted > sums->cached ?
			      sums->counted - sums->cached :
			      sums->cached - sums->counted;

	if (difference <= tolerance)
		return 0;
	return error_set(err, -ERANGE,
			 "stats: the sums differ by %" PRIu64 " pages, more than %" PRIu64 "%s",
			 difference, tolerance, sums->at_rest ? "" :
			 "; the cache was changing meanwhile, try again");
}

static int run_stats(const struct command *self, int argc, char **argv,
		     struct error *err)
{
	static const struct option longs[] = {
		{ "check", optional_argument, NULL, OPTION_CHECK },
		OPTIONS_END_SIZES
	};
	struct filecache_client *client = NULL;
	struct options options = { 0 };
	struct out *out = NULL;
	uint64_t tolerance = 0;
	bool check = false;
	struct sums sums;
	int option, r, status;

	while ((option = options_next(self, argc, argv, ":h", longs, &options,
				      &status)) == OPTION_CHECK) {
		check = true;
		if (optarg && parse_u64("--check", optarg, 0, UINT32_MAX,
					&tolerance, err) < 0)
			return usage_error(self, "%s", err->text);
	}
	if (option == OPTIONS_EXIT)
		return status;
	if (optind < argc)
		return usage_error(self, "'%s' is too much", argv[optind]);

	r = filecache_client_create(&client, err);
	if (r == 0)
		r = read_sums(client, &sums, err);
	if (r == 0)
		r = options_out(&options, sums.stats.page_size, &out,
				err);
	if (r == 0) {
		put_owned(out, &sums.stats);
		put_totals(out, &sums.stats);
		put_check(out, &sums);
		r = out_finish(out, err);
	}
	if (r == 0 && check)
		r = verdict(&sums, tolerance, err);
	out_destroy(out);
	filecache_client_destroy(client);
	return r;
}

const struct command command_stats = {
	.name = "stats",
	.run = run_stats,
	.brief = "totals, checked against the kernel's own count",
	.help =
	"filecache stats [OPTION]...\n\n"
	"Show the module's totals, and check them: what all owners hold, with what\n"
	"was cached before the module was loaded, must be what /proc/meminfo says:\n"
	"Cached + Buffers, less Shmem where the kernel does not show shared memory.\n"
	"The difference is 0 while the cache is at rest.  What this kernel does not\n"
	"show is named.\n\n"
	"  --check[=PAGES]  exit with status 1 when it is larger than PAGES (0)\n"
	HELP_END_SIZES "\n"
	"Examples:\n"
	"  filecache stats\n"
	"  filecache stats --check=8 && echo exact\n",
};
