// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The lab's frames survive what a console does to them.
 */
#include <errno.h>
#include <stdlib.h>

#include "domu/frame.h"
#include "lib/ktap.h"

/* Every frame that @fd has to give; the last one is left in @f. */
static int read_all(struct frame_reader *r, int fd, struct frame *f)
{
	int seen = 0;

	while (frame_fill(r, fd) > 0)
		while (frame_next(r, f))
			seen++;
	return seen;
}

/* Send through a pipe with @before and @after around the frame. */
static int through(const char *before, const char *data, size_t len,
		   const char *after, struct frame_reader *r, struct frame *f)
{
	int fd[2], seen;

	ASSERT(pipe(fd) == 0);
	ASSERT(write(fd[1], before, strlen(before)) == (ssize_t)strlen(before));
	EXPECT_INT(frame_send(fd[1], FRAME_OUTPUT, 77, data, len), 0);
	ASSERT(write(fd[1], after, strlen(after)) == (ssize_t)strlen(after));
	close(fd[1]);
	seen = read_all(r, fd[0], f);
	close(fd[0]);
	return seen;
}

TEST(round_trip)
{
	static struct frame_reader r;
	static struct frame f;

	ASSERT(through("", "hello", 5, "", &r, &f) == 1);
	EXPECT_INT(f.type, FRAME_OUTPUT);
	EXPECT_INT(f.seq, 77);
	EXPECT_INT(f.len, 5);
	EXPECT(!memcmp(f.data, "hello", 5));
	EXPECT_INT(r.damaged, 0);
}

TEST(largest_frame)
{
	static struct frame_reader r;
	static struct frame f;
	static char data[FRAME_MAX_DATA + 1];

	/* All of it escaped: the most that can go over the wire. */
	memset(data, 0x01, sizeof(data));
	ASSERT(through("", data, FRAME_MAX_DATA, "", &r, &f) == 1);
	EXPECT_INT(f.len, FRAME_MAX_DATA);
	EXPECT(!memcmp(f.data, data, FRAME_MAX_DATA));
	EXPECT_INT(frame_send(1, FRAME_OUTPUT, 1, data, sizeof(data)), -EMSGSIZE);
}

TEST(messages_around_it)
{
	static struct frame_reader r;
	static struct frame f;

	ASSERT(through("[    1.0] \001 \001LA hello\r\n", "x", 1,
		       "[    2.0] bye\r\n", &r, &f) == 1);
	EXPECT_INT(f.len, 1);
}

TEST(message_inside_it)
{
	static struct frame_reader r;
	static struct frame f;
	uint8_t raw[64];
	int fd[2];
	ssize_t n;

	ASSERT(pipe(fd) == 0);
	EXPECT_INT(frame_send(fd[1], FRAME_OUTPUT, 1, "0123456789", 10), 0);
	n = read(fd[0], raw, sizeof(raw));
	ASSERT(n >= FRAME_HEAD + 10);
	ASSERT(write(fd[1], raw, 20) == 20);
	ASSERT(write(fd[1], "[ 3.0] oops", 11) == 11);
	ASSERT(write(fd[1], raw + 20, n - 20) == n - 20);
	EXPECT_INT(frame_send(fd[1], FRAME_STATUS, 2, "\0", 1), 0);
	close(fd[1]);
	ASSERT(read_all(&r, fd[0], &f) == 1);
	EXPECT_INT(f.seq, 2);
	EXPECT_INT(r.damaged, 1);
}

/* Ctrl-O on a hypervisor's console is the guest kernel's own. */
TEST(no_sysrq_on_the_wire)
{
	static struct frame_reader r;
	static struct frame f;
	uint8_t data[256], raw[1024];
	int fd[2], i;
	ssize_t n;

	for (i = 0; i < 256; i++)
		data[i] = i;
	ASSERT(pipe(fd) == 0);
	for (i = 0; i < 300; i++) {
		EXPECT_INT(frame_send(fd[1], FRAME_EXEC, i * 0x01010101u, data, 256), 0);
		n = read(fd[0], raw, sizeof(raw));
		ASSERT(n > FRAME_HEAD + 256);
		EXPECT(!memchr(raw, 0x0f, n));
		EXPECT(!memchr(raw + 1, 0x01, n - 1));
		ASSERT(write(fd[1], raw, n) == n);
		ASSERT(frame_fill(&r, fd[0]) == n && frame_next(&r, &f) == 1);
		EXPECT(f.seq == i * 0x01010101u && f.len == 256);
		EXPECT(!memcmp(f.data, data, 256));
	}
}

TEST(byte_by_byte)
{
	static struct frame_reader r;
	static struct frame f;
	uint8_t raw[64];
	int fd[2], i, found = 0;
	ssize_t n;

	ASSERT(pipe(fd) == 0);
	EXPECT_INT(frame_send(fd[1], FRAME_STATUS, 9, "\005", 1), 0);
	n = read(fd[0], raw, sizeof(raw));
	for (i = 0; i < n; i++) {
		ASSERT(write(fd[1], raw + i, 1) == 1);
		ASSERT(frame_fill(&r, fd[0]) == 1);
		found += frame_next(&r, &f);
		EXPECT_INT(found, i == n - 1);
	}
	EXPECT_INT(f.data[0], 5);
}

/* Noise must neither crash the reader nor stop it for good. */
TEST(noise)
{
	static struct frame_reader r;
	static struct frame f;
	int fd[2], i, j, seen = 0;

	srand(1);
	ASSERT(pipe(fd) == 0);
	for (i = 0; i < 2000; i++) {
		char noise[64];

		for (j = 0; j < (int)sizeof(noise); j++)
			noise[j] = rand() % 4 ? rand() : "\001LAB"[rand() % 4];
		ASSERT(write(fd[1], noise, sizeof(noise)) == sizeof(noise));
		ASSERT(frame_fill(&r, fd[0]) >= 0);
		while (frame_next(&r, &f))
			seen++;
	}
	EXPECT_INT(seen, 0);
	EXPECT_INT(frame_send(fd[1], FRAME_OUTPUT, 5, "0123456789", 10), 0);
	ASSERT(frame_fill(&r, fd[0]) >= 0);
	EXPECT_INT(frame_next(&r, &f), 1);
	EXPECT_INT(f.seq, 5);
}

KTAP_MAIN()
