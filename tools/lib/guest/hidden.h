/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Inside of the library: modules that the list of modules does not have. */
#ifndef GUEST_HIDDEN_H
#define GUEST_HIDDEN_H

#include "finding.h"

/**
 * hidden_modules() - Modules that are in /sys/module, or by whose code the kernel finds them, and
 * not in the list.
 * @guest: seen into
 * @ret: gets them
 * @data: unused
 * @doubts: what was not as it should be is added there
 *
 * Return: 0; -ENOMEM.
 */
int hidden_modules(struct guest *guest, struct findings *ret, void *data,
		   struct guest_doubts *doubts);

#endif
