/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Physical memory of a guest: segments of addresses, each a piece of something that can
 * be read (a file, another process, frames of Xen's).  Whatever is read may be a lie or
 * torn: the guest writes it meanwhile.
 */
#ifndef MEM_MEM_H
#define MEM_MEM_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/error.h"

#define MEM_PAGE		4096u
#define MEM_SEGMENTS_MAX	1024
#define MEM_BACKINGS_MAX	64
/* Descriptors that one of them reads from, at most. */
#define MEM_BACKING_FDS		2
#define MEM_FDS_MAX		(MEM_BACKINGS_MAX * MEM_BACKING_FDS)

struct mem;

/**
 * struct mem_backing - something that guest memory is in
 * @read: copy @len bytes from @offset on. Return: 0; -EFAULT when they are not there
 *	  (any more); -EIO and others when it cannot be read at all.
 * @next_data: the first piece in [@offset, @end) that may be anything but zeros.
 *	  Return: 1 and the piece; 0 when there is none; negative errno.  NULL when
 *	  that is not known of it.  What it leaves out costs the guest or the host
 *	  memory to be looked at.
 * @forget: let go of what is held so that it can be read again sooner; may be NULL
 * @destroy: free @arg; may be NULL
 * @arg: given to all of them
 * @fds: descriptors that they need; 0 for none
 * @maps: they map frames of Xen's by these
 */
struct mem_backing {
	int (*read)(void *arg, uint64_t offset, void *buf, size_t len);
	int (*next_data)(void *arg, uint64_t offset, uint64_t end, uint64_t *ret_start,
			 uint64_t *ret_end);
	void (*forget)(void *arg);
	void (*destroy)(void *arg);
	void *arg;
	int fds[MEM_BACKING_FDS];
	bool maps;
};

/**
 * struct mem_segment - addresses that follow each other, in the guest and in a backing
 * @start: physical address of the first byte
 * @size: how many bytes
 * @backing: number of what they are in
 * @offset: of the first byte in there
 */
struct mem_segment {
	uint64_t start;
	uint64_t size;
	unsigned int backing;
	uint64_t offset;
};

/** mem_create() - A guest without memory. Return: NULL without memory for it. */
struct mem *mem_create(void);

/** mem_destroy() - Free it and its backings; NULL is allowed. */
void mem_destroy(struct mem *mem);

/**
 * mem_add_backing() - Let it have something that memory is in.
 * @mem: gets it
 * @backing: copied; what it stands for is @mem's from now on, also on failure
 * @err: why it failed
 *
 * Return: its number, from 0 on; -ENOSPC; -ENOMEM.
 */
int mem_add_backing(struct mem *mem, const struct mem_backing *backing, struct error *err);

/**
 * mem_add_segment() - Say what is where.
 * @mem: has the backing
 * @segment: in any order; one of no size is left out
 * @err: why it failed
 *
 * Return: 0; -EEXIST when it overlaps another one; -ERANGE when it ends with or beyond all
 * addresses; -EINVAL without such a backing; -ENOSPC; -ENOMEM.
 */
int mem_add_segment(struct mem *mem, const struct mem_segment *segment, struct error *err);

/**
 * mem_set_tables() - Page tables of this guest have addresses of another kind.
 * @mem: of the guest, by its own numbers
 * @tables: by those that its page tables have; @mem's from now on
 * @translate: from the first to the second. Return: 0; -EFAULT where there is none.
 * @arg: for @translate
 */
void mem_set_tables(struct mem *mem, struct mem *tables,
		    int (*translate)(void *arg, uint64_t address, uint64_t *ret), void *arg);

/** mem_tables() - Memory by the addresses that page tables have: mostly @mem itself. */
const struct mem *mem_tables(const struct mem *mem);

/** mem_table_address() - Such an address. Return: 0; -EFAULT where there is no memory. */
int mem_table_address(const struct mem *mem, uint64_t address, uint64_t *ret);

struct processors;

/**
 * mem_set_processors() - What the guest's processors were seen to use.
 * @mem: of the guest
 * @processors: from malloc(), @mem's from now on
 */
void mem_set_processors(struct mem *mem, struct processors *processors);

/** mem_processors() - Likewise; NULL where nobody could be asked. */
const struct processors *mem_processors(const struct mem *mem);

/** mem_forget() - Let go of what is held so that it can be read again sooner. */
void mem_forget(const struct mem *mem);

/** mem_segments() - All of them by address. Return: how many. */
size_t mem_segments(const struct mem *mem, const struct mem_segment **ret);

/**
 * mem_fds() - Descriptors that reading needs, for whoever closes all others.
 * @mem: of the guest
 * @ret: gets them
 *
 * Return: how many.
 */
size_t mem_fds(const struct mem *mem, int ret[MEM_FDS_MAX]);

/** mem_maps() - Whether reading maps frames of Xen's, for whoever forbids system calls. */
bool mem_maps(const struct mem *mem);

/** mem_bytes() - How much memory there is, in bytes. */
uint64_t mem_bytes(const struct mem *mem);

/**
 * mem_read() - Copy memory.
 * @mem: of the guest
 * @address: physical
 * @buf: gets it; undefined on failure
 * @len: bytes, of one or more segments
 *
 * May be called by several threads if all backings may.
 *
 * Return: 0; -EFAULT where there is no memory; what the backing returned.
 */
int mem_read(const struct mem *mem, uint64_t address, void *buf, size_t len);

/**
 * mem_next_data() - Where memory goes on that may be anything but zeros.
 * @mem: of the guest
 * @address: physical, where to begin
 * @ret_start: its address, at least @address
 * @ret_end: the address after it; of one segment only
 *
 * Return: 1; 0 when there is no more; negative errno.
 */
int mem_next_data(const struct mem *mem, uint64_t address, uint64_t *ret_start,
		  uint64_t *ret_end);

#endif
