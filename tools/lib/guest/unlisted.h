/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Inside of the library: processes that the kernel has in one way only. */
#ifndef GUEST_UNLISTED_H
#define GUEST_UNLISTED_H

#include "finding.h"

/**
 * unlisted_processes() - Those that have a number and are not listed, or the other way round.
 * @guest: seen into
 * @ret: gets them
 * @data: unused
 * @doubts: what was not as it should be is added there
 *
 * Listed is who is in the list of all processes, and who is among the threads of one that is:
 * nothing that a task says of itself makes it one.
 *
 * Return: 0; -ENOENT without the list or the table; -ENOMEM.
 */
int unlisted_processes(struct guest *guest, struct findings *ret, void *data,
		       struct guest_doubts *doubts);

#endif
