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

/** kallsyms_free() - NULL is allowed. */
void kallsyms_free(struct kallsyms *symbols);

/** kallsyms_count() - How many symbols there are. */
size_t kallsyms_count(const struct kallsyms *symbols);

/** kallsyms_at() - The symbol of a number, in the order of the table. */
struct kallsyms_symbol kallsyms_at(const struct kallsyms *symbols, size_t number);

/**
 * kallsyms_find() - The address of a name.
 * @symbols: of the kernel
 * @name: of which there may be several, the first one is taken
 * @ret: the address
 *
 * Return: 0; -ENOENT.
 */
int kallsyms_find(const struct kallsyms *symbols, const char *name, uint64_t *ret);

/**
 * kallsyms_name() - What is at an address.
 * @symbols: of the kernel
 * @address: any
 * @ret: the last symbol that begins at or before it
 *
 * Return: 0; -ENOENT when none does, or when it is not in the kernel at all.
 */
int kallsyms_name(const struct kallsyms *symbols, uint64_t address,
		  struct kallsyms_symbol *ret);

#endif
