/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Memory of a QEMU that looks like a guest's, told by nobody: for where no monitor is. */
#ifndef MEM_BLOCK_H
#define MEM_BLOCK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "base/error.h"
#include "mem.h"

#define MEM_BLOCKS_MAX	8
#define MEM_LOWS_MAX	8

/**
 * enum mem_kind - what a guest's memory is in
 * @MEM_ANONYMOUS: in no file
 * @MEM_PRIVATE: in a file that is not shared: what was written is in none
 * @MEM_FILE: in a file
 * @MEM_MEMFD: in a file that has no name
 * @MEM_HUGE: in huge pages of hugetlbfs, by a file or none
 */
enum mem_kind {
	MEM_ANONYMOUS,
	MEM_PRIVATE,
	MEM_FILE,
	MEM_MEMFD,
	MEM_HUGE,
};

/**
 * struct mem_block - memory of a process that has the size of a guest's
 * @address: in the process
 * @size: bytes
 * @kind: what it is in
 */
struct mem_block {
	uint64_t address;
	uint64_t size;
	enum mem_kind kind;
};

/**
 * mem_blocks() - Whatever of a process has exactly one size.
 * @pid: of the process
 * @size: bytes
 * @ret: gets them, by address
 * @err: why it failed
 *
 * Return: how many, at most MEM_BLOCKS_MAX; -ENOENT without such a process; -EACCES.
 */
int mem_blocks(pid_t pid, uint64_t size, struct mem_block ret[MEM_BLOCKS_MAX],
	       struct error *err);

/**
 * mem_lows() - How much of a guest's memory may be below 4 GiB.
 * @size: of all of it, in bytes
 * @q35: what QEMU's machine q35 does comes first, else what pc does
 * @limit: that QEMU was given (max-ram-below-4g), 0 for none
 * @ret: gets them, the most likely one first
 *
 * What is not below begins at 4 GiB.  Which one it is has to be seen in the guest.
 *
 * Return: how many.
 */
size_t mem_lows(uint64_t size, bool q35, uint64_t limit, uint64_t ret[MEM_LOWS_MAX]);

/**
 * mem_open_block() - Take such a block for a guest's memory.
 * @ret: to be given to mem_destroy()
 * @pid: of the process
 * @block: of it
 * @low: so many bytes are below 4 GiB
 * @err: why it failed
 *
 * What a PC has for devices and firmware between 640 KiB and 1 MiB is left out.
 *
 * Return: 0; see mem_process_open() and mem_process_add().
 */
int mem_open_block(struct mem **ret, pid_t pid, const struct mem_block *block, uint64_t low,
		   struct error *err);

#endif
