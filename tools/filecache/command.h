/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The subcommands of filecache. */
#ifndef FILECACHE_COMMAND_H
#define FILECACHE_COMMAND_H

#include "base/command.h"

extern const struct command command_show;
extern const struct command command_list;
extern const struct command command_stats;
extern const struct command command_evict;
extern const struct command command_run;
extern const struct command command_files;
extern const struct command command_forget;
extern const struct command command_top;
extern const struct command command_watch;
extern const struct command command_export;

#endif
