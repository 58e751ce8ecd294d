// SPDX-License-Identifier: GPL-2.0-or-later
/* How top's rows look at a given size, as a picture. */
#include <inttypes.h>
#include <string.h>

#include <linux/filecache.h>

#include "base/cleanup.h"
#include "base/clock.h"
#include "base/format.h"
#include "base/macros.h"
#include "base/text.h"
#include "top-view.h"

/* The last column, of names, has at least so much. */
#define NAME_COLUMNS 12
#define BAR_COLUMNS 10
/* Above the rows: four lines about the whole, one blank, the heading. */
#define HEAD_LINES 6

enum column {
	COLUMN_REF,
	COLUMN_PID,
	COLUMN_USER,
	COLUMN_STATE,
	COLUMN_OWNERS,
	COLUMN_CACHE,
	COLUMN_PERCENT,
	COLUMN_BAR,
	COLUMN_ADDED,
	COLUMN_REMOVED,
	COLUMNS,
};

/**
 * struct column_kind - a column
 * @key: as a grouping names it; NULL when every row has it
 * @title: heading
 * @width: columns of the screen
 * @right: at the right
 * @worth: where it is narrow, those worth least go first
 */
static const struct column_kind {
	const char *key;
	const char *title;
	size_t width;
	bool right;
	unsigned int worth;
} kinds[COLUMNS] = {
	[COLUMN_REF] = { "ref", "OWNER", 7, true, 3 },
	[COLUMN_PID] = { "pid", "PID", 7, true, 6 },
	[COLUMN_USER] = { "user", "USER", 8, false, 2 },
	[COLUMN_STATE] = { "state", "STATE", 6, false, 5 },
	[COLUMN_OWNERS] = { "owners", "OWNERS", 6, true, 4 },
	[COLUMN_CACHE] = { NULL, "CACHE", 9, true, 10 },
	[COLUMN_PERCENT] = { NULL, "", 4, true, 7 },
	[COLUMN_BAR] = { NULL, "", BAR_COLUMNS, false, 1 },
	[COLUMN_ADDED] = { NULL, "ADD/s", 9, true, 9 },
	[COLUMN_REMOVED] = { NULL, "EVICT/s", 9, true, 8 },
};

static const char *name_title(const struct grouping *by)
{
	if (!grouping_hides(by, "comm"))
		return "PROGRAM";
	return grouping_hides(by, "user") ? "CGROUP" : "USER";
}

/* Columns that mean something for such rows and for which there is room. */
static void choose(const struct grouping *by, size_t columns, bool *shown)
{
	bool by_user = strcmp(name_title(by), "USER") == 0;
	size_t used = NAME_COLUMNS, i;
	unsigned int worth;

	memset(shown, 0, COLUMNS * sizeof(*shown));
	for (worth = 10; worth > 0; worth--) {
		for (i = 0; i < COLUMNS; i++) {
			if (kinds[i].worth != worth)
				continue;
			if (kinds[i].key && grouping_hides(by, kinds[i].key))
				continue;
			/* Then it is the name of the row. */
			if (i == COLUMN_USER && by_user)
				continue;
			if (used + kinds[i].width + 1 > columns)
				return;
			used += kinds[i].width + 1;
			shown[i] = true;
		}
	}
}

char *top_row_name(const struct top_row *row, const struct top_view *view,
		   struct names *names)
{
	const struct filecache_owner *owner = &row->owner;

	if (owner_is_pseudo(owner) || !grouping_hides(view->by, "comm"))
		return owner_name(owner);
	if (!grouping_hides(view->by, "user"))
		return owner_has_user(owner) ?
		       text_escape(names_user(names, owner->uid)) :
		       owner_name(owner);
	return text_escape(names_cgroup(names, owner->cgroup_id));
}

/* As calm as can be: nothing happens, nothing is shown. */
static char *rate_text(char *buf, double pages, uint64_t page)
{
	*buf = '\0';
	if (pages * (double)page >= 1)
		format_size(buf, (uint64_t)(pages * (double)page));
	return buf;
}

static void put_user(struct frame *frame, const struct filecache_owner *owner,
		     size_t width, struct names *names)
{
	__free_mem char *safe = NULL;

	if (owner_has_user(owner))
		safe = text_escape(names_user(names, owner->uid));
	frame_cell(frame, FRAME_PLAIN, safe ? safe : "-", width, false);
}

static void put_column(struct frame *frame, const struct top_row *row,
		       enum column column, uint64_t page, uint64_t whole,
		       struct names *names)
{
	const struct filecache_owner *owner = &row->owner;
	bool dead = owner->flags & FILECACHE_OWNER_FLAG_DEAD;
	enum frame_style plain = dead ? FRAME_FAINT : FRAME_PLAIN;
	size_t width = kinds[column].width;
	char buf[FORMAT_BAR_MAX] = "-";

