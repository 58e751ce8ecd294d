/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The kernel of a guest, found in its memory: its addresses, symbols and types. */
#ifndef KERNEL_KERNEL_H
#define KERNEL_KERNEL_H

#include "base/error.h"
#include "kallsyms.h"
#include "mem/mem.h"
#include "mem/space.h"
#include "memo.h"
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
 * @memo: for kernel_recall(); its seal is empty when that is not possible
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
	struct kernel_memo memo;
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

/**
 * kernel_recall() - The kernel as it was found before, if it is there still.
 * @kernel: see kernel_attach()
 * @mem: see kernel_attach()
 * @memo: of a kernel that was found, perhaps of another one; what is in it is not trusted
 * @err: why it is not that one
 *
 * VMCOREINFO has to be where it was, and to say the same to the byte; its page tables must lead to
 * the same tables of symbols and of types, of which each byte is read, and to the same banner.
 * What is in those tables is not looked at before somebody asks for more than @memo has.
 *
 * Return: 0; -ESTALE when it is another one; what reading it failed with.
 */
int kernel_recall(struct kernel *kernel, const struct mem *mem, const struct kernel_memo *memo,
		  struct error *err);

/**
 * kernel_is_there() - Whether it is still the one that was found, by its VMCOREINFO.
 *
 * Return: 0; -ESTALE when the guest has been started anew; see mem_read().
 */
int kernel_is_there(const struct kernel *kernel, struct error *err);

/** kernel_detach() - Free what it has. */
void kernel_detach(struct kernel *kernel);

/**
 * kernel_check_memory() - Whether its memory is where the kernel believes it to be.
 * @kernel: found in memory that may have been put together by a guess
 * @err: why it is not
 *
 * The kernel knows where its memory ends.  What is above 4 GiB ends there exactly when what
 * is below has the right size.
 *
 * Return: 0; -EPROTO when it does not fit; -ENOENT without such a symbol; others.
 */
int kernel_check_memory(const struct kernel *kernel, struct error *err);

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

#endif
