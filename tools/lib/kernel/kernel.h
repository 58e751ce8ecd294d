/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The kernel of a guest, found in its memory: its addresses, symbols and types. */
#ifndef KERNEL_KERNEL_H
#define KERNEL_KERNEL_H

#include "base/error.h"
#include "kallsyms.h"
#include "mem/mem.h"
#include "mem/space.h"
#include "types.h"

#define KERNEL_RELEASE_MAX	65
#define KERNEL_BANNER_MAX	256

/**
 * struct kernel - all that is needed to find one's way in a guest
 * @mem: the guest's memory, somebody else's
 * @space: the kernel's own virtual addresses
 * @symbols: its symbols
 * @types: its types
 * @release: as by "uname -r"; may hold any bytes
 * @banner: as in /proc/version, without a newline; may hold any bytes
 * @levels: of its page tables
 * @offset: by how much its addresses were moved at boot
 */
struct kernel {
	const struct mem *mem;
	struct space *space;
	struct kallsyms *symbols;
	struct types *types;
	char release[KERNEL_RELEASE_MAX];
	char banner[KERNEL_BANNER_MAX];
	unsigned int levels;
	uint64_t offset;
};

/**
 * kernel_attach() - Find the kernel.
 * @kernel: filled in; to be given to kernel_detach()
 * @mem: the guest's memory, which must outlive it
 * @err: why it failed
 *
 * All places that may be its beginning are tried until one leads to a kernel of which
 * everything fits: page tables, symbols, types, and the same release in all of them.
 *
 * Return: 0; -ENOENT when there is none: the guest is still booting, is no Linux, or one
 * before 6.0; what the last place failed with.
 */
int kernel_attach(struct kernel *kernel, const struct mem *mem, struct error *err);

/** kernel_detach() - Free what it has. */
void kernel_detach(struct kernel *kernel);

/**
 * kernel_symbol() - The address of a symbol.
 * @kernel: of the guest
 * @name: of the symbol
 * @ret: the address
 * @err: names what is missing
 *
 * Return: 0; -ENOENT.
 */
int kernel_symbol(const struct kernel *kernel, const char *name, uint64_t *ret,
		  struct error *err);

/** kernel_read_u64() - A pointer or long at a virtual address. Return: see space_read(). */
int kernel_read_u64(const struct kernel *kernel, uint64_t address, uint64_t *ret);

#endif