	switch (column) {
	case COLUMN_REF:
		frame_cell(frame, plain, owner_ref(buf, owner), width, true);
		break;
	case COLUMN_PID:
		if (owner_has_process(owner) && owner->pid)
			format_u64(buf, owner->pid);
		frame_cell(frame, plain, buf, width, true);
		break;
	case COLUMN_USER:
		put_user(frame, owner, width, names);
		break;
	case COLUMN_STATE:
		frame_cell(frame, plain, owner_state(owner), width, false);
		break;
	case COLUMN_OWNERS:
		frame_cell(frame, plain, format_u64(buf, owner->owners), width,
			   true);
		break;
	case COLUMN_CACHE:
		frame_cell(frame, FRAME_STRONG,
			   format_size(buf, filecache_pages(owner) * page),
			   width, true);
		break;
	case COLUMN_PERCENT:
		frame_cell(frame, plain,
			   percent_text(buf, filecache_pages(owner), whole),
			   width, true);
		break;
	case COLUMN_BAR:
		frame_cell(frame, plain,
			   format_bar(buf, filecache_pages(owner), whole,
				      BAR_COLUMNS), width, false);
		break;
	case COLUMN_ADDED:
		frame_cell(frame, FRAME_GROWS, rate_text(buf, row->added, page),
			   width, true);
		break;
	case COLUMN_REMOVED:
		frame_cell(frame, FRAME_SHRINKS,
			   rate_text(buf, row->removed, page), width, true);
		break;
	case COLUMNS:
		break;
	}
}

static void put_heading(struct frame *frame, const struct top_view *view,
			const bool *shown)
{
	size_t left, i;

	frame_line(frame);
	for (i = 0; i < COLUMNS; i++)
		if (shown[i])
			frame_cell(frame, FRAME_TITLE, kinds[i].title,
				   kinds[i].width, kinds[i].right);
	left = frame->columns - frame_used(frame);
	frame_cell(frame, FRAME_TITLE, name_title(view->by), left, false);
}

static void put_row(struct frame *frame, const struct top_model *model,
		    const struct top_row *row, const struct top_view *view,
		    const bool *shown, struct names *names)
{
	__free_mem char *name = top_row_name(row, view, names);
	bool dead = row->owner.flags & FILECACHE_OWNER_FLAG_DEAD;
	size_t i;

	frame_line(frame);
	for (i = 0; i < COLUMNS; i++)
		if (shown[i])
			put_column(frame, row, (enum column)i,
				   model->now.stats.page_size,
				   filecache_pages(&model->total.owner), names);
	frame_put(frame, dead ? FRAME_FAINT : FRAME_PLAIN, name ? name : "?");
}

static void put_clock(struct frame *frame, const struct top_view *view,
		      const struct top_page *page,
		      const struct filecache_stats *stats)
{
	frame_line(frame);
	frame_put(frame, FRAME_STRONG, "filecache");
	frame_putf(frame, FRAME_PLAIN, "  %s  ", page->clock);
	if (page->paused)
		frame_put(frame, FRAME_SHRINKS, "paused");
	else
		frame_putf(frame, FRAME_FAINT, "every %g s",
			   (double)page->delay_ns / NSEC_PER_SEC);
	frame_putf(frame, FRAME_PLAIN,
		   "  %" PRIu32 " alive, %" PRIu32 " ended", stats->owners_live,
		   stats->owners_dead);
	frame_putf(frame, FRAME_FAINT, "  by %s, %s%s first", view->by->name,
		   view->order, view->reverse ? " backwards" : "");
}

/* All of the machine's memory, and what of it is cache. */
static void put_gauge(struct frame *frame, const struct top_page *page,
		      uint64_t cache, uint64_t unknown)
{
	const char *known_mark = text_unicode() ? "\xe2\x96\x88" : "#";
	const char *unknown_mark = text_unicode() ? "\xe2\x96\x92" : "=";
	const char *rest_mark = text_unicode() ? "\xe2\x96\x91" : ".";
	size_t width, all, known, i;

	if (page->memory == 0 || frame->columns < 40)
		return;
	width = frame->columns - frame_used(frame);
	width = width > 32 ? width - 24 : 8;
	all = (size_t)((double)cache / (double)page->memory * (double)width + 0.5);
	known = cache ? (size_t)((double)(cache - unknown) / (double)cache *
				 (double)all + 0.5) : 0;
	for (i = 0; i < width; i++) {
		if (i < known)
			frame_put(frame, FRAME_GROWS, known_mark);
		else if (i < all)
			frame_put(frame, FRAME_SHRINKS, unknown_mark);
		else
			frame_put(frame, FRAME_FAINT, rest_mark);
	}
	frame_put(frame, FRAME_PLAIN, " ");
}

