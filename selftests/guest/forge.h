/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A guest of a few pages that a test writes as it likes: as only an intruder would. */
#ifndef SELFTESTS_GUEST_FORGE_H
#define SELFTESTS_GUEST_FORGE_H

#include <stdint.h>

#include "guest/field.h"

#define FORGE_BYTES	(64u * MEM_PAGE)
#define FORGE_WORDS	(FORGE_BYTES / 8)
/* Behind the page tables; all of memory is mapped where it is. */
#define FORGE_FREE	0x4000ull
/* Where there is none. */
#define FORGE_NOWHERE	0x40000000ull

extern uint64_t forge_memory[FORGE_WORDS];
extern struct guest forge_guest;

/**
 * struct forge_symbol - one of the kernel's
 * @name: of it
 * @address: virtual
 */
struct forge_symbol {
	const char *name;
	uint64_t address;
};

/* Where the kernel's own addresses begin, once forge_kernel() has mapped them. */
#define FORGE_KERNEL	0xffffffff80000000ull
/* From there on, memory is not free then. */
#define FORGE_TABLES	0x30000ull

/** forge_member() - Of a structure, one number of so many bytes. */
struct types_member forge_member(uint32_t offset, uint32_t size);

/** forge_begin() - Make it, with page tables and nothing else. */
void forge_begin(void);

/**
 * forge_kernel() - Map all of memory once more, as the kernel's, page by page, none of which can be
 * executed; and give it symbols.
 * @symbols: the first one is _stext
 * @count: of them
 */
void forge_kernel(const struct forge_symbol *symbols, size_t count);

/** forge_execute() - Whether a page of the kernel's can be executed. */
void forge_execute(uint64_t address, bool executable);

/** forge_end() - Free it. */
void forge_end(void);

#endif
