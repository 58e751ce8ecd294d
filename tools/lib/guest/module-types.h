/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Types of a guest's modules, by what its kernel has kept of each (BTF). */
#ifndef GUEST_MODULE_TYPES_H
#define GUEST_MODULE_TYPES_H

#include "guest.h"

/**
 * guest_module_types() - Types of a module, and behind them those of the kernel.
 * @guest: seen into; must outlive @ret
 * @module: its name, as in /proc/modules
 * @ret: to be given to types_free()
 * @doubts: what was not as it should be is added there
 * @err: why it failed
 *
 * Return: 0; -ENOENT when no such module is there, or it or the kernel has no BTF of modules; see
 * types_read().
 */
int guest_module_types(struct guest *guest, const char *module, struct types **ret,
		       struct guest_doubts *doubts, struct error *err);

#endif