static void put_cache(struct frame *frame, const struct top_page *page,
		      const struct filecache_stats *stats)
{
	uint64_t unknown = (stats->unknown_file + stats->unknown_blockdev +
			    stats->unknown_shmem) * stats->page_size;
	uint64_t cache = (stats->owned_file + stats->owned_blockdev +
			  stats->owned_shmem) * stats->page_size + unknown;
	char size[FORMAT_MAX], percent[FORMAT_MAX], memory[FORMAT_MAX];

	frame_line(frame);
	frame_put(frame, FRAME_PLAIN, "Cache  ");
	frame_cell(frame, FRAME_STRONG, format_size(size, cache), 9, true);
	put_gauge(frame, page, cache, unknown);
	if (page->memory)
		frame_putf(frame, FRAME_PLAIN, "%s of %s",
			   percent_text(percent, cache, page->memory),
			   format_size(memory, page->memory));
}

static void put_rates(struct frame *frame, const struct top_model *model)
{
	const struct filecache_stats *stats = &model->now.stats;
	uint64_t page = stats->page_size;
	char buf[FORMAT_MAX];

	frame_line(frame);
	frame_put(frame, FRAME_PLAIN, "Owned  ");
	frame_cell(frame, FRAME_PLAIN,
		   format_size(buf, (stats->owned_file + stats->owned_blockdev +
				     stats->owned_shmem) * page), 9, true);
	frame_putf(frame, FRAME_PLAIN, " before load %s",
		   format_size(buf, (stats->unknown_file +
				     stats->unknown_blockdev +
				     stats->unknown_shmem) * page));
	if (!top_model_has_rates(model))
		return;
	frame_put(frame, FRAME_PLAIN, "   ");
	format_size(buf, (uint64_t)(model->total.added * (double)page));
	frame_putf(frame, FRAME_GROWS, "+%s/s", buf);
	frame_put(frame, FRAME_PLAIN, "  ");
	format_size(buf, (uint64_t)(model->total.removed * (double)page));
	frame_putf(frame, FRAME_SHRINKS, "-%s/s", buf);
}

/* Never silent: what cannot be seen is on the first screen. */
static void put_blind(struct frame *frame, const struct top_model *model,
		      const struct top_view *view)
{
	static const struct {
		uint32_t flag;
		const char *name;
	} words[] = {
		{ FILECACHE_BLIND_SHMEM, "shared memory" },
		{ FILECACHE_BLIND_COLLAPSE, "huge-page collapse" },
		{ FILECACHE_BLIND_REPLACE, "FUSE splice" },
	};
	__free_mem char *safe = text_escape(view->filter);
	bool any = false;
	size_t i;

	frame_line(frame);
	for (i = 0; i < ARRAY_SIZE(words); i++) {
		if (!(model->now.stats.blind & words[i].flag))
			continue;
		frame_putf(frame, FRAME_FAINT, "%s%s",
			   any ? ", " : "Unseen  ", words[i].name);
		any = true;
	}
	if (*view->filter)
		frame_putf(frame, FRAME_STRONG, "%sonly '%s'", any ? "   " : "",
			   safe ? safe : "?");
	if (model->now.torn)
		frame_put(frame, FRAME_FAINT, any ? "   changed while read" :
						    "changed while read");
}

static void put_foot(struct frame *frame, const struct top_page *page)
{
	__free_mem char *safe = NULL;

	frame_line(frame);
	if (page->prompt) {
		safe = text_escape(page->prompt);
		frame_putf(frame, FRAME_STRONG, "only: %s", safe ? safe : "?");
		frame_put(frame, FRAME_FAINT, text_unicode() ? "\xe2\x96\x8f" : "_");
		return;
	}
	if (page->note && *page->note) {
		frame_put(frame, FRAME_STRONG, page->note);
		return;
	}
	frame_put(frame, FRAME_FAINT,
		  "q quit  h help  < > sort  g group  / only  d ended  p pause");
}

size_t top_room(size_t lines)
{
	return lines > HEAD_LINES + 1 ? lines - HEAD_LINES - 1 : 0;
}

/* Down to the last line, which is for the foot. */
static void fill(struct frame *frame, const struct top_page *page)
{
	while (frame->count + 1 < page->lines && !frame->failed)
		frame_line(frame);
}

