// SPDX-License-Identifier: GPL-2.0-or-later
/* filecache list: who filled the page cache, the largest first. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <linux/filecache.h>

#include "base/cleanup.h"
#include "base/clock.h"
#include "base/format.h"
#include "base/macros.h"
#include "base/parse.h"
#include "grouping.h"
#include "owners.h"

#define BAR_COLUMNS 8
/* Of what rows are called by, at least. */
#define NAME_COLUMNS 17

enum {
	OPTION_DEAD = OPTION_OWN,
	OPTION_LIVE,
	OPTION_ALL,
	OPTION_LONG,
	OPTION_BY,
	OPTION_SORT,
	OPTION_REVERSE,
	OPTION_LIMIT,
};

static const struct out_column columns[] = {
	{ .key = "id" },
	{ .key = "ref", .title = "OWNER", .right = true },
	{ .key = "pid", .title = "PID", .right = true },
	{ .key = "owners", .title = "OWNERS", .right = true },
	{ .key = "uid" },
	{ .key = "user", .title = "USER", .max = 8 },
	{ .key = "state", .title = "STATE" },
	{ .key = "kind" },
	{ .key = "age_ns", .title = "AGE", .right = true },
	{ .key = "file_bytes", .title = "FILES", .right = true },
	{ .key = "blockdev_bytes", .title = "DEVICES", .right = true },
	{ .key = "shmem_bytes", .title = "SHMEM", .right = true },
	{ .key = "added_bytes", .title = "BROUGHT IN", .right = true },
	{ .key = "removed_bytes" },
	{ .key = "moved_bytes" },
	{ .key = "cache_bytes", .title = "CACHE", .right = true },
	{ .key = "percent", .title = "", .right = true },
	{ .key = "bar", .title = "SHARE" },
	{ .key = "comm", .title = "PROGRAM", .max = 17 },
	{ .key = "cgroup_id" },
	{ .key = "cgroup", .title = "CGROUP", .max = 48 },
	{ .key = "parent_id" },
};

#define COLUMNS ARRAY_SIZE(columns)

/**
 * struct listing - what is asked for
 * @options: shared options
 * @state: OPTION_DEAD or OPTION_LIVE for those alone
 * @all: with owners that hold nothing now
 * @more: with more columns
 * @by: grouping
 * @order: name of the rows' order
 * @reverse: the other way round
 * @limit: number of rows
 */
struct listing {
	struct options options;
	int state;
	bool all;
	bool more;
	const struct grouping *by;
	const char *order;
	bool reverse;
	uint64_t limit;
};

/* Which column says what a row is. */
static const char *name_column(const struct listing *listing)
{
	if (!grouping_hides(listing->by, "comm"))
		return "comm";
	return grouping_hides(listing->by, "user") ? "cgroup" : "user";
}

static bool wanted(const struct listing *listing,
		   const struct filecache_owner *owner)
{
	bool dead = owner->flags & FILECACHE_OWNER_FLAG_DEAD;

	if (listing->state && owner_is_pseudo(owner))
		return false;
	if (listing->state == OPTION_DEAD && !dead)
		return false;
	if (listing->state == OPTION_LIVE && dead)
		return false;
	return listing->all || filecache_pages(owner) > 0;
}

/* Return: how many owners are asked for; they are copied to @rows. */
static size_t filter(const struct listing *listing, const struct owners *owners,
		     struct filecache_owner *rows)
{
	size_t count = 0, i;

	for (i = 0; i < owners->count; i++)
		if (wanted(listing, &owners->list[i]))
			rows[count++] = owners->list[i];
	return count;
}

static void put_cgroup(struct out *out, const struct filecache_owner *o,
		       struct names *names)
{
	__free_mem char *name = NULL;
	char buf[FORMAT_MAX];
	const char *path;

	out_u64(out, "cgroup_id", o->cgroup_id);
	if (owner_is_pseudo(o)) {
		name = owner_name(o);
		out_text_as(out, "cgroup", "", name ? name : "?");
		return;
	}
	path = names_cgroup(names, o->cgroup_id);
	if (*path == '/')
		out_text(out, "cgroup", path);
	else
		out_text_as(out, "cgroup", "", format_u64(buf, o->cgroup_id));
}

static void put_user(struct out *out, const struct listing *listing,
		     const struct filecache_owner *o, struct names *names)
{
	__free_mem char *name = NULL;

	owner_put_user(out, o, names);
	if (owner_has_user(o) || strcmp(name_column(listing), "user") != 0)
		return;
	/* Such a row is what no user's is. */
	name = owner_name(o);
	out_label(out, "user", name ? name : "?");
	owner_put_kind(out, o);
}

