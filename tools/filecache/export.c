// SPDX-License-Identifier: GPL-2.0-or-later
/* filecache export: metrics for Prometheus. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/file.h"
#include "base/parse.h"
#include "families.h"

#define TOP 20
#define TOP_MAX 10000

enum {
	OPTION_OPENMETRICS = OPTION_OWN,
	OPTION_TOP,
};

/**
 * struct wish - what is asked for
 * @options: shared options
 * @by: families_by() of it
 * @top: names of each at most
 * @output: file, NULL or "-" for the standard output
 * @openmetrics: the newer format
 */
struct wish {
	struct options options;
	unsigned int by;
	uint64_t top;
	const char *output;
	bool openmetrics;
};

static int write_out(const struct wish *wish, const char *text, size_t len,
		     struct error *err)
{
	int r;

	if (wish->output && strcmp(wish->output, "-") != 0) {
		r = file_write_output(wish->output, text, len, err);
		return r != -EINVAL ? r :
		       error_set(err, r, "%s: is no regular file; leave out -o to print",
				 wish->output);
	}
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
	r = families_put(&metrics, owners, wish->by, wish->top);
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
	unsigned int by;

	switch (option) {
	case 'o':
		wish->output = optarg;
		break;
	case OPTION_OPENMETRICS:
		wish->openmetrics = true;
		break;
	case 'b':
		by = families_by(optarg);
		if (!by)
			return usage_error(self, "--by: '%s' is nothing to sum up by",
					   optarg);
		wish->by |= by;
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
		OPTIONS_END_HELP
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
	if (wish.by == 0)
		wish.by = families_by("program");

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
	"replaced as a whole or not at all, and keeps its mode and owner.  Needs\n"
	"CAP_NET_ADMIN.\n\n"
	"  -o, --output FILE  replace FILE, or write to a FIFO or device; - prints\n"
	"  -b, --by KEY       sum up by program (as without it), user or cgroup; may be\n"
	"                     given several times\n"
	"      --top N        of each only the N that hold most, all others being\n"
	"                     \"(other)\" (20)\n"
	"      --openmetrics  OpenMetrics rather than the older text format\n"
	HELP_END_HELP "\n"
	"Examples:\n"
	"  filecache export -o /var/lib/prometheus/node-exporter/filecache.prom\n"
	"  filecache export --by program --by cgroup --top 50\n",
};