void top_draw(struct frame *frame, const struct top_model *model,
	      const struct top_view *view, const struct top_page *page,
	      struct names *names)
{
	size_t room = page->lines ? top_room(page->lines) : model->count, i;
	bool shown[COLUMNS];

	frame_init(frame, page->columns);
	choose(view->by, page->columns, shown);
	put_clock(frame, view, page, &model->now.stats);
	put_cache(frame, page, &model->now.stats);
	put_rates(frame, model);
	put_blind(frame, model, view);
	frame_line(frame);
	put_heading(frame, view, shown);
	for (i = page->first; i < model->count && i - page->first < room; i++) {
		put_row(frame, model, &model->rows[i], view, shown, names);
		if (i == page->chosen)
			frame_choose(frame);
	}
	if (!page->lines)
		return;
	fill(frame, page);
	put_foot(frame, page);
}

static void put_file(struct frame *frame, const struct file_row *row,
		     uint64_t whole, uint64_t page_size)
{
	const char *path = row->path ?: row->file.path;
	bool unlinked = row->file.flags & FILECACHE_FILE_FLAG_UNLINKED;
	__free_mem char *safe = path ? text_escape(path) : NULL;
	char buf[FORMAT_MAX];

	frame_line(frame);
	frame_cell(frame, FRAME_STRONG,
		   format_size(buf, row->file.pages * page_size), 9, true);
	frame_cell(frame, FRAME_PLAIN,
		   percent_text(buf, row->file.pages, whole), 4, true);
	frame_cell(frame, FRAME_PLAIN,
		   format_size(buf, row->file.inode_pages * page_size), 9, true);
	if (unlinked)
		frame_put(frame, FRAME_FAINT, "unlinked ");
	else if (path && !row->path)
		frame_put(frame, FRAME_FAINT, "not mounted here ");
	frame_put(frame, FRAME_PLAIN, safe ? safe : "(no name)");
}

void top_draw_files(struct frame *frame, const struct file_list *list,
		    const char *title, const struct top_page *page,
		    uint64_t page_size)
{
	size_t room = page->lines > 3 ? page->lines - 3 : 0, i;

	frame_init(frame, page->columns);
	frame_line(frame);
	frame_putf(frame, FRAME_STRONG, "Files of %s", title);
	if (list->truncated)
		frame_put(frame, FRAME_FAINT, "   (not all)");
	frame_line(frame);
	frame_cell(frame, FRAME_TITLE, "CACHE", 9, true);
	frame_cell(frame, FRAME_TITLE, "", 4, true);
	frame_cell(frame, FRAME_TITLE, "OF FILE'S", 9, true);
	frame_cell(frame, FRAME_TITLE, "PATH",
		   frame->columns - frame_used(frame), false);
	for (i = page->first; i < list->count && i - page->first < room; i++)
		put_file(frame, &list->rows[i], list->pages, page_size);
	fill(frame, page);
	frame_line(frame);
	frame_putf(frame, FRAME_FAINT, "%zu files  up and down to move, q goes back",
		   list->count);
}

void top_draw_help(struct frame *frame, const struct top_page *page)
{
	static const struct {
		const char *keys;
		const char *meaning;
	} lines[] = {
		{ "", "filecache top: who fills the page cache, now" },
		{ "", "" },
		{ "< >", "order by the column to the left or right" },
		{ "c a e", "order by cache, added per second, evicted per second" },
		{ "n i u", "order by program, process id, user" },
		{ "r", "the other way round" },
		{ "g G", "group by owner, process, program, user, cgroup, parent" },
		{ "/", "only what has this in program, user or cgroup" },
		{ "d", "show or hide owners whose process has ended" },
		{ "z", "show or hide owners that hold nothing" },
		{ "+ -", "look more often, or less often" },
		{ "p, space", "pause; look now" },
		{ "arrows", "choose a row; Enter lists its files" },
		{ "q", "quit" },
		{ "", "" },
		{ "", "DEAD has ended, its pages are still cached.  exec'd is a" },
		{ "", "former program of a process.  [name] is a kernel thread." },
		{ "", "Sums are of all owners, whatever is shown." },
	};
	size_t i;

	frame_init(frame, page->columns);
	for (i = 0; i < ARRAY_SIZE(lines); i++) {
		frame_line(frame);
		if (*lines[i].keys)
			frame_cell(frame, FRAME_STRONG, lines[i].keys, 9, false);
		frame_put(frame, i ? FRAME_PLAIN : FRAME_STRONG,
			  lines[i].meaning);
	}
	fill(frame, page);
	frame_line(frame);
	frame_put(frame, FRAME_FAINT, "any key goes back");
}
