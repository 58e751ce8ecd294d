/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Programs of the system's that do a part of the work: ip and tc. */
#ifndef KVMONITOR_TOOL_H
#define KVMONITOR_TOOL_H

#include "base/error.h"

/* Longest list of words, with the NULL. */
#define TOOL_WORDS_MAX	24

/**
 * tool_run() - Run a program to its end.
 * @net: namespace of networks that it runs in, -1 for ours
 * @ret: what it printed, to be freed; NULL when that is not wanted
 * @err: what it said, when it failed
 * @words: its name, from the system's folders alone, and arguments, up to a NULL
 *
 * No shell is in between.
 *
 * Return: 0; -ENOENT when it is not installed; -EIO when it failed; others.
 */
int tool_run(int net, char **ret, struct error *err, const char *const *words);

/* tool_run() with the words as they stand. */
#define TOOL(net, err, ...) tool_run(net, NULL, err, (const char *const[]){ __VA_ARGS__, NULL })

/**
 * tool_raise() - Bring an interface up that has no address, and by which the kernel is silent.
 * @net: namespace of networks that it is in, -1 for ours
 * @name: of the interface
 * @err: why it failed
 *
 * Return: see tool_run().
 */
int tool_raise(int net, const char *name, struct error *err);

#endif
