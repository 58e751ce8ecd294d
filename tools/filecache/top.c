// SPDX-License-Identifier: GPL-2.0-or-later
/* filecache top: who fills the page cache, now. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/clock.h"
#include "base/file.h"
#include "base/format.h"
#include "base/macros.h"
#include "base/parse.h"
#include "command.h"
#include "top.h"

#define DELAY_NS (2 * NSEC_PER_SEC)
/* Of a line in batch mode, where no screen says so. */
#define BATCH_COLUMNS 120

enum {
	OPTION_ONCE = OPTION_OWN,
	OPTION_LIVE,
};

/**
 * struct wish - what is asked for
 * @options: shared options
 * @top: the rest
 * @batch: no screen but text
 * @limit: rows in batch mode, 0 for all
 */
struct wish {
	struct options options;
	struct top top;
	bool batch;
	uint64_t limit;
};

char *top_clock(char *buf)
{
	time_t now = time(NULL);
	struct tm tm;

	if (!localtime_r(&now, &tm) ||
	    strftime(buf, TOP_CLOCK_MAX, "%H:%M:%S", &tm) == 0)
		*buf = '\0';
	return buf;
}

int top_look(struct top *top, struct error *err)
{
	struct owners owners;
	int r = owners_init(&owners, top->client, err);

	if (r < 0)
		return r;
	r = top_model_update(&top->model, &owners,
			     clock_now_ns(CLOCK_BOOTTIME));
	if (r < 0)
		return error_errno(err, r, "top");
	top_model_arrange(&top->model, &top->view, &top->names);
	return 0;
}

static uint64_t memory_bytes(void)
{
	__free_mem char *text = NULL;
	uint64_t kib = 0;

	if (file_read("/proc/meminfo", 65536, &text, NULL, NULL) == 0)
		parse_field(text, "MemTotal:", &kib);
	return kib * 1024;
}

static const struct out_column columns[] = {
	{ .key = "name" },
	{ .key = "id" },
	{ .key = "pid" },
	{ .key = "owners" },
	{ .key = "uid" },
	{ .key = "state" },
	{ .key = "kind" },
	{ .key = "comm" },
	{ .key = "cgroup_id" },
	{ .key = "cache_bytes" },
	{ .key = "added_bytes_per_s" },
	{ .key = "removed_bytes_per_s" },
};

static void put_rate(struct out *out, const char *key, double pages,
		     const struct top_model *model)
{
	uint64_t page = model->now.stats.page_size;

	/* A first look has nothing to compare with. */
	if (top_model_has_rates(model))
		out_u64(out, key, (uint64_t)(pages * (double)page + 0.5));
	else
		out_null(out, key);
}

static void put_json_row(struct out *out, struct top *top,
			 const struct top_row *row)
{
	const struct filecache_owner *o = &row->owner;
	const struct grouping *by = top->view.by;
	__free_mem char *name = top_row_name(row, &top->view, &top->names);

	out_row(out);
	out_text(out, "name", name ? name : "");
	if (!grouping_hides(by, "id"))
		out_u64(out, "id", o->id);
	if (!grouping_hides(by, "pid"))
		out_u64(out, "pid", o->pid);
	if (!grouping_hides(by, "uid") && owner_has_user(o))
		out_u64(out, "uid", o->uid);
	else if (!grouping_hides(by, "uid"))
		out_null(out, "uid");
	if (!grouping_hides(by, "state")) {
		owner_put_state(out, o);
		owner_put_kind(out, o);
	}
	if (!grouping_hides(by, "comm"))
		owner_put_comm(out, o);
	if (!grouping_hides(by, "cgroup_id"))
		out_u64(out, "cgroup_id", o->cgroup_id);
	out_u64(out, "owners", o->owners);
	out_size(out, "cache_bytes",
		 filecache_pages(o) * top->model.now.stats.page_size);
	put_rate(out, "added_bytes_per_s", row->added, &top->model);
	put_rate(out, "removed_bytes_per_s", row->removed, &top->model);
}

