// SPDX-License-Identifier: GPL-2.0-or-later
/* kvmonitor: what a virtual machine is doing, seen from outside. */
#include "base/macros.h"
#include "command.h"

static const struct command *const commands[] = {
	&command_list, &command_info, &command_ps, &command_files, &command_sockets,
	&command_modules, &command_mounts, &command_cache, &command_dmesg, &command_watch,
	&command_enrol, &command_check, &command_xaddr, &command_read, &command_symbol,
	&command_type, &command_disk, &command_isolate, &command_tap,
};

static const struct tool tool = {
	.name = "kvmonitor",
	.version = VERSION,
	.brief = "What a virtual machine is doing, seen from outside: by its memory and disks.",
	.commands = commands,
	.count = ARRAY_SIZE(commands),
};

int main(int argc, char **argv)
{
	return command_main(&tool, argc, argv);
}
