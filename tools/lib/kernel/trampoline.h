/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Where a kernel probably is in a guest's physical memory, before anything of it is known.
 *
 * Below 1 MiB, Linux has a page table that its other processors begin with.  Its last entry is that
 * of the kernel's own tables, and leads to how the kernel's text and data are mapped.
 */
#ifndef KERNEL_TRAMPOLINE_H
#define KERNEL_TRAMPOLINE_H

#include <stdbool.h>
#include <stdint.h>

#include "mem/mem.h"

/**
 * trampoline_find() - What such a page table leads to.
 * @mem: the guest's memory
 * @ret_end: physical address behind the kernel
 *
 * It is a hint, of where to look first: anything may look like such a table.
 *
 * Return: whether there is one.
 */
bool trampoline_find(const struct mem *mem, uint64_t *ret_end);

#endif
