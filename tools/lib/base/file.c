// SPDX-License-Identifier: GPL-2.0-or-later
/* Whole small files: read within a bound, written so that no half is seen. */
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <libgen.h>
#include <limits.h>
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

int file_read_private(const char *path, size_t max, char **ret, size_t *ret_len,
		      struct error *err)
{
	__free_fd int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
	struct stat st;

	if (fd < 0 && errno != ELOOP)
		return error_errno(err, -errno, "%s", path);
	if (fd >= 0 && fstat(fd, &st) < 0)
		return error_errno(err, -errno, "%s", path);
	if (fd < 0 || !S_ISREG(st.st_mode) || st.st_uid != geteuid() ||
	    (st.st_mode & 0022))
		return error_set(err, -EPERM,
				 "%s: others may have written it; see what it is, and make it a file of one's own that only its owner can write",
				 path);
	return file_read_fd(fd, path, max, ret, ret_len, err);
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

/* @like: a file whose owner the new one gets, NULL for our own. */
static int fill(int fd, mode_t mode, const struct stat *like, const void *data,
		size_t len, bool durable)
{
	int r = write_all(fd, data, len);

	if (r < 0)
		return r;
	if (fchmod(fd, mode) < 0)
		return -errno;
	if (like && fchown(fd, like->st_uid, like->st_gid) < 0)
		return -errno;
	return durable && fsync(fd) < 0 ? -errno : 0;
}

static int replace(const char *path, mode_t mode, const struct stat *like,
		   const void *data, size_t len, bool durable, struct error *err)
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

	r = fill(fd, mode, like, data, len, durable);
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
	return replace(path, mode, NULL, data, len, false, err);
}

static int replace_durably(const char *path, mode_t mode,
			   const struct stat *like, const void *data,
			   size_t len, struct error *err)
{
	int r = replace(path, mode, like, data, len, true, err);

	if (r < 0)
		return r;
	r = sync_folder(path);
	return r < 0 ? error_errno(err, r, "%s", path) : 0;
}

int file_write_atomic(const char *path, mode_t mode, const void *data,
		      size_t len, struct error *err)
{
	return replace_durably(path, mode, NULL, data, len, err);
}

static int write_new(const char *path, const void *data, size_t len,
		     struct error *err)
{
	mode_t mask = umask(0);

	umask(mask);
	return replace_durably(path, 0666 & ~mask, NULL, data, len, err);
}

/* A pipe or a terminal cannot be replaced, but takes what is written to it. */
static int write_through(const char *path, const char *link, const void *data,
			 size_t len, struct error *err)
{
	__free_fd int fd = open(link, O_WRONLY | O_NOCTTY | O_CLOEXEC);
	int r = fd < 0 ? -errno : write_all(fd, data, len);

	return r < 0 ? error_errno(err, r, "%s", path) : 0;
}

int file_write_output(const char *path, const void *data, size_t len,
		      struct error *err)
{
	__free_fd int fd = open(path, O_PATH | O_CLOEXEC);
	char link[64], real[PATH_MAX];
	struct stat st;
	ssize_t n;

	if (fd < 0 && errno == ENOENT && lstat(path, &st) < 0)
		return write_new(path, data, len, err);
	if (fd < 0 || fstat(fd, &st) < 0)
		return error_errno(err, -errno, "%s", path);
	/* What the kernel has found, however links are changed meanwhile. */
	snprintf(link, sizeof(link), "/proc/self/fd/%d", fd);
	if (S_ISFIFO(st.st_mode) || S_ISCHR(st.st_mode))
		return write_through(path, link, data, len, err);
	if (!S_ISREG(st.st_mode) || st.st_nlink == 0)
		return error_set(err, -EINVAL, "%s: is no regular file", path);
	n = readlink(link, real, sizeof(real) - 1);
	if (n < 0)
		return error_errno(err, -errno, "%s", path);
	real[n] = '\0';
	return replace_durably(real, st.st_mode & 0777, &st, data, len, err);
}

int file_open_standard(void)
{
	int fd, wanted;

	for (wanted = STDIN_FILENO; wanted <= STDERR_FILENO; wanted++) {
		if (fcntl(wanted, F_GETFD) >= 0)
			continue;
		/* The lowest that is free, and of no use for what it is for. */
		fd = open("/dev/null", O_CLOEXEC |
			  (wanted == STDIN_FILENO ? O_WRONLY : O_RDONLY));
		if (fd < 0)
			return -errno;
	}
	return 0;
}
