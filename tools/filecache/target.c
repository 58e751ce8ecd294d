// SPDX-License-Identifier: GPL-2.0-or-later
/* What the user names on the command line: a process or an owner. */
#include <inttypes.h>
#include <stdio.h>

#include "base/format.h"
#include "base/out.h"
#include "base/parse.h"
#include "filecache/filecache.h"
#include "target.h"

/* PID_MAX_LIMIT of 64-bit kernels. */
#define PID_LIMIT 4194304

int target_parse(const char *text, struct target *ret, struct error *err)
{
	uint64_t value;
	int r;

	if (text[0] == '@') {
		r = parse_u64("owner", text + 1, 1, UINT64_MAX, &value, err);
		if (r < 0)
			return r;
		*ret = (struct target){ .owner = value };
		return 0;
	}
	r = parse_u64("pid", text, 1, PID_LIMIT, &value, err);
	if (r < 0)
		return r;
	*ret = (struct target){ .pid = (pid_t)value };
	return 0;
}

char *target_text(char *buf, const struct target *target)
{
	if (target->owner)
		snprintf(buf, FORMAT_MAX, "@%" PRIu64, target->owner);
	else
		snprintf(buf, FORMAT_MAX, "%d", (int)target->pid);
	return buf;
}

int targets_check(const struct command *self, int count, char **args)
{
	struct target target;
	struct error err;
	int i;

	if (count == 0)
		return usage_error(self, "no process or owner given");
	for (i = 0; i < count; i++)
		if (target_parse(args[i], &target, &err) < 0)
			return usage_error(self, "%s", err.text);
	return 0;
}

int targets_do_all(const struct command *self, const struct options *options,
		   int count, char **args, targets_do *todo, struct error *err)
{
	struct filecache_client *client = NULL;
	struct filecache_stats stats;
	struct out *out = NULL;
	int r, status;

	status = targets_check(self, count, args);
	if (status != 0)
		return status;

	r = filecache_client_create(&client, err);
	if (r == 0)
		r = filecache_get_stats(client, &stats, err);
	if (r == 0)
		r = options_out(options, stats.page_size, &out, err);
	if (r == 0) {
		status = todo(client, out, options, stats.page_size, count,
			      args);
		r = out_finish(out, err);
	}
	out_destroy(out);
	filecache_client_destroy(client);
	return r < 0 ? r : status;
}

int targets_run(const struct command *self, int argc, char **argv,
		targets_do *todo, struct error *err)
{
	static const struct option longs[] = { OPTIONS_END_SIZES };
	struct options options = { 0 };
	int status;

	if (options_next(self, argc, argv, ":h", longs, &options,
			 &status) == OPTIONS_EXIT)
		return status;
	return targets_do_all(self, &options, argc - optind, argv + optind,
			      todo, err);
}
