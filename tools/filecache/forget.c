// SPDX-License-Identifier: GPL-2.0-or-later
/* filecache forget: have dead owners' pages belong to nobody. */
#include "base/macros.h"
#include "filecache/filecache.h"
#include "target.h"

enum {
	OPTION_DEAD = OPTION_OWN,
};

static const struct out_column columns[] = {
	{ .key = "id" },
	{ .key = "target", .title = "TARGET" },
	{ .key = "owners", .title = "OWNERS", .right = true },
	{ .key = "forgotten_bytes", .title = "FORGOTTEN", .right = true },
};

static void put(struct out *out, const char *target,
		const struct filecache_forgotten *forgotten, uint64_t page)
{
	out_label(out, "target", target);
	out_u64(out, "owners", forgotten->owners);
	out_size(out, "forgotten_bytes", forgotten->pages * page);
}

/* Return: exit status: 1 when one of them could not be done. */
static int forget_some(struct filecache_client *client, struct out *out,
		       const struct options *options, uint64_t page, int count,
		       char **args)
{
	int status = 0, i;

	out_begin(out, OUT_TABLE, "forgotten", columns, ARRAY_SIZE(columns));
	for (i = 0; i < count; i++) {
		struct filecache_forgotten forgotten;
		struct target target;
		struct error err;
		int r;

		r = target_parse(args[i], &target, &err);
		if (r == 0)
			r = filecache_forget_owner(client, target.owner,
						   &forgotten, &err);
		if (r < 0) {
			complain(&err);
			status = 1;
			continue;
		}
		out_row(out);
		out_u64(out, "id", target.owner);
		put(out, args[i], &forgotten, page);
	}
	out_end(out);
	return status;
}

static int forget_dead(const struct options *options, struct error *err)
{
	struct filecache_client *client = NULL;
	struct filecache_forgotten forgotten;
	struct filecache_stats stats;
	struct out *out = NULL;
	int r;

	r = filecache_client_create(&client, err);
	if (r == 0)
		r = filecache_get_stats(client, &stats, err);
	if (r == 0)
		r = filecache_forget_dead(client, &forgotten, err);
	if (r == 0)
		r = options_out(options, stats.page_size, &out, err);
	if (r == 0) {
		out_begin(out, OUT_TABLE, "forgotten", columns,
			  ARRAY_SIZE(columns));
		out_row(out);
		put(out, "all dead", &forgotten, stats.page_size);
		out_end(out);
		r = out_finish(out, err);
	}
	out_destroy(out);
	filecache_client_destroy(client);
	return r;
}

static int run_forget(const struct command *self, int argc, char **argv,
		      struct error *err)
{
	static const struct option longs[] = {
		{ "dead", no_argument, NULL, OPTION_DEAD },
		OPTIONS_END_SIZES
	};
	struct options options = { 0 };
	bool dead = false;
	int option, status, i;

	while ((option = options_next(self, argc, argv, ":h", longs, &options,
				      &status)) == OPTION_DEAD)
		dead = true;
	if (option == OPTIONS_EXIT)
		return status;
	if (dead && optind < argc)
		return usage_error(self, "--dead means all, '%s' is too much",
				   argv[optind]);
	if (dead)
		return forget_dead(&options, err);
	for (i = optind; i < argc; i++)
		if (argv[i][0] != '@')
			return usage_error(self, "'%s' is no owner; owners are written like @17",
					   argv[i]);
	return targets_do_all(self, &options, argc - optind, argv + optind,
			      forget_some, err);
}

const struct command command_forget = {
	.name = "forget",
	.run = run_forget,
	.brief = "have dead owners' cache belong to nobody",
	.help =
	"filecache forget [OPTION]... @OWNER...\n"
	"       filecache forget [OPTION]... --dead\n\n"
	"Forget who brought pages in: those of dead owners count as \"(before load)\"\n"
	"from now on.  Nothing is dropped from the cache and no sum changes; the list\n"
	"gets shorter, and the module's memory smaller.  Needs CAP_SYS_ADMIN.\n\n"
	"      --dead           forget all that are dead\n"
	HELP_END_SIZES "\n"
	"Examples:\n"
	"  filecache forget @17 @18   owners seen in 'filecache list --dead'\n"
	"  filecache forget --dead    all of those\n",
};
