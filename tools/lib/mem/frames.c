// SPDX-License-Identifier: GPL-2.0-or-later
/* Frames of one of Xen's domains, mapped in pieces that are remembered for a while. */
#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#include "base/clock.h"
#include "base/u64.h"
#include "frames.h"
#include "mem.h"

/* A domain that gives memory back does not wait for longer than this. */
#define OLD_NS		(100 * NSEC_PER_MSEC)
#define NONE		UINT64_MAX

/**
 * struct piece - frames that follow each other
 * @first: number of the first one, NONE for none
 * @at: where they are mapped, NULL when none of them is
 * @mapped_ns: since when, CLOCK_MONOTONIC
 * @errors: of each, 0 when it is mapped
 */
struct piece {
	uint64_t first;
	const char *at;
	uint64_t mapped_ns;
	int errors[FRAMES_MOST];
};

/**
 * struct frames - of a domain
 * @config: of which, and how
 * @pieces: each at a place of its own
 */
struct frames {
	struct frames_config config;
	struct piece pieces[];
};

struct frames *frames_create(const struct frames_config *config)
{
	struct frames *frames = calloc(1, sizeof(*frames) +
				       config->pieces * sizeof(frames->pieces[0]));
	unsigned int i;

	if (!frames)
		return NULL;
	frames->config = *config;
	for (i = 0; i < config->pieces; i++)
		frames->pieces[i].first = NONE;
	return frames;
}

static void let_go(struct frames *frames, struct piece *piece)
{
	if (piece->at)
		xenforeignmemory_unmap(frames->config.foreign, (void *)piece->at,
				       frames->config.piece);
	piece->at = NULL;
	piece->first = NONE;
}

void frames_forget(struct frames *frames)
{
	unsigned int i;

	for (i = 0; i < frames->config.pieces; i++)
		let_go(frames, &frames->pieces[i]);
}

void frames_destroy(struct frames *frames)
{
	if (!frames)
		return;
	frames_forget(frames);
	free(frames);
}

/* Return: 0, also when there are none of them; negative errno. */
static int map(struct frames *frames, struct piece *piece, uint64_t first)
{
	const struct frames_config *c = &frames->config;
	xen_pfn_t names[FRAMES_MOST];
	bool any = false;
	unsigned int i;

	for (i = 0; i < c->piece; i++) {
		names[i] = c->name ? c->name(c->arg, first + i) : first + i;
		any |= names[i] != NONE;
	}
	let_go(frames, piece);
	memset(piece->errors, 0, sizeof(piece->errors));
	if (any)
		piece->at = xenforeignmemory_map(c->foreign, c->domain, PROT_READ, c->piece,
						 names, piece->errors);
	/* What is a lie, or has gone, is an error of the frame; this is one of ours. */
	if (any && !piece->at && errno != EINVAL && errno != ENOENT && errno != ESRCH)
		return -errno;
	for (i = 0; i < c->piece; i++)
		if (names[i] == NONE || !piece->at)
			piece->errors[i] = -EFAULT;
	piece->first = first;
	piece->mapped_ns = clock_now_ns(CLOCK_MONOTONIC);
	return 0;
}

static int find(struct frames *frames, uint64_t frame, struct piece **ret)
{
	const struct frames_config *c = &frames->config;
	uint64_t first = frame - frame % c->piece;
	struct piece *piece = &frames->pieces[first / c->piece % c->pieces];
	int r = 0;

	if (piece->first != first ||
	    clock_now_ns(CLOCK_MONOTONIC) - piece->mapped_ns > OLD_NS)
		r = map(frames, piece, first);
	*ret = piece;
	return r;
}

int frames_read(struct frames *frames, uint64_t address, void *buf, size_t len)
{
	char *to = buf;

	while (len > 0) {
		size_t part = u64_min(len, MEM_PAGE - address % MEM_PAGE);
		struct piece *piece;
		uint64_t i;
		int r = find(frames, address / MEM_PAGE, &piece);

		if (r < 0)
			return r;
		i = address / MEM_PAGE - piece->first;
		if (piece->errors[i])
			return -EFAULT;
		memcpy(to, piece->at + i * MEM_PAGE + address % MEM_PAGE, part);
		to += part;
		address += part;
		len -= part;
	}
	return 0;
}

int frames_next(struct frames *frames, uint64_t address, uint64_t end, uint64_t *ret_start,
		uint64_t *ret_end)
{
	uint64_t frame = address / MEM_PAGE, last = (end + MEM_PAGE - 1) / MEM_PAGE;

	while (frame < last) {
		struct piece *piece;
		uint64_t from, stop;
		int r = find(frames, frame, &piece);

		if (r < 0)
			return r;
		stop = u64_min(last, piece->first + frames->config.piece);
		while (frame < stop && piece->errors[frame - piece->first])
			frame++;
		from = frame;
		while (frame < stop && !piece->errors[frame - piece->first])
			frame++;
		if (from < frame) {
			*ret_start = u64_max(address, from * MEM_PAGE);
			*ret_end = u64_min(end, frame * MEM_PAGE);
			return 1;
		}
	}
	return 0;
}
