/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What was found of a guest's kernel, so that it need not be found once more.  It is trusted
 * only as far as the guest's memory says the same still, see kernel_recall().
 */
#ifndef KERNEL_MEMO_H
#define KERNEL_MEMO_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "mem/mem.h"
#include "seal.h"

/* Of those that are looked for by name in every look; all others are read when they are wanted. */
#define MEMO_SYMBOLS	10

/**
 * struct kernel_memo - what was found of a kernel; all bytes of it count, those between too
 * @info_address: physical, of its VMCOREINFO
 * @info: the whole page
 * @seal: of its tables of symbols and types, and its banner
 * @btf_start: virtual address of its types
 * @btf_end: the address after them
 * @symbol_count: in its table
 * @addresses: of the symbols that memo_symbols() names
 * @has: bit by bit, which of them there are
 */
struct kernel_memo {
	uint64_t info_address;
	char info[MEM_PAGE];
	struct seal seal;
	uint64_t btf_start;
	uint64_t btf_end;
	uint64_t symbol_count;
	uint64_t addresses[MEMO_SYMBOLS];
	uint64_t has;
};

/** memo_symbols() - Their names. */
const char *const *memo_symbols(void);

/**
 * memo_find() - The address of one of them.
 * @memo: of the kernel
 * @name: of any symbol
 * @ret: the address
 *
 * Return: 0; -ENOENT when the kernel has no such symbol; -EAGAIN when it is none of those.
 */
int memo_find(const struct kernel_memo *memo, const char *name, uint64_t *ret);

#endif
