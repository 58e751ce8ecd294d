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

/** forge_begin() - Make it, with page tables and nothing else. */
void forge_begin(void);

/** forge_end() - Free it. */
void forge_end(void);

#endif
