/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Processes that own what they have read, and wait. */
#ifndef FILECACHE_READER_H
#define FILECACHE_READER_H

#include <sys/types.h>

/**
 * reader_start() - Start a process that reads files and waits to be killed.
 * @wanted: its number; any, for 0
 * @a: a file
 * @b: another one, or NULL
 *
 * Return: its number, once it has read; -1.
 */
pid_t reader_start(pid_t wanted, const char *a, const char *b);

/** reader_end() - Kill it, or another child, and wait for its end. */
void reader_end(pid_t pid);

#endif
