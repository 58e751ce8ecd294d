// SPDX-License-Identifier: GPL-2.0-or-later
#include <errno.h>
#include <stdlib.h>

#include "base/array.h"
#include "sites.h"

/* Debian's kernels have 120,000 of the most frequent kind. */
#define SITES_MAX	4000000u

void sites_free(struct sites *sites)
{
	size_t i;

	for (i = 0; i < SITE_KINDS; i++)
		free(sites->lists[i].offsets);
	*sites = (struct sites){ 0 };
}

int sites_add(struct sites *sites, enum site_kind kind, uint32_t offset)
{
	struct site_list *list = &sites->lists[kind];
	uint32_t *offsets;

	if (list->count == SITES_MAX)
		return -ENOSPC;
	offsets = array_room(list->offsets, list->count, &list->room, sizeof(*offsets));
	if (!offsets)
		return -ENOMEM;
	list->offsets = offsets;
	list->offsets[list->count++] = offset;
	return 0;
}

static int compare(const void *a, const void *b)
{
	uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;

	return (x > y) - (x < y);
}

void sites_sort(struct sites *sites)
{
	size_t kind, i;

	for (kind = 0; kind < SITE_KINDS; kind++) {
		struct site_list *list = &sites->lists[kind];
		size_t left = 0;

		if (list->count)
			qsort(list->offsets, list->count, sizeof(*list->offsets), compare);
		for (i = 0; i < list->count; i++)
			if (i == 0 || list->offsets[i] != list->offsets[left - 1])
				list->offsets[left++] = list->offsets[i];
		list->count = left;
	}
}

int sites_pack(const struct site_list *list, uint8_t **ret, size_t *ret_len)
{
	/* 32 bits are five bytes at most. */
	uint8_t *bytes = malloc(5 * list->count + 1);
	uint32_t before = 0;
	size_t i, len = 0;

	if (!bytes)
		return -ENOMEM;
	for (i = 0; i < list->count; i++) {
		uint32_t step = list->offsets[i] - before;

		before = list->offsets[i];
		for (; step >= 0x80; step >>= 7)
			bytes[len++] = (uint8_t)(step | 0x80);
		bytes[len++] = (uint8_t)step;
	}
	*ret = bytes;
	*ret_len = len;
	return 0;
}

int sites_unpack(struct sites *sites, enum site_kind kind, const uint8_t *bytes, size_t len,
		 size_t limit)
{
	uint64_t offset = 0, step = 0;
	unsigned int shift = 0;
	size_t i;
	int r = 0;

	for (i = 0; r == 0 && i < len; i++) {
		step |= (uint64_t)(bytes[i] & 0x7f) << shift;
		shift += 7;
		if ((bytes[i] & 0x80) && shift < 35)
			continue;
		offset += step;
		if ((bytes[i] & 0x80) || offset >= limit || (step == 0 && i > 0))
			return -EPROTO;
		r = sites_add(sites, kind, (uint32_t)offset);
		step = 0;
		shift = 0;
	}
	return r < 0 || shift == 0 ? r : -EPROTO;
}
