// SPDX-License-Identifier: GPL-2.0-or-later
/* What happened, as a line for people or for programs. */
#include <errno.h>
#include <inttypes.h>

#include "base/cleanup.h"
#include "base/format.h"
#include "base/json.h"
#include "base/text.h"
#include "event-line.h"
#include "owners.h"

/* JSON has the time with its zone, people know theirs. */
static const char *time_text(char *buf, size_t room, time_t when, bool json)
{
	struct tm tm;
	size_t n = 0;

	if (json && gmtime_r(&when, &tm))
		n = strftime(buf, room, "%Y-%m-%dT%H:%M:%SZ", &tm);
	else if (localtime_r(&when, &tm))
		n = strftime(buf, room, "%Y-%m-%d %H:%M:%S", &tm);
	return n ? buf : "-";
}

/* A watcher is read line by line: each goes out at once. */
static int finish(const struct event_style *style, struct error *err)
{
	errno = 0;
	if (fflush(style->to) != 0 || ferror(style->to))
		return error_errno(err, errno ? -errno : -EIO, "output");
	return 0;
}

/* Takes over @json. */
static int put_json(const struct event_style *style, time_t when, json_t *json,
		    struct error *err)
{
	char buf[40];
	int r;

	if (!json)
		return error_errno(err, -ENOMEM, "output");
	r = json_object_set_new(json, "time",
				json_string(time_text(buf, sizeof(buf), when, true)));
	if (r == 0)
		r = json_dumpf(json, style->to, JSON_ENSURE_ASCII | JSON_COMPACT);
	fputc('\n', style->to);
	json_decref(json);
	return r < 0 ? error_errno(err, -EIO, "output") : finish(style, err);
}

static int exit_json(const struct event_style *style, time_t when,
		     const struct filecache_owner *owner, struct error *err)
{
	uint64_t page = style->page_size;
	json_t *json;

	json = json_pack("{s:s, s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:o}",
			 "event", "exit",
			 "id", json_u64(owner->id),
			 "pid", json_u64(owner->pid),
			 "uid", json_u64(owner->uid),
			 "comm", json_text(owner->comm),
			 "cgroup_id", json_u64(owner->cgroup_id),
			 "cache_bytes", json_u64(filecache_pages(owner) * page),
			 "file_bytes", json_u64(owner->file_pages * page),
			 "blockdev_bytes", json_u64(owner->blockdev_pages * page),
			 "shmem_bytes", json_u64(owner->shmem_pages * page),
			 "added_bytes", json_u64(owner->added * page),
			 "removed_bytes", json_u64(owner->removed * page));
	return put_json(style, when, json, err);
}

int event_line_exit(const struct event_style *style, time_t when,
		    const struct filecache_owner *owner, struct error *err)
{
	__free_mem char *name = owner_name(owner);
	char buf[40], left[FORMAT_MAX], added[FORMAT_MAX];

	if (style->json)
		return exit_json(style, when, owner, err);
	fprintf(style->to,
		"%s  ended  @%" PRIu64 " %s (pid %" PRIu32 ") left %s of %s brought in\n",
		time_text(buf, sizeof(buf), when, false), owner->id,
		name ? name : "?", owner->pid,
		format_size(left, filecache_pages(owner) * style->page_size),
		format_size(added, owner->added * style->page_size));
	return finish(style, err);
}

static int threshold_json(const struct event_style *style, time_t when,
			  const char *name,
			  const struct filecache_threshold *threshold,
			  struct error *err)
{
	uint64_t page = style->page_size;
	json_t *json;

	json = json_pack("{s:s, s:o, s:o, s:o, s:o}",
			 "event", threshold->state ? "above" : "below",
			 "target", json_text(name),
			 threshold->owner_id ? "owner_id" : "cgroup_id",
			 json_u64(threshold->owner_id ?: threshold->cgroup_id),
			 "threshold_bytes", json_u64(threshold->pages * page),
			 "cache_bytes", json_u64(threshold->now * page));
	return put_json(style, when, json, err);
}

int event_line_threshold(const struct event_style *style, time_t when,
			 const char *name,
			 const struct filecache_threshold *threshold,
			 struct error *err)
{
	__free_mem char *safe = text_escape(name);
	char buf[40], now[FORMAT_MAX], pages[FORMAT_MAX];

	if (style->json)
		return threshold_json(style, when, name, threshold, err);
	fprintf(style->to, "%s  %s  %s has %s, threshold %s\n",
		time_text(buf, sizeof(buf), when, false),
		threshold->state ? "above" : "below", safe ? safe : "?",
		format_size(now, threshold->now * style->page_size),
		format_size(pages, threshold->pages * style->page_size));
	return finish(style, err);
}

int event_line_lost(const struct event_style *style, time_t when,
		    struct error *err)
{
	char buf[40];

	if (style->json)
		return put_json(style, when, json_pack("{s:s}", "event", "lost"),
				err);
	fprintf(style->to,
		"%s  lost   some announcements; what can be made up for follows\n",
		time_text(buf, sizeof(buf), when, false));
	return finish(style, err);
}

int event_line_gone(const struct event_style *style, time_t when,
		    const char *name, struct error *err)
{
	__free_mem char *safe = text_escape(name);
	char buf[40];

	if (style->json)
		return put_json(style, when,
				json_pack("{s:s, s:o}", "event", "gone",
					  "target", json_text(name)), err);
	fprintf(style->to, "%s  gone   %s has ended and passes no threshold any more\n",
		time_text(buf, sizeof(buf), when, false), safe ? safe : "?");
	return finish(style, err);
}
