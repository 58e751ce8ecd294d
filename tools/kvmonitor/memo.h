/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Files of what was found of guests, one for each QEMU that runs: named by the host's number of
 * the process and when it was started, of which the guest knows nothing and can change nothing.
 */
#ifndef KVMONITOR_MEMO_H
#define KVMONITOR_MEMO_H

#include <stddef.h>
#include <sys/types.h>

#include "base/error.h"
#include "record.h"

/* Forgotten when the host boots, as its processes are. */
#define MEMO_FOLDER	RECORD_FOLDER "/layouts"
#define MEMO_PATH_MAX	96
#define MEMO_FILE_MAX	65536u

/**
 * memo_path() - Where it is for one QEMU.
 * @pid: of it
 * @ret: gets the path
 *
 * Return: its last part, which tells this QEMU from all others; NULL when there is none such.
 */
const char *memo_path(pid_t pid, char ret[MEMO_PATH_MAX]);

/**
 * memo_read() - What is kept.
 * @path: by memo_path()
 * @ret: gets it, to be freed
 * @ret_len: of it
 *
 * Return: 0; -ENOENT when nothing is; other negative errno.
 */
int memo_read(const char *path, char **ret, size_t *ret_len);

/**
 * memo_write() - Keep something else, and forget what is of QEMUs that have ended.
 * @path: by memo_path()
 * @bytes: of it
 * @len: of these; 0 to keep nothing
 * @err: why it failed
 *
 * Return: 0; negative errno.
 */
int memo_write(const char *path, const void *bytes, size_t len, struct error *err);

#endif
