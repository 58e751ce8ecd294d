/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A guest's memory made small: of a real guest, what all walks read of it, with a table of
 * symbols and types that have only what is needed of them (see record.c).
 */
#ifndef SELFTESTS_FUZZ_IMAGE_H
#define SELFTESTS_FUZZ_IMAGE_H

#include <stddef.h>
#include <stdint.h>

#include "mem/mem.h"

#define IMAGE_MAGIC	0x3147414d49535547ull	/* "GUSIMAG1" */
#define IMAGE_SIZE_MAX	(512ull << 20)

/**
 * struct image_header - at the beginning of the file
 * @magic: IMAGE_MAGIC
 * @size: bytes of memory that the guest has
 * @page_offset: virtual address that physical memory is mapped at
 */
struct image_header {
	uint64_t magic;
	uint64_t size;
	uint64_t page_offset;
};

/**
 * struct image_run - bytes that are there; they follow it
 * @address: physical, of the first one
 * @len: how many
 */
struct image_run {
	uint64_t address;
	uint64_t len;
};

/**
 * struct image_read - a piece that a walk of the image as it is reads
 * @address: physical
 * @len: bytes
 */
struct image_read {
	uint64_t address;
	uint32_t len;
};

/**
 * struct image - while it is looked at and changed
 * @header: of the file
 * @bytes: memory of the guest; zeros where nothing was recorded
 * @runs: whole pages of which anything was recorded, by address
 * @run_count: of @runs
 * @reads: pieces in the order in which they were first read, while @noting
 * @read_count: of @reads
 * @noting: reads are noted
 * @count: of all reads
 * @most: that there may be
 * @undo: what was changed, the last one last
 * @undo_count: of @undo
 */
struct image {
	struct image_header header;
	uint8_t *bytes;
	struct image_run *runs;
	size_t run_count;
	struct image_read *reads;
	size_t read_count;
	int noting;
	uint64_t count;
	uint64_t most;
	struct image_run *undo;
	size_t undo_count;
};

/** image_load() - Read a file, or end the program. */
void image_load(struct image *image, const char *path);

/** image_mem() - As a guest's memory. Return: for mem_destroy(). */
struct mem *image_mem(struct image *image);

/** image_change() - Overwrite a byte, until image_restore(). */
void image_change(struct image *image, uint64_t address, uint8_t byte);

/** image_restore() - As it was. */
void image_restore(struct image *image);

#endif
