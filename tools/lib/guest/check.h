/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What does not fit together in a guest: signs of somebody who hides in its kernel. */
#ifndef GUEST_CHECK_H
#define GUEST_CHECK_H

#include <stdbool.h>

#include "guest.h"

/** enum guest_finding_kind - what was found */
enum guest_finding_kind {
	GUEST_HIDDEN_PROCESS,
	GUEST_UNREACHABLE_PROCESS,
	GUEST_SYSCALL_CHANGED,
	GUEST_HIDDEN_MODULE,
	/* A pointer to a function that leads to nobody's code. */
	GUEST_POINTER_ASTRAY,
	GUEST_INTERRUPT_CHANGED,
	/* A place in the kernel's text that leads to where it must not. */
	GUEST_CODE_HOOKED,
	/* What is not as it was when the guest was enrolled. */
	GUEST_TYPES_CHANGED,
	GUEST_SYMBOLS_CHANGED,
	GUEST_PROCESSOR_CHANGED,
	GUEST_TEXT_CHANGED,
	GUEST_CONSTANTS_CHANGED,
	/* Nothing is known of what it should be, where somebody wants that to be known. */
	GUEST_NOT_ENROLLED,
};

/**
 * struct guest_finding - something that does not fit
 * @kind: what it is
 * @number: of the process, or of the system call; where a place or a pointer leads; of what has
 *	    changed, how many pages from @address on are told by this one
 * @name: of the process or module; of other places the symbol that they are in and how far;
 *	  may hold any bytes; empty when that is not known
 * @address: virtual, of the task or module, where the system call leads, or of what has
 *	     changed: of text and constants the page
 * @seen: in so many looks, ...
 * @looks: ... of so many; 0 of what is looked at once
 * @passing: an honest guest may be so for a moment; means nothing any more when it is told
 * @unsure: it was not seen by each look, and an honest guest is not so even for a moment
 */
struct guest_finding {
	enum guest_finding_kind kind;
	uint64_t number;
	char name[64];
	uint64_t address;
	unsigned int seen;
	unsigned int looks;
	bool passing;
	bool unsure;
};

/**
 * guest_check() - Look for all that can be found.
 * @guest: seen into; it goes on meanwhile
 * @take: is given each finding; returns 0 to go on, another value to end
 * @data: for @take
 * @doubts: what was not as it should be is added there
 *
 * Processes: those that have a number but are not in the list of all, nor a thread of one that is,
 * and the other way round, each time that it is looked, which is three times; those that were so
 * in some looks only are told as unsure, unless they were just being made or taken down.  System
 * calls: those that lead to where the kernel has no code.  Modules: those that are in /sys/module,
 * or whose memory the kernel knows, and are not in its list.  Pointers to functions and interrupts:
 * those that lead to where no code is known.
 *
 * Return: 0; what @take returned; -ENOENT when the guest's kernel lacks what is held against
 * each other; -ENOMEM.
 */
int guest_check(struct guest *guest,
		int (*take)(const struct guest_finding *finding, void *data), void *data,
		struct guest_doubts *doubts);

#endif
