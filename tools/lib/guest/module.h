/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Modules of a guest's kernel. */
#ifndef GUEST_MODULE_H
#define GUEST_MODULE_H

#include <stdint.h>

#include "guest.h"

/* MODULE_NAME_LEN, 64 less a pointer's size. */
#define GUEST_MODULE_NAME_MAX	56
#define GUEST_MODULES_MAX	65536u

/** enum guest_module_state - as in enum module_state of include/linux/module.h */
enum guest_module_state {
	GUEST_MODULE_LIVE,
	GUEST_MODULE_COMING,
	GUEST_MODULE_GOING,
	GUEST_MODULE_UNFORMED,
};

/**
 * struct guest_module - a module as it was
 * @address: virtual, of its struct module
 * @name: may hold any bytes
 * @state: one of enum guest_module_state, or another number
 * @base: virtual address of its text
 * @text_size: of it in bytes
 * @init_base: virtual address of text that it needs only while it is loaded; 0 without
 * @init_text_size: of it in bytes
 * @size: of all its memory in bytes, as in /proc/modules
 * @references: how many use it
 */
struct guest_module {
	uint64_t address;
	char name[GUEST_MODULE_NAME_MAX];
	uint32_t state;
	uint64_t base;
	uint64_t text_size;
	uint64_t init_base;
	uint64_t init_text_size;
	uint64_t size;
	int32_t references;
};

/**
 * guest_modules() - All modules, as the kernel has them in its list, the newest first.
 * @guest: seen into
 * @take: is given each; returns 0 to go on, another value to end the walk
 * @data: for @take
 * @doubts: what was not as it should be is added there
 *
 * Return: 0; what @take returned; -ENOENT for a kernel without modules.
 */
int guest_modules(struct guest *guest,
		  int (*take)(const struct guest_module *module, void *data), void *data,
		  struct guest_doubts *doubts);

#endif
