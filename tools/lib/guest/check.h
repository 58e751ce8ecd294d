/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What does not fit together in a guest: signs of somebody who hides in its kernel. */
#ifndef GUEST_CHECK_H
#define GUEST_CHECK_H

#include "guest.h"

/** enum guest_finding_kind - what was found */
enum guest_finding_kind {
	GUEST_HIDDEN_PROCESS,
	GUEST_UNREACHABLE_PROCESS,
	GUEST_SYSCALL_CHANGED,
};

/**
 * struct guest_finding - something that does not fit
 * @kind: what it is
 * @number: of the process, or of the system call
 * @name: of the process, or of the system call as the table should have it; may hold any
 *	  bytes; empty when that is not known
 * @address: virtual, of the task, or where the system call leads
 */
struct guest_finding {
	enum guest_finding_kind kind;
	uint64_t number;
	char name[64];
	uint64_t address;
};

/**
 * guest_check() - Look for all that can be found.
 * @guest: seen into; it goes on meanwhile
 * @take: is given each finding; returns 0 to go on, another value to end
 * @data: for @take
 * @doubts: what was not as it should be is added there
 *
 * Processes: those that have a number but are not in the list of all, and the other way
 * round, each time that it is looked, which is three times.  System calls: those that lead
 * to where the kernel has no code.
 *
 * Return: 0; what @take returned; -ENOENT when the guest's kernel lacks what is held against
 * each other; -ENOMEM.
 */
int guest_check(struct guest *guest,
		int (*take)(const struct guest_finding *finding, void *data), void *data,
		struct guest_doubts *doubts);

#endif
