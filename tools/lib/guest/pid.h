/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Processes of a guest by another way: the table by which its kernel finds them by number.
 * Who is there and not in the list of guest_processes() has been taken out of it.
 */
#ifndef GUEST_PID_H
#define GUEST_PID_H

#include "guest.h"
#include "task.h"

/**
 * guest_pids() - All tasks that are led to by numbers of the first namespace.
 * @guest: seen into
 * @take: is given each, threads as well, and whether that is its own number; others are met by a
 *	  number that no task has as its own, but a process, a group or a session has.  Returns 0 to
 *	  go on, another value to end the walk
 * @data: for @take
 * @doubts: what was not as it should be is added there
 *
 * Return: 0; what @take returned; -ENOENT without the table.
 */
int guest_pids(struct guest *guest,
	       int (*take)(const struct guest_task *task, bool own, void *data), void *data,
	       struct guest_doubts *doubts);

#endif
