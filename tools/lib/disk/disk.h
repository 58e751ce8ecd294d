/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A disk that is read, never written: an image, what a QEMU exports, a part of another
 * disk.  Whatever is read may be a lie: the guest wrote it, and may write it meanwhile.
 */
#ifndef DISK_DISK_H
#define DISK_DISK_H

#include <stddef.h>
#include <stdint.h>

#include "base/error.h"

#define DISK_SECTOR	512u

/**
 * struct disk_ops - something that a disk is in
 * @read: copy @len bytes from @offset on, all of which the disk has. Return: 0 or
 *	  negative errno.
 * @destroy: free @arg; may be NULL
 */
struct disk_ops {
	int (*read)(void *arg, uint64_t offset, void *buf, size_t len);
	void (*destroy)(void *arg);
};

/**
 * struct disk - a disk
 * @size: in bytes
 * @block_size: bytes of its smallest unit, as far as its source tells, else DISK_SECTOR
 * @ops: how it is read
 * @arg: given to them
 */
struct disk {
	uint64_t size;
	uint32_t block_size;
	const struct disk_ops *ops;
	void *arg;
};

static inline void cleanup_disk(struct disk **disk);

#define __free_disk	__attribute__((cleanup(cleanup_disk)))

/**
 * disk_create() - A disk in something that can be read.
 * @ret: the disk, to be given to disk_destroy()
 * @like: copied; what its @arg stands for is the disk's from now on, also on failure
 * @err: why it failed
 *
 * Return: 0 or -ENOMEM.
 */
int disk_create(struct disk **ret, const struct disk *like, struct error *err);

/** disk_destroy() - Free it and what it is in; NULL is allowed. */
void disk_destroy(struct disk *disk);

/**
 * disk_read() - Copy bytes of a disk.
 * @disk: the disk
 * @offset: of the first byte
 * @buf: gets them; undefined on failure
 * @len: how many
 *
 * Return: 0; -ENXIO when some of them are beyond its end; negative errno of its source.
 */
int disk_read(const struct disk *disk, uint64_t offset, void *buf, size_t len);

/**
 * disk_slice() - A part of a disk as a disk of its own.
 * @ret: the part, to be given to disk_destroy(), before @whole is
 * @whole: stays the caller's
 * @start: in bytes
 * @size: in bytes
 * @err: why it failed
 *
 * Return: 0; -ENXIO when the part is not within the disk; -ENOMEM.
 */
int disk_slice(struct disk **ret, const struct disk *whole, uint64_t start, uint64_t size,
	       struct error *err);

static inline void cleanup_disk(struct disk **disk)
{
	disk_destroy(*disk);
}

#endif
