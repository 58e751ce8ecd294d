/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Inside of the library: pointers to functions that lead to nobody's code. */
#ifndef GUEST_HOOK_H
#define GUEST_HOOK_H

#include "finding.h"

/**
 * hooks_find() - Pointers that lead to where no code is known.
 * @guest: seen into
 * @ret: gets them
 * @data: unused
 * @doubts: what was not as it should be is added there
 *
 * Of the kernel's constants, to anything but the kernel; of its variables and of those who trace,
 * probe and filter packets, to code that is neither its nor a module's nor made by it; and of
 * interrupts, to anything but the kernel.
 *
 * Return: 0; -ENOENT; -ENOMEM.
 */
int hooks_find(struct guest *guest, struct findings *ret, void *data,
	       struct guest_doubts *doubts);

#endif
