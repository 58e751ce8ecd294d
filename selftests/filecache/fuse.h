/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A FUSE file system with one file, served by a process of its own. */
#ifndef FILECACHE_TEST_FUSE_H
#define FILECACHE_TEST_FUSE_H

#include <stdbool.h>
#include <sys/types.h>

/** FUSE_FILE - name of its file */
#define FUSE_FILE "file"

/**
 * fuse_start() - Mount it.
 * @dir: where, made if it is not there
 * @bytes: size of the file at first
 * @move: answer reads by splicing pages of the server's own in, which the
 *	kernel then puts into the place of the file's
 * @ret_server: the server
 *
 * Return: NULL, or why it cannot be done, as SKIP() wants it.
 */
const char *fuse_start(const char *dir, size_t bytes, bool move, pid_t *ret_server);

/** fuse_stop() - Unmount it, and reap the server. Return: whether both worked. */
bool fuse_stop(const char *dir, pid_t server);

#endif
