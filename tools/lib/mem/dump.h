/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A guest's memory that has been written to a file: an ELF core, or bytes as they were. */
#ifndef MEM_DUMP_H
#define MEM_DUMP_H

#include "base/error.h"
#include "mem.h"

/**
 * mem_open_dump() - Read a dump.
 * @ret: to be given to mem_destroy()
 * @path: of an ELF core (64 bit, as by QEMU's dump-guest-memory, "virsh dump
 *	  --memory-only" or kdump without makedumpfile), or, when it does not begin as one,
 *	  of memory from address 0 on; an ordinary file
 * @err: why it failed
 *
 * Return: 0; -EINVAL for a core that is damaged, compressed or of another kind;
 * -ENOTSUP for what is no ordinary file; other negative errno.
 */
int mem_open_dump(struct mem **ret, const char *path, struct error *err);

/**
 * mem_file_backing() - A file that memory is in.
 * @ret: is filled in
 * @fd: of it; closed by mem_destroy(), and at once on failure
 * @err: why it failed
 *
 * Holes are left out of what there is to be looked at, where the file system tells.
 *
 * Return: 0; -ENOMEM.
 */
int mem_file_backing(struct mem_backing *ret, int fd, struct error *err);

/** mem_file_read() - All bytes asked for. Return: 0; -EFAULT beyond the end; -errno. */
int mem_file_read(int fd, uint64_t offset, void *buf, size_t len);

#endif
