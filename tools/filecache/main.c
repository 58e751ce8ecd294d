// SPDX-License-Identifier: GPL-2.0-or-later
/* filecache: which process filled the page cache. */
#include "base/macros.h"
#include "command.h"

static const struct command *const commands[] = {
	&command_top, &command_list, &command_show, &command_files, &command_run,
	&command_watch, &command_evict, &command_forget, &command_stats,
	&command_export,
};

static const struct tool tool = {
	.name = "filecache",
	.version = VERSION,
	.brief = "Which process filled the page cache, also after it has ended.",
	.commands = commands,
	.count = ARRAY_SIZE(commands),
};

int main(int argc, char **argv)
{
	return command_main(&tool, argc, argv);
}
