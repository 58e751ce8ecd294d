/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Whole small files: read within a bound, written so that no half is seen. */
#ifndef BASE_FILE_H
#define BASE_FILE_H

#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "error.h"

/**
 * file_read() - A whole file as a string.
 * @path: an ordinary file, or one of /proc, /sys or a cgroup
 * @max: refuse a file of more bytes than this
 * @ret: the contents and a NUL, to be freed; untouched on failure
 * @ret_len: length without the NUL, may be NULL
 * @err: why it failed
 *
 * Return: 0; -EFBIG above @max; other negative errno.
 */
int file_read(const char *path, size_t max, char **ret, size_t *ret_len,
	      struct error *err);

/** file_read_fd() - What is left of an open file, called @what in errors. */
int file_read_fd(int fd, const char *what, size_t max, char **ret,
		 size_t *ret_len, struct error *err);

/**
 * file_read_private() - Likewise, of a file that nobody else can have written.
 * @path: an ordinary file of ours; never waits for one that is something else
 * @max: see file_read()
 * @ret: see file_read()
 * @ret_len: see file_read()
 * @err: why it failed
 *
 * Return: 0; -EPERM when it is a link, no ordinary file, or when others own or
 * may write it; -EFBIG above @max; other negative errno.
 */
int file_read_private(const char *path, size_t max, char **ret, size_t *ret_len,
		      struct error *err);

/** file_read_u64() - A file that holds one number. Return: 0, negative errno. */
int file_read_u64(const char *path, uint64_t *ret, struct error *err);

/**
 * file_write() - Write to a file that exists, in one write().
 *
 * For /proc, /sys and cgroups, where a short write must not be continued.
 *
 * Return: 0 or negative errno.
 */
int file_write(const char *path, const char *text, struct error *err);

/**
 * file_write_atomic() - Put a file in place, durably, whole or not at all.
 * @path: replaced if it exists; the temporary file is made beside it
 * @mode: permissions of the new file
 * @data: its contents
 * @len: their length
 * @err: why it failed
 *
 * Return: 0 or negative errno; then the old file is still there.
 */
int file_write_atomic(const char *path, mode_t mode, const void *data,
		      size_t len, struct error *err);

/**
 * file_replace() - Likewise, but not durably: after a crash of the machine it
 * may be the old file or an empty one.  For what is written over and over.
 */
int file_replace(const char *path, mode_t mode, const void *data, size_t len,
		 struct error *err);

/**
 * file_write_output() - Write to where the user wants it.
 * @path: of a file, which is replaced as by file_write_atomic(); or of a FIFO or
 *	  a character device, which is written to
 * @data: its contents
 * @len: their length
 * @err: why it failed
 *
 * Links are followed.  A file that exists keeps its mode and owner; a new one
 * gets those that any program's would.
 *
 * Return: 0; -EINVAL when there is something else; other negative errno.
 */
int file_write_output(const char *path, const void *data, size_t len,
		      struct error *err);

/**
 * file_open_standard() - See to it that descriptors 0 to 2 are open.
 *
 * To be called first in main(): what is opened later must not become the standard
 * output because that was closed.  Reading or writing one that was closed fails as
 * before, and a program that is executed has it closed.
 *
 * Return: 0 or negative errno.
 */
int file_open_standard(void);

#endif
