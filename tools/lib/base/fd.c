// SPDX-License-Identifier: GPL-2.0-or-later
#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "fd.h"

/* Into their place among those that are sorted already. */
static void insert(int *sorted, size_t count, int fd)
{
	for (; count > 0 && sorted[count - 1] > fd; count--)
		sorted[count] = sorted[count - 1];
	sorted[count] = fd;
}

int fd_close_others(const int *fds, size_t count)
{
	unsigned int from = STDERR_FILENO + 1;
	int sorted[FDS_KEPT_MAX];
	size_t i;

	if (count > FDS_KEPT_MAX)
		return -EINVAL;
	for (i = 0; i < count; i++) {
		if (fds[i] < 0)
			return -EINVAL;
		insert(sorted, i, fds[i]);
	}
	for (i = 0; i < count; i++) {
		unsigned int fd = (unsigned int)sorted[i];

		if (fd > from && close_range(from, fd - 1, 0) < 0)
			return -errno;
		if (fd >= from)
			from = fd + 1;
	}
	return close_range(from, ~0u, 0) < 0 ? -errno : 0;
}

int fd_read_at(int fd, uint64_t offset, void *buf, size_t len)
{
	char *to = buf;

	while (len > 0) {
		ssize_t got = pread(fd, to, len, (off_t)offset);

		if (got < 0 && errno == EINTR)
			continue;
		if (got < 0)
			return -errno;
		if (got == 0)
			return -ENODATA;
		to += got;
		offset += (size_t)got;
		len -= (size_t)got;
	}
	return 0;
}
