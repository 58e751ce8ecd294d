/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Open descriptors. */
#ifndef BASE_FD_H
#define BASE_FD_H

#include <stddef.h>
#include <stdint.h>

/* More than these nobody keeps. */
#define FDS_KEPT_MAX	256

/**
 * fd_close_others() - Close all but the standard ones and these.
 * @fds: that stay open, in any order
 * @count: of them, at most FDS_KEPT_MAX
 *
 * Allocates nothing: also for a child of a process with threads.
 *
 * Return: 0; -EINVAL for too many or a negative one; other negative errno.
 */
int fd_close_others(const int *fds, size_t count);

/**
 * fd_read_at() - All of some bytes of a file.
 * @fd: of a file that has positions; its own is not moved
 * @offset: of the first one, in bytes
 * @buf: gets them
 * @len: how many
 *
 * Return: 0; -ENODATA when the file ends before; other negative errno.
 */
int fd_read_at(int fd, uint64_t offset, void *buf, size_t len);

#endif
