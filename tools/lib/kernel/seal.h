/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Whether memory of a guest is what it was: of all that was read of it while a seal was made
 * there is a code (UMAC-128) whose key the guest does not know, so it cannot have found other
 * bytes that have the same.  That takes an eighth of what SHA-256 does, and next to no room.
 */
#ifndef KERNEL_SEAL_H
#define KERNEL_SEAL_H

#include <stddef.h>
#include <stdint.h>

#include "mem/space.h"

#define SEAL_RANGES_MAX	16
#define SEAL_KEY	16
#define SEAL_CODE	16

/**
 * struct seal_range - addresses that follow each other
 * @address: virtual
 * @len: bytes
 */
struct seal_range {
	uint64_t address;
	uint64_t len;
};

/**
 * struct seal - what was read of a guest, in as few bytes as possible
 * @ranges: in the order in which they were read
 * @count: of them; 0 for none: nothing can be told by it
 * @key: random, of this one only
 * @code: of the bytes
 */
struct seal {
	struct seal_range ranges[SEAL_RANGES_MAX];
	uint64_t count;
	uint8_t key[SEAL_KEY];
	uint8_t code[SEAL_CODE];
};

struct sealing;

/**
 * seal_begin() - From here on, what is read by an address space goes into a seal.
 * @space: whose, until seal_end()
 *
 * Return: to be given to seal_end(); NULL without memory or random numbers.
 */
struct sealing *seal_begin(struct space *space);

/**
 * seal_end() - That is all.
 * @sealing: by seal_begin(); NULL is allowed
 * @ret: the seal; without ranges when there were too many of them or there is no @sealing
 */
void seal_end(struct sealing *sealing, struct seal *ret);

/**
 * seal_check() - Read the same once more.
 * @seal: may be from anybody: its ranges are bounded here
 * @space: of the guest
 *
 * Return: 0 when it is what it was; -ESTALE when it is not; -EPROTO when there is no sense in the
 * ranges; see space_read().
 */
int seal_check(const struct seal *seal, struct space *space);

#endif