static void put_names(struct out *out, const struct listing *listing,
		      const struct filecache_owner *o, struct names *names)
{
	const struct grouping *by = listing->by;
	char buf[FORMAT_MAX];

	if (!grouping_hides(by, "id"))
		out_u64(out, "id", o->id);
	out_label(out, "ref", owner_ref(buf, o));
	if (!grouping_hides(by, "pid"))
		out_u64_as(out, "pid", o->pid, owner_has_process(o) && o->pid ?
			   format_u64(buf, o->pid) : "-");
	if (!grouping_hides(by, "uid"))
		put_user(out, listing, o, names);
	if (!grouping_hides(by, "state")) {
		owner_put_state(out, o);
		owner_put_kind(out, o);
	}
	if (!grouping_hides(by, "comm"))
		owner_put_comm(out, o);
	if (!grouping_hides(by, "parent_id"))
		out_u64(out, "parent_id", o->parent_id);
	if (!grouping_hides(by, "cgroup"))
		put_cgroup(out, o, names);
	else if (!grouping_hides(by, "cgroup_id"))
		out_u64(out, "cgroup_id", o->cgroup_id);
}

static void put_sizes(struct out *out, const struct filecache_owner *o,
		      uint64_t page, uint64_t whole)
{
	out_size(out, "file_bytes", o->file_pages * page);
	out_size(out, "blockdev_bytes", o->blockdev_pages * page);
	out_size(out, "shmem_bytes", o->shmem_pages * page);
	out_size(out, "added_bytes", o->added * page);
	out_size(out, "removed_bytes", o->removed * page);
	out_size(out, "moved_bytes", o->moved * page);
	out_size(out, "cache_bytes", filecache_pages(o) * page);
	owner_put_percent(out, filecache_pages(o), whole);
	out_bar(out, "bar", filecache_pages(o), whole, BAR_COLUMNS);
}

static void put_rows(struct out *out, const struct listing *listing,
		     const struct filecache_owner *rows, size_t count,
		     const struct filecache_owner *total, uint64_t page)
{
	uint64_t now = clock_now_ns(CLOCK_BOOTTIME);
	struct names names = { 0 };
	size_t shown = count, i;

	if (listing->limit && listing->limit < count)
		shown = listing->limit;
	for (i = 0; i < shown; i++) {
		const struct filecache_owner *o =
			&rows[listing->reverse ? count - 1 - i : i];

		out_row(out);
		put_names(out, listing, o, &names);
		if (!grouping_hides(listing->by, "age_ns") && !owner_is_pseudo(o) &&
		    o->birth_ns <= now)
			out_age(out, "age_ns", now - o->birth_ns);
		out_u64(out, "owners", o->owners);
		put_sizes(out, o, page, filecache_pages(total));
	}
	out_total_row(out);
	put_sizes(out, total, page, filecache_pages(total));
	out_u64(out, "owners", total->owners);
	out_label(out, name_column(listing),
		  shown < count ? "total (of all)" : "total");
	names_exit(&names);
}

/* Which columns people see; programs get them all. */
static void choose_columns(const struct listing *listing,
			   struct out_column *chosen)
{
	static const char *const more[] = {
		"age_ns", "file_bytes", "blockdev_bytes", "shmem_bytes",
		"added_bytes",
	};
	size_t i, k;

	for (i = 0; i < COLUMNS; i++) {
		chosen[i] = columns[i];
		if (grouping_hides(listing->by, columns[i].key))
			chosen[i].title = NULL;
		/* There is more room for what a row is called by. */
		if (!strcmp(name_column(listing), columns[i].key))
			chosen[i].max = columns[i].max > NAME_COLUMNS ?
					columns[i].max : NAME_COLUMNS;
		for (k = 0; k < ARRAY_SIZE(more); k++)
			if (!listing->more && !strcmp(more[k], columns[i].key))
				chosen[i].title = NULL;
	}
}

static void put_total(struct out *out, const struct filecache_owner *total,
		      bool torn, uint64_t page)
{
	static const struct out_column total_columns[] = {
		{ .key = "cache_bytes" },
		{ .key = "file_bytes" },
		{ .key = "blockdev_bytes" },
		{ .key = "shmem_bytes" },
		{ .key = "owners" },
		{ .key = "changed_while_read" },
	};

	out_begin(out, OUT_RECORD, "total", total_columns,
		  ARRAY_SIZE(total_columns));
	out_size(out, "cache_bytes", filecache_pages(total) * page);
	out_size(out, "file_bytes", total->file_pages * page);
	out_size(out, "blockdev_bytes", total->blockdev_pages * page);
	out_size(out, "shmem_bytes", total->shmem_pages * page);
	out_u64(out, "owners", total->owners);
	out_flag(out, "changed_while_read", torn);
	out_end(out);
	if (torn)
		out_note(out, "The list changed while it was read.");
}

