// SPDX-License-Identifier: GPL-2.0-or-later
/* filecache export: metrics for Prometheus. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include <linux/filecache.h>

#include "base/cleanup.h"
#include "base/file.h"
#include "base/macros.h"
#include "base/parse.h"
#include "command.h"
#include "metrics.h"
#include "owners.h"
#include "series.h"

#define TOP 20
#define TOP_MAX 10000

enum {
	OPTION_OPENMETRICS = OPTION_OWN,
	OPTION_TOP,
};

/* What owners can be summed up by, and what such a family is called. */
static const struct by {
	const char *name;
	enum series_by by;
	const char *cache;
	const char *owners;
} bys[] = {
	{ "program", SERIES_PROGRAM, "filecache_program_cache_bytes",
	  "filecache_program_owners" },
	{ "user", SERIES_USER, "filecache_user_cache_bytes",
	  "filecache_user_owners" },
	{ "cgroup", SERIES_CGROUP, "filecache_cgroup_cache_bytes",
	  "filecache_cgroup_owners" },
};

/**
 * struct wish - what is asked for
 * @options: shared options
 * @by: bit by bit, which of @bys
 * @top: names of each at most
 * @output: file, NULL for the standard output
 * @openmetrics: the newer format
 */
struct wish {
	struct options options;
	unsigned int by;
	uint64_t top;
	const char *output;
	bool openmetrics;
};

static void put_kinds(struct metrics *m, const struct filecache_stats *s)
{
	uint64_t page = s->page_size;

	metrics_gauge(m, "filecache_owned_bytes", "bytes",
		      "Page cache of known owners.");
	metrics_labelled(m, s->owned_file * page, "kind", "file", NULL);
	metrics_labelled(m, s->owned_blockdev * page, "kind", "blockdev", NULL);
	metrics_labelled(m, s->owned_shmem * page, "kind", "shmem", NULL);
	metrics_gauge(m, "filecache_unknown_bytes", "bytes",
		      "Page cache from before the module was loaded, or forgotten.");
	metrics_labelled(m, s->unknown_file * page, "kind", "file", NULL);
	metrics_labelled(m, s->unknown_blockdev * page, "kind", "blockdev", NULL);
	metrics_labelled(m, s->unknown_shmem * page, "kind", "shmem", NULL);
}

static void put_counters(struct metrics *m, const struct filecache_stats *s)
{
	uint64_t page = s->page_size;
	const struct {
		const char *name;
		const char *unit;
		const char *help;
		uint64_t value;
	} counters[] = {
		{ "filecache_added_bytes", "bytes",
		  "Brought into the page cache.", s->added * page },
		{ "filecache_removed_bytes", "bytes",
		  "Dropped from the page cache.", s->removed * page },
		{ "filecache_migrated_bytes", "bytes",
		  "Moved to another place in memory.", s->moved * page },
		{ "filecache_overflowed_bytes", "bytes",
		  "Brought in when there was no room for an owner.",
		  s->overflowed * page },
		{ "filecache_untaggable_bytes", "bytes",
		  "Brought in when there was no room for a tag.",
		  s->untaggable * page },
		{ "filecache_untagged_removed_bytes", "bytes",
		  "Dropped without a tag; 0 when the counts are exact.",
		  s->untagged_removed * page },
		{ "filecache_stale_tag_bytes", "bytes",
		  "Brought in over a tag left behind; 0 when the counts are exact.",
		  s->stale_tags * page },
		{ "filecache_forgotten_bytes", "bytes",
		  "Made unknown on request.", s->forgotten * page },
		{ "filecache_folded_owners", NULL,
		  "Dead owners that were folded together.", s->folded },
		{ "filecache_unannounced_exits", NULL,
		  "Ends that could not be announced for want of memory.",
		  s->notify_lost },
	};
	size_t i;

	for (i = 0; i < ARRAY_SIZE(counters); i++) {
		metrics_counter(m, counters[i].name, counters[i].unit,
				counters[i].help);
		metrics_value(m, counters[i].value);
	}
}

static void put_state(struct metrics *m, const struct filecache_stats *s)
{
	static const struct {
		uint32_t flag;
		const char *name;
	} blind[] = {
		{ FILECACHE_BLIND_SHMEM, "shmem" },
		{ FILECACHE_BLIND_COLLAPSE, "collapse" },
		{ FILECACHE_BLIND_REPLACE, "replace" },
	};
	size_t i;

	metrics_gauge(m, "filecache_owners", NULL, "Owners that are known.");
	metrics_labelled(m, s->owners_live, "state", "live", NULL);
	metrics_labelled(m, s->owners_dead, "state", "dead", NULL);
	metrics_gauge(m, "filecache_buckets", NULL,
		      "Owners that stand for folded ones.");
	metrics_value(m, s->buckets);
	metrics_gauge(m, "filecache_thresholds", NULL,
		      "Thresholds that watchers have set.");
	metrics_value(m, s->thresholds);
	metrics_gauge(m, "filecache_tag_memory_bytes", "bytes",
		      "Memory of the module's tags.");
	metrics_value(m, s->tag_bytes);
	metrics_gauge(m, "filecache_blind", NULL,
		      "1 for what the running kernel does not show.");
	for (i = 0; i < ARRAY_SIZE(blind); i++)
		metrics_labelled(m, !!(s->blind & blind[i].flag), "change",
				 blind[i].name, NULL);
}

