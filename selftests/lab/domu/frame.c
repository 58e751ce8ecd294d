// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Packing, sending and finding the lab's frames.
 */
#include <errno.h>
#include <poll.h>
#include <string.h>
#include <termios.h>
#include <unistd.h>

#include "frame.h"

static const uint8_t magic[4] = { 0x01, 'L', 'A', 'B' };

/* FNV-1a: enough to notice a kernel message in the middle of a frame. */
static uint32_t checksum(const uint8_t *p, size_t len, uint32_t seed)
{
	uint32_t h = 2166136261u ^ seed;

	while (len--)
		h = (h ^ *p++) * 16777619u;
	return h;
}

static void put(uint8_t *p, uint32_t v, int bytes)
{
	while (bytes--) {
		*p++ = v;
		v >>= 8;
	}
}

static uint32_t get(const uint8_t *p, int bytes)
{
	uint32_t v = 0;

	while (bytes--)
		v = v << 8 | p[bytes];
	return v;
}

static int write_all(int fd, const uint8_t *p, size_t len)
{
	while (len) {
		ssize_t n = write(fd, p, len);

		if (n < 0 && errno == EAGAIN) {
			struct pollfd pfd = { .fd = fd, .events = POLLOUT };

			poll(&pfd, 1, -1);
			continue;
		}
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return -errno;
		p += n;
		len -= n;
	}
	return 0;
}

/**
 * frame_send() - send one frame, waiting as long as it takes
 * @fd: the console
 * @type: an enum frame_type
 * @seq: number of the request
 * @data: what to carry, may be NULL when @len is 0
 * @len: bytes of it
 *
 * Return: 0, -EMSGSIZE, or -errno of write().
 */
int frame_send(int fd, uint8_t type, uint32_t seq, const void *data, size_t len)
{
	uint8_t buf[FRAME_HEAD + FRAME_MAX_DATA];

	if (len > FRAME_MAX_DATA)
		return -EMSGSIZE;
	memcpy(buf, magic, sizeof(magic));
	put(buf + 4, seq, 4);
	put(buf + 12, len, 2);
	buf[14] = type;
	buf[15] = 0;
	if (len)
		memcpy(buf + FRAME_HEAD, data, len);
	put(buf + 8, checksum(buf + 12, len + 4, seq), 4);
	return write_all(fd, buf, FRAME_HEAD + len);
}

/**
 * frame_fill() - read once from a descriptor that is ready
 * @r: the reader
 * @fd: the console
 *
 * Return: bytes read, 0 at the end or when nothing was there, or -errno.
 */
int frame_fill(struct frame_reader *r, int fd)
{
	ssize_t n = read(fd, r->buf + r->len, sizeof(r->buf) - r->len);

	if (n < 0)
		return errno == EAGAIN || errno == EINTR ? 0 : -errno;
	r->len += n;
	return n;
}

static void consume(struct frame_reader *r, size_t n)
{
	r->len -= n;
	memmove(r->buf, r->buf + n, r->len);
}

/* Drop what precedes the next magic, which may be there in part only. */
static void seek_magic(struct frame_reader *r)
{
	size_t i;

	for (i = 0; i < r->len; i++) {
		size_t n = r->len - i;

		if (n > sizeof(magic))
			n = sizeof(magic);
		if (!memcmp(r->buf + i, magic, n))
			break;
	}
	consume(r, i);
}

/**
 * frame_next() - take the next whole frame out of what was read
 * @r: the reader
 * @ret_frame: where it goes
 *
 * Whatever is no frame is skipped; a damaged one is counted and skipped.
 *
 * Return: 1 for a frame, 0 if more must be read first.
 */
int frame_next(struct frame_reader *r, struct frame *ret_frame)
{
	for (;;) {
		uint32_t seq;
		size_t len;

		seek_magic(r);
		if (r->len < FRAME_HEAD)
			return 0;
		seq = get(r->buf + 4, 4);
		len = get(r->buf + 12, 2);
		if (len > FRAME_MAX_DATA) {
			r->damaged++;
			consume(r, 1);
			continue;
		}
		if (r->len < FRAME_HEAD + len)
			return 0;
		if (get(r->buf + 8, 4) != checksum(r->buf + 12, len + 4, seq)) {
			r->damaged++;
			consume(r, 1);
			continue;
		}
		ret_frame->type = r->buf[14];
		ret_frame->seq = seq;
		ret_frame->len = len;
		memcpy(ret_frame->data, r->buf + FRAME_HEAD, len);
		consume(r, FRAME_HEAD + len);
		return 1;
	}
}

/**
 * frame_raw_tty() - make a terminal pass every byte as it is
 * @fd: the terminal; anything else is left alone
 *
 * Return: 0 or -errno of tcsetattr().
 */
int frame_raw_tty(int fd)
{
	struct termios t;

	if (tcgetattr(fd, &t))
		return 0;
	cfmakeraw(&t);
	t.c_cc[VMIN] = 1;
	t.c_cc[VTIME] = 0;
	return tcsetattr(fd, TCSANOW, &t) ? -errno : 0;
}
