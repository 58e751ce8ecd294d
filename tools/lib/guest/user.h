/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Virtual addresses as a process of the guest has them. */
#ifndef GUEST_USER_H
#define GUEST_USER_H

#include <stdint.h>

#include "guest.h"

/**
 * guest_user_space() - The addresses of a process, and the kernel's as it sees them.
 * @guest: seen into
 * @pid: number of a process or thread, in the first namespace
 * @ret: gets them; they are the guest's, and those of this process until another one is asked
 *	 for, or its arguments, or guest_refresh()
 * @doubts: what was not as it should be on the way is added there
 * @err: why it failed
 *
 * It is found by its number, so also when it is in no list; otherwise by the list.
 *
 * Return: 0; -ESRCH when there is none; -EINVAL when it has no memory of its own, as threads of the
 * kernel and who has ended; see space_read().
 */
int guest_user_space(struct guest *guest, uint32_t pid, struct space **ret,
		     struct guest_doubts *doubts, struct error *err);

/** user_enter() - Inside of the library: by page tables at a virtual address of the kernel's. */
int user_enter(struct guest *guest, uint64_t pgd);

#endif