static void put_series(struct metrics *m, const struct by *by,
		       const struct series_list *list, uint64_t page)
{
	const struct series *s;

	metrics_gauge(m, by->cache, "bytes", "Page cache held now.");
	for (s = list->list; s < list->list + list->count; s++)
		metrics_labelled(m, s->pages * page, by->name, s->label,
				 by->by == SERIES_USER ? "uid" : NULL, s->id,
				 NULL);
	metrics_gauge(m, by->owners, NULL, "Owners that hold page cache now.");
	for (s = list->list; s < list->list + list->count; s++)
		metrics_labelled(m, s->owners, by->name, s->label,
				 by->by == SERIES_USER ? "uid" : NULL, s->id,
				 NULL);
}

static int put_all(struct metrics *m, const struct wish *wish,
		   const struct owners *owners)
{
	struct names names = { 0 };
	size_t i;
	int r = 0;

	put_kinds(m, &owners->stats);
	put_state(m, &owners->stats);
	put_counters(m, &owners->stats);
	for (i = 0; r == 0 && i < ARRAY_SIZE(bys); i++) {
		struct series_list list;

		if (!(wish->by & 1U << i))
			continue;
		r = series_init(&list, bys[i].by, owners->list, owners->count,
				wish->top, &names);
		if (r < 0)
			break;
		put_series(m, &bys[i], &list, owners->stats.page_size);
		series_exit(&list);
	}
	metrics_end(m);
	names_exit(&names);
	return r;
}

static int write_out(const struct wish *wish, const char *text, size_t len,
		     struct error *err)
{
	if (wish->output)
		return file_write_atomic(wish->output, 0644, text, len, err);
	errno = 0;
	if (fwrite(text, 1, len, stdout) != len || fflush(stdout) != 0)
		return error_errno(err, errno ? -errno : -EIO, "output");
	return 0;
}

/* All of it is in memory before the first byte is written. */
static int export_owners(const struct wish *wish, const struct owners *owners,
			 struct error *err)
{
	struct metrics metrics = { .openmetrics = wish->openmetrics };
	char *text = NULL;
	size_t len = 0;
	int r;

	metrics.to = open_memstream(&text, &len);
	if (!metrics.to)
		return error_errno(err, -errno, "export");
	r = put_all(&metrics, wish, owners);
	if (fclose(metrics.to) != 0 && r == 0)
		r = -ENOMEM;
	if (r < 0)
		error_errno(err, r, "export");
	else
		r = write_out(wish, text, len, err);
	free(text);
	return r;
}

static int take_option(const struct command *self, int option,
		       struct wish *wish)
{
	struct error err;
	size_t i;

	switch (option) {
	case 'o':
		wish->output = optarg;
		break;
	case OPTION_OPENMETRICS:
		wish->openmetrics = true;
		break;
	case 'b':
		for (i = 0; i < ARRAY_SIZE(bys); i++)
			if (strcmp(bys[i].name, optarg) == 0)
				break;
		if (i == ARRAY_SIZE(bys))
			return usage_error(self, "--by: '%s' is nothing to sum up by",
					   optarg);
		wish->by |= 1U << i;
		break;
	case OPTION_TOP:
		if (parse_u64("--top", optarg, 1, TOP_MAX, &wish->top, &err) < 0)
			return usage_error(self, "%s", err.text);
		break;
	}
	return 0;
}

static int run_export(const struct command *self, int argc, char **argv,
		      struct error *err)
{
	static const struct option longs[] = {
		{ "output", required_argument, NULL, 'o' },
		{ "openmetrics", no_argument, NULL, OPTION_OPENMETRICS },
		{ "by", required_argument, NULL, 'b' },
		{ "top", required_argument, NULL, OPTION_TOP },
		OPTIONS_COMMON
	};
	struct wish wish = { .top = TOP };
	struct filecache_client *client = NULL;
	struct owners owners = { 0 };
	int option, r, status;

	while ((option = options_next(self, argc, argv, ":ho:b:", longs,
				      &wish.options, &status)) >= 0) {
		status = take_option(self, option, &wish);
		if (status != 0)
			return status;
	}
	if (option == OPTIONS_EXIT)
		return status;
	if (optind < argc)
		return usage_error(self, "'%s' is too much", argv[optind]);
	if (wish.options.json)
		return usage_error(self, "--json: metrics are none; 'filecache list' has it");
	if (wish.by == 0)
		wish.by = 1;

	r = filecache_client_create(&client, err);
	if (r == 0)
		r = owners_init(&owners, client, err);
	if (r == 0)
		r = export_owners(&wish, &owners, err);
	owners_exit(&owners);
	filecache_client_destroy(client);
	return r;
}

const struct command command_export = {
	.name = "export",
	.run = run_export,
	.brief = "metrics for Prometheus",
	.help =
	"filecache export [OPTION]...\n\n"
	"Write metrics as text, for the node exporter's textfile collector: the whole\n"
	"cache by kind, what the module has counted, and who holds most.  A file is\n"
	"replaced as a whole or not at all.  Needs CAP_NET_ADMIN.\n\n"
	"  -o, --output FILE  replace FILE rather than print\n"
	"  -b, --by KEY       sum up by program (as without it), user or cgroup; may be\n"
	"                     given several times\n"
	"      --top N        of each only the N that hold most, all others being\n"
	"                     \"(other)\" (20)\n"
	"      --openmetrics  OpenMetrics rather than the older text format\n"
	OPTIONS_HELP "\n"
	"Examples:\n"
	"  filecache export -o /var/lib/prometheus/node-exporter/filecache.prom\n"
	"  filecache export --by program --by cgroup --top 50\n",
};
