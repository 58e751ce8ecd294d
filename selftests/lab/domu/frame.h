/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The lab's frames: how lab-domu and the agent in a guest talk over a console,
 * where a kernel message may come in between at any time.
 */
#ifndef LAB_FRAME_H
#define LAB_FRAME_H

#include <stddef.h>
#include <stdint.h>

#define FRAME_MAX_DATA	8192

/* One guest, one command at a time; seq ties an answer to its request. */
enum frame_type {
	FRAME_PING = 'P',	/* to the guest: anybody there? may be repeated */
	FRAME_PONG = 'p',	/* from it: yes */
	FRAME_EXEC = 'X',	/* to the guest: arguments, each NUL-terminated */
	FRAME_OUTPUT = 'O',	/* stdout and stderr of the command */
	FRAME_STATUS = 'E',	/* one byte: its exit status, 128 + N for signal N */
};

/**
 * struct frame - one message, unpacked
 * @type: an enum frame_type
 * @seq: number of the request it belongs to
 * @len: bytes in @data
 * @data: what it carries
 */
struct frame {
	uint8_t type;
	uint32_t seq;
	uint16_t len;
	uint8_t data[FRAME_MAX_DATA];
};

/* Before the data: magic 4, seq 4, sum 4, len 2, type 1, pad 1 */
#define FRAME_HEAD	16

/**
 * struct frame_reader - finds frames in a stream of bytes
 * @in: what has been read and not been looked at
 * @in_len: bytes in @in
 * @in_pos: how far into @in we are
 * @raw: the frame that is arriving, escapes undone
 * @raw_len: bytes in @raw
 * @inside: a frame has begun
 * @escaped: the next byte is the second one of an escape
 * @damaged: frames that began and were cut short or had a wrong sum
 */
struct frame_reader {
	uint8_t in[4096];
	size_t in_len;
	size_t in_pos;
	uint8_t raw[FRAME_HEAD + FRAME_MAX_DATA];
	size_t raw_len;
	int inside;
	int escaped;
	unsigned int damaged;
};

int frame_send(int fd, uint8_t type, uint32_t seq, const void *data, size_t len);
int frame_fill(struct frame_reader *r, int fd);
int frame_next(struct frame_reader *r, struct frame *ret_frame);
int frame_raw_tty(int fd);

#endif
