// SPDX-License-Identifier: GPL-2.0-or-later
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "listing.h"

void ext4_stamp_of(const struct ext2_inode_large *inode, struct ext4_stamp *ret)
{
	/* They are compared as bytes. */
	memset(ret, 0, sizeof(*ret));
	ret->version = inode->osd1.linux1.l_i_version | (uint64_t)inode->i_version_hi << 32;
	ret->size = EXT2_I_SIZE(inode);
	ret->blocks = inode->i_blocks;
	ret->mtime = inode->i_mtime | (uint64_t)inode->i_mtime_extra << 32;
	ret->ctime = inode->i_ctime | (uint64_t)inode->i_ctime_extra << 32;
	ret->generation = inode->i_generation;
}

struct ext4_listing *ext4_listing_create(uint32_t number, const struct ext4_stamp *stamp)
{
	struct ext4_listing *listing = calloc(1, sizeof(*listing));

	if (!listing)
		return NULL;
	listing->users = 1;
	listing->number = number;
	listing->stamp = *stamp;
	listing->read_ns = clock_now_ns(CLOCK_MONOTONIC);
	return listing;
}

void ext4_listing_put(struct ext4_listing *listing)
{
	if (!listing || --listing->users > 0)
		return;
	free(listing->entries);
	free(listing->names);
	free(listing->sorted);
	free(listing);
}

const struct ext4_entry *ext4_listing_at(const struct ext4_listing *listing, size_t i)
{
	return i < listing->count ? &listing->entries[i] : NULL;
}

int ext4_listing_error(const struct ext4_listing *listing)
{
	return listing->error;
}

/* Twice as much as before, and as is wanted. Return: NULL without memory. */
static void *grow(void *old, size_t *room, size_t wanted, size_t size)
{
	size_t more = *room ? *room : 64;
	void *ret;

	while (more < wanted)
		more *= 2;
	ret = reallocarray(old, more, size);
	if (ret)
		*room = more;
	return ret;
}

int ext4_listing_add(struct ext4_listing *listing, uint32_t number, mode_t type,
		     const char *name, size_t len)
{
	struct ext4_entry *entries = listing->entries;
	char *names = listing->names;

	if (listing->count == EXT4_ENTRIES_MAX)
		return -EFBIG;
	if (listing->count == listing->room)
		entries = grow(entries, &listing->room, listing->count + 1, sizeof(*entries));
	if (!entries)
		return -ENOMEM;
	listing->entries = entries;
	if (listing->names_used + len + 1 > listing->names_room)
		names = grow(names, &listing->names_room, listing->names_used + len + 1, 1);
	if (!names)
		return -ENOMEM;
	listing->names = names;
	memcpy(names + listing->names_used, name, len);
	names[listing->names_used + len] = '\0';
	entries[listing->count++] = (struct ext4_entry){
		.number = number, .type = type, .name = (char *)listing->names_used,
	};
	listing->names_used += len + 1;
	return 0;
}

/* By name; of two that have one name, the first is the one that the kernel finds. */
static int compare(const void *a, const void *b, void *data)
{
	const struct ext4_entry *entries = data;
	uint32_t i = *(const uint32_t *)a, j = *(const uint32_t *)b;
	int r = strcmp(entries[i].name, entries[j].name);

	return r ? r : (i > j) - (i < j);
}

int ext4_listing_seal(struct ext4_listing *listing)
{
	size_t i;

	listing->sorted = malloc((listing->count + 1) * sizeof(*listing->sorted));
	if (!listing->sorted)
		return -ENOMEM;
	for (i = 0; i < listing->count; i++) {
		listing->entries[i].name = listing->names + (size_t)listing->entries[i].name;
		listing->sorted[i] = (uint32_t)i;
	}
	qsort_r(listing->sorted, listing->count, sizeof(*listing->sorted), compare,
		listing->entries);
	return 0;
}

const struct ext4_entry *ext4_listing_find(const struct ext4_listing *listing,
					   const char *name)
{
	size_t low = 0, high = listing->count;

	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (strcmp(listing->entries[listing->sorted[middle]].name, name) < 0)
			low = middle + 1;
		else
			high = middle;
	}
	if (low == listing->count ||
	    strcmp(listing->entries[listing->sorted[low]].name, name) != 0)
		return NULL;
	return &listing->entries[listing->sorted[low]];
}

static void drop(struct ext4_listings *all, size_t i)
{
	ext4_listing_put(all->list[i]);
	memmove(&all->list[i], &all->list[i + 1], (EXT4_LISTINGS - 1 - i) * sizeof(all->list[0]));
	all->list[EXT4_LISTINGS - 1] = NULL;
}

struct ext4_listing *ext4_listings_find(struct ext4_listings *all, uint32_t number,
					const struct ext4_stamp *stamp)
{
	struct ext4_listing *found;
	size_t i;

	for (i = 0; i < EXT4_LISTINGS && all->list[i]; i++)
		if (all->list[i]->number == number)
			break;
	if (i == EXT4_LISTINGS || !all->list[i])
		return NULL;
	found = all->list[i];
	if (memcmp(&found->stamp, stamp, sizeof(*stamp)) != 0 ||
	    clock_now_ns(CLOCK_MONOTONIC) - found->read_ns > EXT4_LISTING_NS) {
		drop(all, i);
		return NULL;
	}
	memmove(&all->list[1], &all->list[0], i * sizeof(all->list[0]));
	all->list[0] = found;
	found->users++;
	return found;
}

void ext4_listings_keep(struct ext4_listings *all, struct ext4_listing *listing)
{
	size_t i, entries = listing->count;

	if (all->list[EXT4_LISTINGS - 1])
		drop(all, EXT4_LISTINGS - 1);
	memmove(&all->list[1], &all->list[0], (EXT4_LISTINGS - 1) * sizeof(all->list[0]));
	all->list[0] = listing;
	listing->users++;
	for (i = 1; i < EXT4_LISTINGS && all->list[i]; i++) {
		entries += all->list[i]->count;
		if (entries > EXT4_LISTINGS_ENTRIES)
			break;
	}
	while (i < EXT4_LISTINGS && all->list[i])
		drop(all, i);
}

void ext4_listings_clear(struct ext4_listings *all)
{
	while (all->list[0])
		drop(all, 0);
}
