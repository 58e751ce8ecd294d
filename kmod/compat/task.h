/* SPDX-License-Identifier: GPL-2.0-only */
/* Tasks, as far as kernels differ in them. */
#ifndef FILECACHE_COMPAT_TASK_H
#define FILECACHE_COMPAT_TASK_H

#include <linux/sched/coredump.h>
#include <linux/sched/mm.h>

/**
 * compat_mm_dumpable() - Whether a process's own user may look into it.
 * @mm: of the process
 *
 * Return: false for one that reads secrets or runs a program that its user
 * may not read.
 */
static inline bool compat_mm_dumpable(const struct mm_struct *mm)
{
	return __get_dumpable(mm->flags) == SUID_DUMP_USER;
}

#endif
