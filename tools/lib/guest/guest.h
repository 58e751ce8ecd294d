/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A Linux guest, seen through its memory: what its kernel's structures mean.
 *
 * It runs while it is looked at, and it may lie.  A walk ends by a bound of ours; what makes
 * no sense is left out and counted.
 */
#ifndef GUEST_GUEST_H
#define GUEST_GUEST_H

#include <stdint.h>

#include "base/error.h"
#include "kernel/kernel.h"

/*
 * Reads of its memory from one guest_refresh() to the next; whoever needs more has been led in
 * circles.  Four million tasks take a third of it, and all of it some minutes.
 */
#define GUEST_READS_MAX		268435456u

struct guest;

/**
 * struct guest_doubts - what was not as it should be during a walk
 * @torn: objects that changed or vanished while they were read
 * @bad: pointers to where there is nothing, links that do not fit each other
 * @cut: walks that were ended since they had no end
 */
struct guest_doubts {
	uint64_t torn;
	uint64_t bad;
	uint64_t cut;
};

/**
 * guest_open() - Find a Linux in a guest's memory.
 * @ret: to be given to guest_close()
 * @mem: which must outlive it
 * @err: why it failed
 *
 * Return: 0; see kernel_attach(); -ENOENT when its kernel lacks what every walk needs.
 */
int guest_open(struct guest **ret, const struct mem *mem, struct error *err);

/** guest_close() - NULL is allowed. */
void guest_close(struct guest *guest);

/** guest_kernel() - Its kernel, as long as it is open. */
const struct kernel *guest_kernel(const struct guest *guest);

/**
 * guest_refresh() - From here on, the present.
 *
 * What was translated before is not trusted any more, and GUEST_READS_MAX begins anew: a walk
 * that has used it up ends, with what it could not read counted as bad.
 */
void guest_refresh(struct guest *guest);

#endif
