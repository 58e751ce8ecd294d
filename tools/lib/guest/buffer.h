/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Blocks of a disk that are in the page cache: the pieces of a folio that are known. */
#ifndef GUEST_BUFFER_H
#define GUEST_BUFFER_H

#include <stdbool.h>
#include <stdint.h>

#include "cache.h"
#include "guest.h"

/**
 * struct guest_buffer - a block as it was
 * @address: physical, of its first byte
 * @offset: in the file or the device whose pages these are, in bytes
 * @block: its number on the disk, in units of @size; of one that is mapped
 * @size: in bytes
 * @mapped: whether it has a place on the disk
 * @uptodate: whether this is what the guest takes for the block's contents; what is not must be
 *	      read from the disk
 * @dirty: whether the disk has other contents; one that waits for the journal is not dirty
 */
struct guest_buffer {
	uint64_t address;
	uint64_t offset;
	uint64_t block;
	uint32_t size;
	bool mapped;
	bool uptodate;
	bool dirty;
};

/**
 * guest_buffers() - The blocks of a range that is present.
 * @guest: seen into
 * @pages: as told by guest_cache()
 * @take: is given each; returns 0 to go on, another value to end the walk
 * @data: for @take
 * @doubts: what was not as it should be is added there
 *
 * Which disk's inode that is: the one with its numbers as @major and @minor of the super block
 * with the type "bdev".
 *
 * Return: 0, also when it has none, and the whole range is uptodate or not; what @take returned.
 */
int guest_buffers(struct guest *guest, const struct guest_pages *pages,
		  int (*take)(const struct guest_buffer *buffer, void *data), void *data,
		  struct guest_doubts *doubts);

#endif
