// SPDX-License-Identifier: GPL-2.0-or-later
/* The families of metrics that are exported. */
#include <string.h>

#include <linux/filecache.h>

#include "base/macros.h"
#include "families.h"
#include "series.h"

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

unsigned int families_by(const char *name)
{
	size_t i;

	for (i = 0; i < ARRAY_SIZE(bys); i++)
		if (strcmp(bys[i].name, name) == 0)
			return 1U << i;
	return 0;
}

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

int families_put(struct metrics *metrics, const struct owners *owners,
		 unsigned int by, uint64_t top)
{
	struct names names = { 0 };
	size_t i;
	int r = 0;

	put_kinds(metrics, &owners->stats);
	put_state(metrics, &owners->stats);
	put_counters(metrics, &owners->stats);
	for (i = 0; r == 0 && i < ARRAY_SIZE(bys); i++) {
		struct series_list list;

		if (!(by & 1U << i))
			continue;
		r = series_init(&list, bys[i].by, owners->list, owners->count,
				top, &names);
		if (r < 0)
			break;
		put_series(metrics, &bys[i], &list, owners->stats.page_size);
		series_exit(&list);
	}
	metrics_end(metrics);
	names_exit(&names);
	return r;
}
