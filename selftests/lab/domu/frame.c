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

/*
 * START occurs nowhere but at the start, so a reader that was disturbed finds
 * its way back at the next frame.  SYSRQ never occurs: on a hypervisor console
 * the guest's kernel takes that byte for itself, and the one after it for a
 * command.
 */
#define START		0x01
#define SYSRQ		0x0f
#define ESCAPE		0x10
#define ESCAPE_FLIP	0x40

static const uint8_t magic[4] = { START, 'L', 'A', 'B' };

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

static size_t escape(uint8_t *to, const uint8_t *from, size_t len)
{
	uint8_t *start = to;

	for (; len--; from++) {
		if (*from == START || *from == SYSRQ || *from == ESCAPE) {
			*to++ = ESCAPE;
			*to++ = *from ^ ESCAPE_FLIP;
		} else {
			*to++ = *from;
		}
	}
	return to - start;
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
	uint8_t wire[2 * sizeof(buf)] = { START };

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
	return write_all(fd, wire, 1 + escape(wire + 1, buf + 1, FRAME_HEAD + len - 1));
}

/**
 * frame_fill() - read once from a descriptor that is ready
 * @r: the reader, whose frames have all been taken
 * @fd: the console
 *
 * Return: bytes read, 0 at the end or when nothing was there, or -errno.
 */
int frame_fill(struct frame_reader *r, int fd)
{
	ssize_t n = read(fd, r->in, sizeof(r->in));

	r->in_pos = 0;
	r->in_len = n > 0 ? n : 0;
	if (n < 0)
		return errno == EAGAIN || errno == EINTR ? 0 : -errno;
	return n;
}

static void damage(struct frame_reader *r)
{
	r->damaged++;
	r->inside = 0;
}

/* Whether the frame is whole, once this byte is added. */
static int add_byte(struct frame_reader *r, uint8_t byte)
{
	if (byte == START) {
		if (r->inside)
			damage(r);
		r->inside = 1;
		r->escaped = 0;
		r->raw_len = 0;
	} else if (!r->inside) {
		return 0;
	} else if (byte == ESCAPE && !r->escaped) {
		r->escaped = 1;
		return 0;
	} else if (r->escaped) {
		r->escaped = 0;
		byte ^= ESCAPE_FLIP;
	}
	r->raw[r->raw_len++] = byte;
	if (r->raw_len == sizeof(magic) && memcmp(r->raw, magic, sizeof(magic)))
		r->inside = 0;
	if (r->raw_len < FRAME_HEAD)
		return 0;
	if (get(r->raw + 12, 2) > FRAME_MAX_DATA) {
		damage(r);
		return 0;
	}
	return r->raw_len == FRAME_HEAD + get(r->raw + 12, 2);
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
	while (r->in_pos < r->in_len) {
		uint32_t seq;
		size_t len;

		if (!add_byte(r, r->in[r->in_pos++]))
			continue;
		seq = get(r->raw + 4, 4);
		len = r->raw_len - FRAME_HEAD;
		if (get(r->raw + 8, 4) != checksum(r->raw + 12, len + 4, seq)) {
			damage(r);
			continue;
		}
		r->inside = 0;
		ret_frame->type = r->raw[14];
		ret_frame->seq = seq;
		ret_frame->len = len;
		memcpy(ret_frame->data, r->raw + FRAME_HEAD, len);
		return 1;
	}
	return 0;
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
