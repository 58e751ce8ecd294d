/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Words of the command line that stand for numbers of a guest. */
#ifndef KVMONITOR_TEXT_H
#define KVMONITOR_TEXT_H

#include <stdint.h>

#include "base/error.h"
#include "guest/guest.h"

/**
 * text_address() - A virtual address: 0x..., a symbol, or a symbol and what to add.
 * @guest: whose symbols are meant
 * @text: such as "0xffffffff81000000", "init_task", "init_task+0x10"
 * @ret: the address
 * @err: why it failed
 *
 * Return: 0; -EINVAL for what is no address; -ENOENT for a symbol that is not there.
 */
int text_address(const struct guest *guest, const char *text, uint64_t *ret,
		 struct error *err);

/**
 * text_number() - A number of 0 or more, decimal or, with 0x before it, hexadecimal.
 * @what: it is, for errors
 * @text: as typed
 * @max: no more than this
 * @ret: the number
 * @err: why it failed
 *
 * Return: 0; -EINVAL.
 */
int text_number(const char *what, const char *text, uint64_t max, uint64_t *ret,
		struct error *err);

#endif
