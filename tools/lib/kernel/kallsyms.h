/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The kernel's table of its own symbols, as it is in its memory: names are made of tokens,
 * addresses are offsets of one of three kinds.
 */
#ifndef KERNEL_KALLSYMS_H
#define KERNEL_KALLSYMS_H

#include <stddef.h>
#include <stdint.h>

#include "base/error.h"
#include "mem/space.h"
#include "memo.h"
#include "vmcoreinfo.h"

struct kallsyms;

/**
 * struct kallsyms_symbol - a symbol
 * @name: without its type
 * @address: virtual, or of a variable of each processor an offset
 * @type: as by nm(1), such as 'T' or 'd'
 */
struct kallsyms_symbol {
	const char *name;
	uint64_t address;
	char type;
};

/**
 * kallsyms_read() - Read the whole table.
 * @ret: to be given to kallsyms_free()
 * @space: the kernel's addresses
 * @info: says where the table is; a kernel from 6.0 on
 * @err: why it failed
 *
 * Return: 0; -ENOENT when @info does not say it; -EPROTO when the table makes no sense, as
 * when @space or @info are not this kernel's; -EFAULT when a part of it is not mapped;
 * -ENOMEM; others.
 */
int kallsyms_read(struct kallsyms **ret, struct space *space, const struct vmcoreinfo *info,
		  struct error *err);

/**
 * kallsyms_later() - The table of a kernel of which enough is known: it is read when a symbol is
 * asked for that is not in @memo.
 * @ret: to be given to kallsyms_free()
 * @space: the kernel's addresses, which must outlive it
 * @info: see kallsyms_read()
 * @memo: copied
 * @err: why it failed
 *
 * Return: 0; -EPROTO when what is known makes no sense; -ENOMEM.
 */
int kallsyms_later(struct kallsyms **ret, struct space *space, const struct vmcoreinfo *info,
		   const struct kernel_memo *memo, struct error *err);

/**
 * kallsyms_complete() - Read it now, if it was not.
 *
 * What asks for a symbol does that as well, but cannot say why it failed: then there are none.
 *
 * Return: see kallsyms_read().
 */
int kallsyms_complete(struct kallsyms *symbols, struct error *err);

/** kallsyms_free() - NULL is allowed. */
void kallsyms_free(struct kallsyms *symbols);

/** kallsyms_count() - How many symbols there are. */
size_t kallsyms_count(struct kallsyms *symbols);

/** kallsyms_at() - The symbol of a number, in the order of the table. */
struct kallsyms_symbol kallsyms_at(struct kallsyms *symbols, size_t number);

/**
 * kallsyms_find() - The address of a name.
 * @symbols: of the kernel
 * @name: of which there may be several, the first one is taken
 * @ret: the address
 *
 * Return: 0; -ENOENT.
 */
int kallsyms_find(struct kallsyms *symbols, const char *name, uint64_t *ret);

/**
 * kallsyms_name() - What is at an address.
 * @symbols: of the kernel
 * @address: any
 * @ret: the last symbol that begins at or before it
 *
 * Return: 0; -ENOENT when none does, or when it is not in the kernel at all.
 */
int kallsyms_name(struct kallsyms *symbols, uint64_t address,
		  struct kallsyms_symbol *ret);

/** kallsyms_after() - The lowest address above @address that has a symbol; UINT64_MAX. */
uint64_t kallsyms_after(struct kallsyms *symbols, uint64_t address);

#endif
