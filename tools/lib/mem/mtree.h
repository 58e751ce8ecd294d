/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What QEMU's monitor answers to "info mtree -f" and "gpa2hva". */
#ifndef MEM_MTREE_H
#define MEM_MTREE_H

#include <stddef.h>
#include <stdint.h>

#include "base/error.h"

#define MTREE_RANGES_MAX	256

/**
 * struct mtree_range - guest memory that is in one piece of the host's
 * @start: physical address
 * @last: of the last byte
 */
struct mtree_range {
	uint64_t start;
	uint64_t last;
};

/**
 * mtree_parse() - Where a guest has memory.
 * @text: the answer
 * @ranges: gets them, in the order of addresses
 * @err: why it failed
 *
 * RAM and what is read only of it, as processors see it; neither devices nor memory of
 * assigned devices.  QEMU has versions of the format, of which those since 2.12 are read.
 *
 * Return: how many; -EPROTO when the answer is not understood or there is none; -ENOSPC
 * with more than MTREE_RANGES_MAX.
 */
int mtree_parse(const char *text, struct mtree_range ranges[MTREE_RANGES_MAX],
		struct error *err);

/**
 * mtree_parse_address() - Where in QEMU's process a physical address is.
 * @text: the answer to "gpa2hva"
 * @ret: the address
 *
 * Return: 0; -EPROTO when there is no memory, or the answer is not understood.
 */
int mtree_parse_address(const char *text, uint64_t *ret);

#endif
