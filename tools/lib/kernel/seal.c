// SPDX-License-Identifier: GPL-2.0-or-later
/* A keyed code of what was read of a guest, by nettle's UMAC. */
#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>

#include <nettle/memops.h>
#include <nettle/umac.h>

#include "base/cleanup.h"
#include "base/u64.h"
#include "seal.h"

#define CHUNK		65536u
/* The most that tables of symbols and types may be together. */
#define BYTES_MAX	(256ull << 20)

/**
 * struct sealing - while a seal is made
 * @space: that is read by
 * @code: of what was read so far
 * @seal: that is made
 * @full: there were more ranges than there is room for
 */
struct sealing {
	struct space *space;
	struct umac128_ctx code;
	struct seal seal;
	bool full;
};

static void note(void *arg, uint64_t address, const void *bytes, size_t len)
{
	struct sealing *s = arg;
	struct seal *seal = &s->seal;
	struct seal_range *last = seal->count ? &seal->ranges[seal->count - 1] : NULL;

	if (last && last->address + last->len == address) {
		last->len += len;
	} else if (seal->count < SEAL_RANGES_MAX) {
		seal->ranges[seal->count++] = (struct seal_range){ address, len };
	} else {
		s->full = true;
		return;
	}
	umac128_update(&s->code, len, bytes);
}

struct sealing *seal_begin(struct space *space)
{
	struct sealing *s = calloc(1, sizeof(*s));

	if (!s || getrandom(s->seal.key, SEAL_KEY, 0) != SEAL_KEY) {
		free(s);
		return NULL;
	}
	s->space = space;
	umac128_set_key(&s->code, s->seal.key);
	space_tell(space, note, s);
	return s;
}

void seal_end(struct sealing *s, struct seal *ret)
{
	*ret = (struct seal){ .count = 0 };
	if (!s)
		return;
	space_tell(s->space, NULL, NULL);
	umac128_digest(&s->code, SEAL_CODE, s->seal.code);
	if (!s->full)
		*ret = s->seal;
	free(s);
}

static bool ranges_fit(const struct seal *seal)
{
	uint64_t i, sum = 0;

	if (seal->count == 0 || seal->count > SEAL_RANGES_MAX)
		return false;
	for (i = 0; i < seal->count; i++) {
		const struct seal_range *range = &seal->ranges[i];

		if (range->len == 0 || range->len > BYTES_MAX - sum ||
		    range->address + (range->len - 1) < range->address)
			return false;
		sum += range->len;
	}
	return true;
}

static int read_range(const struct seal_range *range, struct space *space,
		      struct umac128_ctx *code, unsigned char *buf)
{
	uint64_t at = 0;

	while (at < range->len) {
		/* Up to the end of a page, so that none is looked for twice. */
		size_t len = CHUNK - (range->address + at) % MEM_PAGE;
		int r;

		len = u64_min(len, range->len - at);
		r = space_read(space, range->address + at, buf, len);
		if (r < 0)
			return r;
		umac128_update(code, len, buf);
		at += len;
	}
	return 0;
}

int seal_check(const struct seal *seal, struct space *space)
{
	__free_mem unsigned char *buf = malloc(CHUNK);
	uint8_t found[SEAL_CODE];
	struct umac128_ctx code;
	uint64_t i;
	int r = 0;

	if (!buf)
		return -ENOMEM;
	if (!ranges_fit(seal))
		return -EPROTO;
	umac128_set_key(&code, seal->key);
	for (i = 0; r == 0 && i < seal->count; i++)
		r = read_range(&seal->ranges[i], space, &code, buf);
	if (r < 0)
		return r;
	umac128_digest(&code, SEAL_CODE, found);
	return memeql_sec(found, seal->code, SEAL_CODE) ? 0 : -ESTALE;
}
