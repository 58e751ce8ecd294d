// SPDX-License-Identifier: GPL-2.0-or-later
/* Whole small files: read within a bound, written so that no half is seen. */
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <libgen.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "cleanup.h"
#include "file.h"
#include "parse.h"

/* Until the end of the file: those of /proc have no size beforehand. */
static int read_all(int fd, size_t max, char **ret, size_t *ret_len)
{
	__free_mem char *buf = NULL;
	size_t len = 0, room = 0;

	for (;;) {
		ssize_t n;

		if (len + 1 >= room) {
			char *more;

			room = room ? 2 * room : 4096;
			more = realloc(buf, room);
			if (!more)
				return -ENOMEM;
			buf = more;
		}
		n = read(fd, buf + len, room - len - 1);
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return -errno;
		if (n == 0)
			break;
		len += (size_t)n;
		if (len > max)
			return -EFBIG;
	}
	buf[len] = '\0';
	*ret = no_free_ptr(buf);
	*ret_len = len;
	return 0;
}

int file_read(const char *path, size_t max, char **ret, size_t *ret_len,
	      struct error *err)
{
	__free_fd int fd = open(path, O_RDONLY | O_CLOEXEC);

	if (fd < 0)
		return error_errno(err, -errno, "%s", path);
	return file_read_fd(fd, path, max, ret, ret_len, err);
}

int file_read_fd(int fd, const char *what, size_t max, char **ret,
		 size_t *ret_len, struct error *err)
{
	size_t len = 0;
	int r = read_all(fd, max, ret, &len);

	if (r < 0)
		return error_errno(err, r, "%s", what);
	if (ret_len)
		*ret_len = len;
	return 0;
}

int file_read_u64(const char *path, uint64_t *ret, struct error *err)
{
	__free_mem char *text = NULL;
	int r = file_read(path, 64, &text, NULL, err);

	if (r < 0)
		return r;
	text[strcspn(text, "\n")] = '\0';
	return parse_u64(path, text, 0, UINT64_MAX, ret, err);
}

int file_write(const char *path, const char *text, struct error *err)
{
	__free_fd int fd = open(path, O_WRONLY | O_CLOEXEC);
	ssize_t n;

	if (fd < 0)
		return error_errno(err, -errno, "%s", path);
	n = write(fd, text, strlen(text));
	if (n < 0)
		return error_errno(err, -errno, "%s", path);
	if ((size_t)n != strlen(text))
		return error_errno(err, -EIO, "%s", path);
	return 0;
}

static int write_all(int fd, const char *data, size_t len)
{
	while (len > 0) {
		ssize_t n = write(fd, data, len);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return -errno;
		data += n;
		len -= (size_t)n;
	}
	return 0;
}

/* A rename lasts only once the directory is on the disk too. */
static int sync_folder(const char *path)
{
	__free_mem char *copy = strdup(path);
	__free_fd int fd = -1;

	if (!copy)
		return -ENOMEM;
	fd = open(dirname(copy), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (fd < 0)
		return -errno;
	return fsync(fd) < 0 ? -errno : 0;
}

static int fill(int fd, mode_t mode, const void *data, size_t len, bool durable)
{
	int r = write_all(fd, data, len);

	if (r < 0)
		return r;
	if (fchmod(fd, mode) < 0 || (durable && fsync(fd) < 0))
		return -errno;
	return 0;
}

static int replace(const char *path, mode_t mode, const void *data, size_t len,
		   bool durable, struct error *err)
{
	__free_mem char *temporary = NULL;
	__free_fd int fd = -1;
	int r;

	if (asprintf(&temporary, "%s.XXXXXX", path) < 0) {
		temporary = NULL;
		return error_errno(err, -ENOMEM, "%s", path);
	}
	fd = mkostemp(temporary, O_CLOEXEC);
	if (fd < 0)
		return error_errno(err, -errno, "%s", path);

	r = fill(fd, mode, data, len, durable);
	if (r == 0 && rename(temporary, path) < 0)
		r = -errno;
	if (r < 0) {
		unlink(temporary);
		return error_errno(err, r, "%s", path);
	}
	return 0;
}

int file_replace(const char *path, mode_t mode, const void *data, size_t len,
		 struct error *err)
{
	return replace(path, mode, data, len, false, err);
}

int file_write_atomic(const char *path, mode_t mode, const void *data,
		      size_t len, struct error *err)
{
	int r = replace(path, mode, data, len, true, err);

	if (r < 0)
		return r;
	r = sync_folder(path);
	return r < 0 ? error_errno(err, r, "%s", path) : 0;
}
