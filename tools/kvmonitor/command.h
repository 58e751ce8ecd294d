/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The subcommands of kvmonitor. */
#ifndef KVMONITOR_COMMAND_H
#define KVMONITOR_COMMAND_H

#include "base/command.h"

extern const struct command command_cache;
extern const struct command command_check;
extern const struct command command_disk;
extern const struct command command_dmesg;
extern const struct command command_enrol;
extern const struct command command_files;
extern const struct command command_info;
extern const struct command command_isolate;
extern const struct command command_list;
extern const struct command command_modules;
extern const struct command command_mounts;
extern const struct command command_ps;
extern const struct command command_read;
extern const struct command command_sockets;
extern const struct command command_symbol;
extern const struct command command_tap;
extern const struct command command_type;
extern const struct command command_watch;
extern const struct command command_xaddr;

#endif
