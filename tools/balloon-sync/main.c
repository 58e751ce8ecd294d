// SPDX-License-Identifier: GPL-2.0-or-later
/* balloon-sync: charge a guest for the memory that is used on its behalf. */
#include <errno.h>
#include <locale.h>
#include <stdio.h>
#include <string.h>

#include "base/file.h"
#include "backend.h"
#include "config.h"
#include "manager.h"
#include "options.h"
#include "overview.h"
#include "plot.h"
#include "restore.h"
#include "simulate.h"

#define EXIT_FAIL	1
#define EXIT_USAGE	2

/* As a compiler does: nothing, or the file and line and what is wrong there. */
static int check(const char *path)
{
	struct config *config = NULL;
	struct error err = { 0 };
	int r = config_load(path, &config, &err);

	if (r < 0) {
		fprintf(stderr, "%s\n", err.text);
	} else {
		r = backend_check(config, &err);
		if (r < 0)
			fprintf(stderr, "%s: %s\n", path, err.text);
	}
	config_free(config);
	return r == -EINVAL ? EXIT_USAGE : r < 0 ? EXIT_FAIL : 0;
}

int main(int argc, char **argv)
{
	struct options options;
	struct error err = { 0 };
	int r;

	if (file_open_standard() < 0)
		return EXIT_FAIL;
	setlocale(LC_CTYPE, "");
	/* These have options of their own and need no hypervisor. */
	if (argc > 1 && strcmp(argv[1], "simulate") == 0)
		return simulate_main(argc - 1, argv + 1);
	if (argc > 1 && strcmp(argv[1], "plot") == 0)
		return plot_main(argc - 1, argv + 1);
	r = options_parse(argc, argv, &options, &err);
	if (r < 0) {
		fprintf(stderr, "balloon-sync: %s; see --help\n", err.text);
		return EXIT_USAGE;
	}
	switch (options.command) {
	case COMMAND_HELP:
		fputs(options_help(), stdout);
		break;
	case COMMAND_CHECK:
		return check(options.config ? options.config : CONFIG_PATH);
	case COMMAND_RUN:
		r = manager_run(&options, &err);
		break;
	case COMMAND_STATUS:
		r = overview_run(&options, &err);
		break;
	case COMMAND_RESTORE:
		r = restore_run(&options, &err);
		break;
	}
	if (r < 0)
		fprintf(stderr, "balloon-sync: %s\n", err.text);
	return r < 0 ? EXIT_FAIL : 0;
}
