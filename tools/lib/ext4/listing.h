/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What is in a directory, kept for a moment while its inode stays as it was. */
#ifndef EXT4_LISTING_H
#define EXT4_LISTING_H

#include <ext2fs/ext2fs.h>

#include "base/clock.h"
#include "ext4.h"

#define EXT4_LISTINGS		16u
/* All that are kept have no more entries than that, but the last one may. */
#define EXT4_LISTINGS_ENTRIES	1048576u

/* The guest may write a directory's inode before its blocks, and be seen in between. */
#define EXT4_LISTING_NS		NSEC_PER_SEC

/** struct ext4_stamp - a directory as it was when it was listed */
struct ext4_stamp {
	uint64_t version;
	uint64_t size;
	uint64_t blocks;
	uint64_t mtime;
	uint64_t ctime;
	uint32_t generation;
};

/** ext4_stamp_of() - Of a directory's inode. */
void ext4_stamp_of(const struct ext2_inode_large *inode, struct ext4_stamp *ret);

/**
 * struct ext4_listing - what is in a directory
 * @users: it is freed with the last one
 * @number: of the directory's inode
 * @stamp: of it
 * @read_ns: when it was read
 * @error: why there is more, 0 when there is not
 * @entries: in the order of the directory; while it is read, names are offsets
 * @count: of them
 * @room: for so many
 * @names: of all entries
 * @names_used: bytes of them
 * @names_room: for so many
 * @sorted: places of entries, by their names: whoever chooses names may choose those that
 *	a hash would not tell apart
 */
struct ext4_listing {
	unsigned int users;
	uint32_t number;
	struct ext4_stamp stamp;
	uint64_t read_ns;
	int error;
	struct ext4_entry *entries;
	size_t count;
	size_t room;
	char *names;
	size_t names_used;
	size_t names_room;
	uint32_t *sorted;
};

/**
 * struct ext4_listings - those that are kept
 * @list: the one that was used last comes first; NULL behind the last
 */
struct ext4_listings {
	struct ext4_listing *list[EXT4_LISTINGS];
};

/** ext4_listing_create() - One without entries. Return: NULL without memory. */
struct ext4_listing *ext4_listing_create(uint32_t number, const struct ext4_stamp *stamp);

/** ext4_listing_add() - Add an entry. Return: 0, -ENOMEM, -EFBIG. */
int ext4_listing_add(struct ext4_listing *listing, uint32_t number, mode_t type,
		     const char *name, size_t len);

/** ext4_listing_seal() - All are added: entries can be found by name. Return: 0, -ENOMEM. */
int ext4_listing_seal(struct ext4_listing *listing);

/** ext4_listing_find() - By name. Return: NULL when there is none. */
const struct ext4_entry *ext4_listing_find(const struct ext4_listing *listing,
					   const char *name);

/** ext4_listings_find() - One that is kept and still true. Return: with a user more; NULL. */
struct ext4_listing *ext4_listings_find(struct ext4_listings *all, uint32_t number,
					const struct ext4_stamp *stamp);

/** ext4_listings_keep() - Keep it, with a user more; others may go. */
void ext4_listings_keep(struct ext4_listings *all, struct ext4_listing *listing);

/** ext4_listings_clear() - Keep none. */
void ext4_listings_clear(struct ext4_listings *all);

#endif
