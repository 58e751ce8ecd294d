// SPDX-License-Identifier: GPL-2.0-or-later
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <unistd.h>

#include <libnbd.h>

#include "base/clock.h"
#include "base/u64.h"
#include "nbd.h"

/* A guest whose disk is slow is one thing, a QEMU that is stopped another. */
#define ANSWER_NS	(30 * NSEC_PER_SEC)
/* All servers have requests of so many bytes (NBD's protocol, "block size constraints"). */
#define REQUEST_MAX	33554432u

/** struct nbd - the connection; NULL when it is of no use any more */
struct nbd {
	struct nbd_handle *handle;
};

static void leave(struct nbd *nbd)
{
	nbd_close(nbd->handle);
	nbd->handle = NULL;
}

/* Until a command is complete. Return: 0; -ETIMEDOUT; -ENOTCONN; the server's error. */
static int await(struct nbd_handle *handle, int64_t cookie)
{
	uint64_t until_ns = clock_now_ns(CLOCK_MONOTONIC) + ANSWER_NS;
	int r;

	while ((r = nbd_aio_command_completed(handle, (uint64_t)cookie)) == 0) {
		uint64_t now_ns = clock_now_ns(CLOCK_MONOTONIC);

		if (now_ns >= until_ns)
			return -ETIMEDOUT;
		if (nbd_poll(handle, (int)((until_ns - now_ns) / NSEC_PER_MSEC) + 1) < 0)
			return -ENOTCONN;
	}
	if (r == 1)
		return 0;
	r = nbd_get_errno();
	return r > 0 ? -r : -EIO;
}

static int read_some(struct nbd *nbd, uint64_t offset, void *buf, size_t len)
{
	int64_t cookie = nbd_aio_pread(nbd->handle, buf, len, offset, NBD_NULL_COMPLETION, 0);
	int r = cookie < 0 ? -ENOTCONN : await(nbd->handle, cookie);

	/* An answer that comes later would be written to what is not ours any more. */
	if (r == -ETIMEDOUT || nbd_aio_is_ready(nbd->handle) <= 0) {
		leave(nbd);
		r = -ENOTCONN;
	}
	return r;
}

static int nbd_read(void *arg, uint64_t offset, void *buf, size_t len)
{
	struct nbd *nbd = arg;
	char *to = buf;
	int r = 0;

	while (len > 0 && r == 0) {
		size_t n = (size_t)u64_min(len, REQUEST_MAX);

		if (!nbd->handle)
			return -ENOTCONN;
		r = read_some(nbd, offset, to, n);
		to += n;
		offset += n;
		len -= n;
	}
	return r;
}

static void nbd_destroy(void *arg)
{
	struct nbd *nbd = arg;

	nbd_close(nbd->handle);
	free(nbd);
}

static const struct disk_ops ops = { .read = nbd_read, .destroy = nbd_destroy };

static int fail(struct nbd *nbd, struct error *err)
{
	const char *why = nbd_get_error();
	int r = error_set(err, -EPROTO, "the export cannot be read: %s",
			  why ? why : "it is not known why");

	nbd_destroy(nbd);
	return r;
}

/* Who takes a connection, and says nothing, is not waited for without end. */
static int connect_in_time(struct nbd_handle *handle, int fd)
{
	uint64_t now_ns, until_ns = clock_now_ns(CLOCK_MONOTONIC) + ANSWER_NS;

	if (nbd_aio_connect_socket(handle, fd) < 0)
		return -1;
	while (nbd_aio_is_connecting(handle) > 0) {
		now_ns = clock_now_ns(CLOCK_MONOTONIC);
		if (now_ns >= until_ns ||
		    nbd_poll(handle, (int)((until_ns - now_ns) / NSEC_PER_MSEC) + 1) < 0)
			return -1;
	}
	return nbd_aio_is_ready(handle) > 0 ? 0 : -1;
}

int disk_open_nbd(struct disk **ret, int fd, const char *name, struct error *err)
{
	struct nbd *nbd = calloc(1, sizeof(*nbd));
	int64_t size, block;

	if (nbd)
		nbd->handle = nbd_create();
	if (!nbd || !nbd->handle) {
		close(fd);
		free(nbd);
		return error_errno(err, -ENOMEM, "NBD");
	}
	if (nbd_set_export_name(nbd->handle, name) < 0) {
		close(fd);
		return fail(nbd, err);
	}
	if (connect_in_time(nbd->handle, fd) < 0)
		return fail(nbd, err);
	size = nbd_get_size(nbd->handle);
	block = nbd_get_block_size(nbd->handle, LIBNBD_SIZE_MINIMUM);
	if (size < 0)
		return fail(nbd, err);
	return disk_create(ret, &(struct disk){
		.size = (uint64_t)size, .ops = &ops, .arg = nbd,
		/* What the guest sees as its blocks is not told; see gpt.c. */
		.block_size = block > DISK_SECTOR && block <= 4096 ? (uint32_t)block : DISK_SECTOR,
	}, err);
}
