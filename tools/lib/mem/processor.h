/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Page tables that a guest's processors use.  Whatever a guest's processes write into memory,
 * they cannot change the kernel's part of these, which is the same in all of them: by it the
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
/*
 * The first entry of a highest table that is the same in all of them, and can be written by the
 * kernel alone.  Those before it are the processes', from the middle on 16 of a hypervisor's (Xen's
 * own in tables of PV guests, of which one leads back to the table that it is in), and one for
 * segments that processes have (modify_ldt(2)).
 */
#define PROCESSOR_FIRST		273
#define PROCESSOR_ENTRIES	(512 - PROCESSOR_FIRST)

/**
 * struct processor - the kernel's part of a highest page table
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

/*
 * Gets the addresses of highest page tables, as page tables have addresses, of processors that use
 * any.  Return: how many; a negative errno.
 */
typedef int (processors_ask)(void *arg, uint64_t roots[PROCESSOR_ROOTS_MAX], struct error *err);

/**
 * processors_see() - Ask which page tables a guest's processors use, and read these.
 * @mem: of the guest; gets them, see mem_set_processors()
 * @ask: tells which
 * @arg: for @ask
 * @err: why it failed
 *
 * The process whose tables they are may end before they are read, and something else be there.  So
 * only those count that some processor uses before and after; it is asked until there are any, for
 * two seconds.
 *
 * With page-table isolation, a table of a process has next to nothing of the kernel's; its other
 * one, which has, is beside it.
 *
 * Return: 0; what @ask returned; -EAGAIN when they never were the same; -ENOMEM.
 */
int processors_see(struct mem *mem, processors_ask *ask, void *arg, struct error *err);

/**
 * processors_use() - Whether one of them was seen to use these tables, or a process' of theirs.
 * @processors: that were seen
 * @mem: of the guest, by the addresses that page tables have, see mem_tables()
 * @root: such an address, of the kernel's own highest page table
 *
 * Return: 1; 0; negative errno of mem_read().
 */
int processors_use(const struct processors *processors, const struct mem *mem, uint64_t root);

#endif