/* One object for each look. */
static int print_json(const struct wish *wish, struct top *top,
		      struct error *err)
{
	static const struct out_column totals[] = {
		{ .key = "cache_bytes" },
		{ .key = "added_bytes_per_s" },
		{ .key = "removed_bytes_per_s" },
		{ .key = "owners" },
		{ .key = "blind" },
	};
	const struct top_model *model = &top->model;
	struct out *out = NULL;
	size_t i;
	int r;

	r = options_out(&wish->options, model->now.stats.page_size, &out, err);
	if (r < 0)
		return r;
	out_begin(out, OUT_TABLE, "rows", columns, ARRAY_SIZE(columns));
	for (i = 0; i < model->count; i++)
		if (!wish->limit || i < wish->limit)
			put_json_row(out, top, &model->rows[i]);
	out_end(out);
	out_begin(out, OUT_RECORD, "total", totals, ARRAY_SIZE(totals));
	out_size(out, "cache_bytes", filecache_pages(&model->total.owner) *
		 model->now.stats.page_size);
	put_rate(out, "added_bytes_per_s", model->total.added, model);
	put_rate(out, "removed_bytes_per_s", model->total.removed, model);
	out_u64(out, "owners", model->total.owner.owners);
	out_u64(out, "blind", model->now.stats.blind);
	out_end(out);
	r = out_finish(out, err);
	out_destroy(out);
	return r;
}

static size_t batch_columns(void)
{
	const char *text = getenv("COLUMNS");
	struct error err;
	uint64_t value;

	if (text && parse_u64("COLUMNS", text, 20, 1000, &value, &err) == 0)
		return value;
	return BATCH_COLUMNS;
}

static int print_text(const struct wish *wish, struct top *top,
		      struct error *err)
{
	char clock[TOP_CLOCK_MAX];
	struct top_page page = {
		.columns = batch_columns(),
		.chosen = SIZE_MAX,
		.delay_ns = top->delay_ns,
		.memory = top->memory,
		.clock = top_clock(clock),
	};
	struct frame frame;
	int r = 0;

	if (wish->limit && wish->limit < top->model.count)
		top->model.count = wish->limit;
	top_draw(&frame, &top->model, &top->view, &page, &top->names);
	frame_print(&frame, stdout);
	if (frame.failed)
		r = error_errno(err, -ENOMEM, "top");
	frame_exit(&frame);
	if (r == 0 && (fflush(stdout) != 0 || ferror(stdout)))
		r = error_errno(err, errno ? -errno : -EIO, "output");
	return r;
}

static int run_batch(const struct wish *wish, struct top *top,
		     struct error *err)
{
	struct interval interval;
	uint64_t look = 0;
	int r;

	interval_init(&interval, top->delay_ns);
	for (;;) {
		r = top_look(top, err);
		if (r == 0 && wish->options.json)
			r = print_json(wish, top, err);
		else if (r == 0)
			r = print_text(wish, top, err);
		if (r < 0 || (top->looks && ++look >= top->looks))
			return r;
		while (interval_wait(&interval) < 0)
			;
		if (!wish->options.json)
			putchar('\n');
	}
}

static int set_filter(const struct command *self, struct top_view *view,
		      const char *text)
{
	if (strlen(text) >= sizeof(view->filter))
		return usage_error(self, "--filter: longer than %zu bytes",
				   sizeof(view->filter) - 1);
	strcpy(view->filter, text);
	return 0;
}

static int take_option(const struct command *self, int option,
		       struct wish *wish)
{
	struct top *top = &wish->top;
	struct error err;
	int r = 0;

	switch (option) {
	case 'b':
		wish->batch = true;
		break;
	case OPTION_ONCE:
		wish->batch = true;
		top->looks = 1;
		break;
	case 'n':
		r = parse_u64("--iterations", optarg, 1, UINT32_MAX,
			      &top->looks, &err);
		break;
	case 'd':
		r = parse_duration("--delay", optarg, TOP_DELAY_MIN_NS,
				   TOP_DELAY_MAX_NS, &top->delay_ns, &err);
		break;
	case 'l':
		r = parse_u64("--limit", optarg, 1, UINT32_MAX, &wish->limit,
			      &err);
		break;
	case 's':
		if (top_order_number(optarg) == SIZE_MAX)
			return usage_error(self, "--sort: '%s' is no order",
					   optarg);
		top->view.order = optarg;
		break;
	case 'g':
		top->view.by = grouping_find(optarg);
		if (!top->view.by)
			return usage_error(self, "--by: '%s' is nothing to sum up by",
					   optarg);
		break;
	case 'r':
		top->view.reverse = true;
		break;
	case 'f':
		return set_filter(self, &top->view, optarg);
	case OPTION_LIVE:
		top->view.dead = false;
		break;
	case 'a':
		top->view.idle = true;
		break;
	}
	return r < 0 ? usage_error(self, "%s", err.text) : 0;
}

