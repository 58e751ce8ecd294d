/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Inside of the library: what of the kernel's addresses can be executed, by its page tables. */
#ifndef GUEST_EXECUTABLE_H
#define GUEST_EXECUTABLE_H

#include "area.h"

/**
 * executable_read() - All that can be executed of the kernel's half of addresses.
 * @guest: seen into
 * @ret: gets it, by address; pieces that touch are one
 * @doubts: what was not as it should be is added there
 *
 * Few tables lead to such pages; those that lead to none are mostly known by the entry above them.
 *
 * Return: 0; -ENOMEM.
 */
int executable_read(const struct guest *guest, struct area_list *ret,
		    struct guest_doubts *doubts);

#endif
