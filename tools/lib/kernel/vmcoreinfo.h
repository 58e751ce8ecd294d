/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * VMCOREINFO: a page of text that Linux keeps for whoever reads its memory after a crash.
 * It says where the kernel's page tables and its table of symbols are.  The guest can write
 * there what it likes.
 */
#ifndef KERNEL_VMCOREINFO_H
#define KERNEL_VMCOREINFO_H

#include <stdbool.h>
#include <stdint.h>

#include "base/error.h"
#include "mem/mem.h"

/**
 * struct vmcoreinfo - what was found
 * @address: physical, where
 * @text: lines, the last one with its end, and a NUL
 */
struct vmcoreinfo {
	uint64_t address;
	char text[MEM_PAGE + 1];
};

/**
 * struct vmcoreinfo_search - a search through a guest's memory
 * @place: number of the part of it that is looked at next
 * @at: physical address to go on at
 * @end: of the part that is looked at
 */
struct vmcoreinfo_search {
	size_t place;
	uint64_t at;
	uint64_t end;
};

/** vmcoreinfo_begin() - Get ready to search. */
void vmcoreinfo_begin(struct vmcoreinfo_search *search);

/**
 * vmcoreinfo_next() - The next page that may be it.
 * @mem: the guest's memory
 * @search: begun
 * @ret: what is there
 *
 * First where kernels have it, then everywhere, so that one may be told twice.  There may be
 * copies, old ones and lies: whoever asks tries what they lead to.  Pages of zeros are not
 * looked at where that is known of them.
 *
 * Return: 1; 0 when there is no more; negative errno when memory cannot be read.
 */
int vmcoreinfo_next(const struct mem *mem, struct vmcoreinfo_search *search,
		    struct vmcoreinfo *ret);

/**
 * vmcoreinfo_hex() - A number that is written as KEY(NAME)=VALUE, in hexadecimal.
 * @info: that has it or not
 * @key: such as "SYMBOL"; with @name NULL, of KEY=VALUE
 * @name: such as "swapper_pg_dir"
 * @ret: the value
 *
 * Return: 0; -ENOENT; -EINVAL when it is no number.
 */
int vmcoreinfo_hex(const struct vmcoreinfo *info, const char *key, const char *name,
		   uint64_t *ret);

/** vmcoreinfo_decimal() - Likewise, in decimal; @ret may be negative. */
int vmcoreinfo_decimal(const struct vmcoreinfo *info, const char *key, const char *name,
		       int64_t *ret);

/**
 * vmcoreinfo_release() - The kernel's release, as by "uname -r".
 * @info: that has it
 * @ret: gets it, shortened if need be
 * @room: of it
 */
void vmcoreinfo_release(const struct vmcoreinfo *info, char *ret, size_t room);

#endif
