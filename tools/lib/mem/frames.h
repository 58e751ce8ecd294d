/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Frames of one of Xen's domains, mapped in pieces that are remembered for a while. */
#ifndef MEM_FRAMES_H
#define MEM_FRAMES_H

#include <stddef.h>
#include <stdint.h>

#include <xenforeignmemory.h>

struct frames;

/* Frames in a piece at most: 1 MiB. */
#define FRAMES_MOST	256u

/**
 * struct frames_config - of which domain, and how
 * @foreign: the connection; not owned
 * @domain: its number
 * @piece: so many are mapped at a time, a power of 2
 * @pieces: so many pieces are remembered
 * @name: by what name Xen knows a frame; NULL for its number. Return: UINT64_MAX where
 *	  there is none
 * @arg: for @name
 */
struct frames_config {
	xenforeignmemory_handle *foreign;
	uint32_t domain;
	unsigned int piece;
	unsigned int pieces;
	uint64_t (*name)(void *arg, uint64_t frame);
	void *arg;
};

/** frames_create() - None is mapped yet. Return: NULL without memory. */
struct frames *frames_create(const struct frames_config *config);

/** frames_destroy() - NULL is allowed. */
void frames_destroy(struct frames *frames);

/** frames_forget() - Let go of all. */
void frames_forget(struct frames *frames);

/**
 * frames_read() - Copy memory.
 * @frames: of the domain
 * @address: of the first byte: its frame's number times the size of a page, and more
 * @buf: gets it
 * @len: bytes
 *
 * Return: 0; -EFAULT where there is no memory; negative errno when Xen maps nothing.
 */
int frames_read(struct frames *frames, uint64_t address, void *buf, size_t len);

/**
 * frames_next() - The first frames from there on that there are.
 * @frames: of the domain
 * @address: of a page
 * @end: of another one
 * @ret_start: address of the first one
 * @ret_end: of the one after the last, of the same piece
 *
 * Return: 1; 0 when there is none; negative errno when Xen maps nothing.
 */
int frames_next(struct frames *frames, uint64_t address, uint64_t end, uint64_t *ret_start,
		uint64_t *ret_end);

#endif
