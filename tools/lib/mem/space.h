/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Virtual addresses of a guest: a walk of its page tables (x86-64, 4 or 5 levels, pages
 * of 4 KiB, 2 MiB and 1 GiB), with what was found remembered for a while.
 */
#ifndef MEM_SPACE_H
#define MEM_SPACE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/error.h"
#include "mem.h"

struct space;

/**
 * struct space_page - where a virtual address leads
 * @address: physical, of the very byte
 * @size: of the page that it is in: 4 KiB, 2 MiB or 1 GiB
 * @user: whether code of processes may use it
 * @writable: whether it may be written
 * @executable: whether it may be executed: by a process, of addresses of processes
 */
struct space_page {
	uint64_t address;
	uint64_t size;
	bool user;
	bool writable;
	bool executable;
};

/**
 * space_create() - Get ready to translate.
 * @ret: to be given to space_destroy()
 * @mem: the guest's memory, which must outlive it
 * @root: physical address of the highest page table, as in CR3; its low bits and those
 *	  beyond an address are left out
 * @levels: of tables, 4 or 5
 * @err: why it failed
 *
 * Return: 0; -EINVAL for other @levels; -ENOMEM.
 */
int space_create(struct space **ret, const struct mem *mem, uint64_t root,
		 unsigned int levels, struct error *err);

/**
 * space_set_root() - Translate by other tables, such as another process'.
 * @space: forgets what it has found
 * @root: see space_create()
 */
void space_set_root(struct space *space, uint64_t root);

/** space_root() - Physical address of the highest page table. */
uint64_t space_root(const struct space *space);

/**
 * space_restrict() - See only some of what is mapped; of the rest, that nothing is there.
 * @space: forgets what it has found
 * @first: address from which on there is something; 0 at first
 * @last: the last such; the highest address at first
 * @constant: of that, only what cannot be written; false at first
 */
void space_restrict(struct space *space, uint64_t first, uint64_t last, bool constant);

/** space_destroy() - Free it; NULL is allowed. */
void space_destroy(struct space *space);

/** space_forget() - What was found is not trusted any more: the guest went on. */
void space_forget(struct space *space);

/**
 * space_allow() - How much may still be read by it; nothing bounds that before.
 * @space: of a guest that may have made its structures to keep us busy
 * @reads: of memory, pages of data as well as tables; what was remembered is free
 *
 * When they are used up, what would need one more fails with -EDQUOT.
 */
void space_allow(struct space *space, uint64_t reads);

/**
 * space_tell() - Have somebody told what is read, for whoever has to know whether it is the same
 * later.
 * @space: that is read by
 * @tell: gets virtual addresses and what was there, of each space_read() that does not fail;
 *	  NULL for nobody
 * @arg: for @tell
 */
void space_tell(struct space *space,
		void (*tell)(void *arg, uint64_t address, const void *bytes, size_t len),
		void *arg);

/**
 * space_translate() - Where a virtual address leads.
 * @space: not for several threads at once
 * @address: virtual
 * @ret: where to; untouched on failure
 *
 * Return: 0; -EFAULT when nothing is mapped there, or when the tables lead to where
 * there is no memory; -EINVAL when it is not an address at all (not canonical); -EDQUOT,
 * see space_allow(); what mem_read() returned.
 */
int space_translate(struct space *space, uint64_t address, struct space_page *ret);

/**
 * space_read() - Copy memory by virtual address.
 * @space: not for several threads at once
 * @address: virtual
 * @buf: gets it; undefined on failure
 * @len: bytes
 *
 * Return: see space_translate() and mem_read().
 */
int space_read(struct space *space, uint64_t address, void *buf, size_t len);

#endif