static int list(struct out *out, const struct listing *listing,
		const struct owners *owners, struct error *err)
{
	__free_mem struct filecache_owner *rows = NULL;
	struct filecache_owner total = { 0 };
	struct out_column chosen[COLUMNS];
	uint64_t page = owners->stats.page_size;
	size_t count, i;

	rows = calloc(owners->count + 1, sizeof(*rows));
	if (!rows)
		return error_errno(err, -ENOMEM, "list");
	count = filter(listing, owners, rows);
	for (i = 0; i < count; i++) {
		grouping_add(&total, &rows[i]);
		grouping_adopt(listing->by, &rows[i], owners->list,
			       owners->count);
	}
	count = grouping_apply(listing->by, rows, count);
	order_apply(listing->order, rows, count);

	choose_columns(listing, chosen);
	out_begin(out, OUT_TABLE, "owners", chosen, COLUMNS);
	put_rows(out, listing, rows, count, &total, page);
	out_end(out);
	put_total(out, &total, owners->torn, page);
	return out_finish(out, err);
}

static int take_option(const struct command *self, int option,
		       struct listing *listing)
{
	struct error err;

	switch (option) {
	case OPTION_DEAD:
	case OPTION_LIVE:
		if (listing->state && listing->state != option)
			return usage_error(self, "--dead and --live exclude each other");
		listing->state = option;
		break;
	case 'a':
		listing->all = true;
		break;
	case 'l':
		listing->more = true;
		break;
	case 'b':
		listing->by = grouping_find(optarg);
		if (!listing->by)
			return usage_error(self, "--by: '%s' is nothing to sum up by",
					   optarg);
		break;
	case 's':
		if (!order_apply(optarg, NULL, 0))
			return usage_error(self, "--sort: '%s' is no order",
					   optarg);
		listing->order = optarg;
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

static int parse(const struct command *self, int argc, char **argv,
		 struct listing *listing, int *ret_status)
{
	static const struct option longs[] = {
		{ "dead", no_argument, NULL, OPTION_DEAD },
		{ "live", no_argument, NULL, OPTION_LIVE },
		{ "all", no_argument, NULL, 'a' },
		{ "long", no_argument, NULL, 'l' },
		{ "by", required_argument, NULL, 'b' },
		{ "sort", required_argument, NULL, 's' },
		{ "reverse", no_argument, NULL, 'r' },
		{ "limit", required_argument, NULL, 'n' },
		OPTIONS_END_SIZES
	};
	int option;

	while ((option = options_next(self, argc, argv, ":halb:s:rn:", longs,
				      &listing->options, ret_status)) >= 0) {
		*ret_status = take_option(self, option, listing);
		if (*ret_status != 0)
			return OPTIONS_EXIT;
	}
	if (option == OPTIONS_END && optind < argc) {
		*ret_status = usage_error(self, "'%s' is too much", argv[optind]);
		return OPTIONS_EXIT;
	}
	return option;
}

static int run_list(const struct command *self, int argc, char **argv,
		    struct error *err)
{
	struct listing listing = {
		.by = grouping_find("owner"),
		.order = "cache",
	};
	struct filecache_client *client = NULL;
	struct owners owners = { 0 };
	struct out *out = NULL;
	int r, status;

	if (parse(self, argc, argv, &listing, &status) == OPTIONS_EXIT)
		return status;

	r = filecache_client_create(&client, err);
	if (r == 0)
		r = owners_init(&owners, client, err);
	if (r == 0)
		r = options_out(&listing.options, owners.stats.page_size, &out,
				err);
	if (r == 0)
		r = list(out, &listing, &owners, err);
	out_destroy(out);
	owners_exit(&owners);
	filecache_client_destroy(client);
	return r;
}

const struct command command_list = {
	.name = "list",
	.run = run_list,
	.brief = "who filled the page cache, the largest first",
	.help =
	"filecache list [OPTION]...\n\n"
	"List the owners of the page cache.  An owner is a process while it runs\n"
	"one program; it stays in the list, marked DEAD, until the last page that it\n"
	"brought in is dropped.  \"exec'd\" marks the former program of a process\n"
	"that now runs another.  \"(before load)\" stands for what was cached when\n"
	"the module was loaded, \"(kernel work)\" for what kernel threads read for a\n"
	"cgroup (a loop device), \"(many ended)\" for owners so long ended that they\n"
	"were folded into one.  [name] is a kernel thread.  Needs CAP_NET_ADMIN.\n\n"
	"      --dead         only owners whose process has ended\n"
	"      --live         only owners whose process runs\n"
	"  -a, --all          with owners that hold nothing now\n"
	"  -l, --long         more columns: age, kinds of cache, ever brought in\n"
	"  -b, --by KEY       sum up by process, program, user, cgroup or parent\n"
	"  -s, --sort KEY     cache (as without it), files, devices, shmem, added,\n"
	"                     newest, pid, user or program\n"
	"  -r, --reverse      the other way round\n"
	"  -n, --limit N      only the first N; the total is of all\n"
	HELP_END_SIZES "\n"
	"Examples:\n"
	"  filecache list -n 10               the ten that hold most\n"
	"  filecache list --dead --by program what programs left behind\n"
	"  filecache list --json | jq '.owners[] | select(.comm == \"aide\")'\n",
};
