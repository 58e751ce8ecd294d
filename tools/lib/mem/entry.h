/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Entries of page tables, by Intel's SDM, volume 3, chapter 4.5. */
#ifndef MEM_ENTRY_H
#define MEM_ENTRY_H

#include "base/macros.h"

/* In a table. */
#define ENTRIES		512u

#define ENTRY_PRESENT	BIT_ULL(0)
#define ENTRY_WRITE	BIT_ULL(1)
#define ENTRY_USER	BIT_ULL(2)
#define ENTRY_LARGE	BIT_ULL(7)
#define ENTRY_NOEXEC	BIT_ULL(63)
/* Also of CR3. */
#define ENTRY_ADDRESS	0x000ffffffffff000ull

#endif