static int parse(const struct command *self, int argc, char **argv,
		 struct wish *wish, int *ret_status)
{
	static const struct option longs[] = {
		{ "batch", no_argument, NULL, 'b' },
		{ "once", no_argument, NULL, OPTION_ONCE },
		{ "iterations", required_argument, NULL, 'n' },
		{ "delay", required_argument, NULL, 'd' },
		{ "limit", required_argument, NULL, 'l' },
		{ "sort", required_argument, NULL, 's' },
		{ "by", required_argument, NULL, 'g' },
		{ "reverse", no_argument, NULL, 'r' },
		{ "filter", required_argument, NULL, 'f' },
		{ "live", no_argument, NULL, OPTION_LIVE },
		{ "all", no_argument, NULL, 'a' },
		OPTIONS_END_JSON
	};
	int option;

	while ((option = options_next(self, argc, argv, ":hbn:d:l:s:g:rf:a",
				      longs, &wish->options,
				      ret_status)) >= 0) {
		*ret_status = take_option(self, option, wish);
		if (*ret_status != 0)
			return OPTIONS_EXIT;
	}
	if (option == OPTIONS_EXIT)
		return option;
	if (optind < argc) {
		*ret_status = usage_error(self, "'%s' is too much", argv[optind]);
		return OPTIONS_EXIT;
	}
	if (wish->options.json && !wish->batch) {
		*ret_status = usage_error(self, "--json needs --batch or --once");
		return OPTIONS_EXIT;
	}
	return option;
}

static int run_top(const struct command *self, int argc, char **argv,
		   struct error *err)
{
	struct wish wish = {
		.top.view.by = grouping_find("owner"),
		.top.view.order = "cache",
		.top.view.dead = true,
		.top.delay_ns = DELAY_NS,
	};
	int r, status;

	if (parse(self, argc, argv, &wish, &status) == OPTIONS_EXIT)
		return status;

	wish.top.memory = memory_bytes();
	r = filecache_client_create(&wish.top.client, err);
	if (r == 0 && wish.batch)
		r = run_batch(&wish, &wish.top, err);
	else if (r == 0)
		r = top_screen_run(&wish.top, err);
	top_model_exit(&wish.top.model);
	names_exit(&wish.top.names);
	filecache_client_destroy(wish.top.client);
	return r;
}

const struct command command_top = {
	.name = "top",
	.run = run_top,
	.brief = "who fills the page cache, live",
	.help =
	"filecache top [OPTION]...\n\n"
	"Show who holds the page cache, who adds to it and whose pages are evicted,\n"
	"again and again.  'h' shows the keys.  Needs CAP_NET_ADMIN.\n\n"
	"  -d, --delay TIME     between two looks: 0.5, 250ms, 1m (2 s)\n"
	"  -s, --sort KEY       cache (as without it), add or evict (per second),\n"
	"                       program, pid, user or newest\n"
	"  -r, --reverse        the other way round\n"
	"  -g, --by KEY         group by owner (as without it), process, program, user,\n"
	"                       cgroup or parent\n"
	"  -f, --filter TEXT    only what has TEXT in program, user or cgroup\n"
	"      --live           without owners whose process has ended\n"
	"  -a, --all            with owners that hold nothing\n"
	"  -b, --batch          no screen: print look after look, as wide as $COLUMNS\n"
	"  -n, --iterations N   end after N looks\n"
	"      --once           the same as --batch --iterations 1\n"
	"  -l, --limit N        batch: only the first N rows\n"
	HELP_END_JSON "\n"
	"Examples:\n"
	"  filecache top --sort add --by program   which program reads most now\n"
	"  filecache top -b -n 2 -d 5 -l 10        rates over five seconds\n",
};
