/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Page tables that a guest's processors use.  Whatever a guest's processes write into memory,
 * they cannot change the kernel's half of these, which is the same in all of them: by it the
 * kernel that runs is told from what only looks like one.
 */
#ifndef MEM_PROCESSOR_H
#define MEM_PROCESSOR_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "mem.h"

/* So many different ones are kept; those of idle processors and of most others are the same. */
#define PROCESSORS_MAX		16
/* Processors that are asked, at most: a half of them tells as much. */
#define PROCESSOR_ROOTS_MAX	64
/* Entries of a table for addresses from its middle on. */
#define PROCESSOR_ENTRIES	256

/**
 * struct processor - the kernel's half of a highest page table
 * @entries: of it: addresses, and whether there is something; 0 for others
 */
struct processor {
	uint64_t entries[PROCESSOR_ENTRIES];
};

/**
 * struct processors - those that were seen
 * @list: of them, none twice
 * @count: of @list; 0 while none of them uses page tables
 */
struct processors {
	struct processor list[PROCESSORS_MAX];
	size_t count;
};

/**
 * processors_parse() - Highest page tables by what QEMU's monitor answers to "info registers -a".
 * @text: the answer
 * @ret: gets their physical addresses
 * @room: in @ret
 *
 * Return: how many; 0 when none is used, or the answer is not understood.
 */
size_t processors_parse(const char *text, uint64_t *ret, size_t room);

/**
 * processors_see() - Ask which page tables a guest's processors use, and read these.
 * @mem: of the guest; gets them, see mem_set_processors()
 * @ask: gets the addresses of the highest ones, as page tables have addresses, of processors that
 *	 use any, up to PROCESSOR_ROOTS_MAX of them; returns how many, or a negative errno
 * @arg: for @ask
 * @err: why it failed
 *
 * The process whose tables they are may end before they are read, and something else be there:
 * it is asked until the first processor uses the same ones before and after, or a few times.
 *
 * Return: 0; what @ask returned; -ENOMEM.
 */
int processors_see(struct mem *mem,
		   int (*ask)(void *arg, uint64_t roots[PROCESSOR_ROOTS_MAX], struct error *err),
		   void *arg, struct error *err);

/**
 * processors_add() - See what a processor uses.
 * @processors: gets it, unless it is there, or full
 * @mem: of the guest, by the addresses that page tables have, see mem_tables()
 * @root: such an address, of the highest page table
 *
 * With page-table isolation, a table of a process has next to nothing of the kernel's; its other
 * one, which has, is beside it.
 *
 * Return: 0; see mem_read().
 */
int processors_add(struct processors *processors, const struct mem *mem, uint64_t root);

/**
 * processors_use() - Whether one of them was seen to use these tables, or a process' of theirs.
 * @processors: that were seen
 * @mem: see processors_add()
 * @root: likewise, of the kernel's own highest page table
 *
 * Return: 1; 0; negative errno of mem_read().
 */
int processors_use(const struct processors *processors, const struct mem *mem, uint64_t root);

#endif
