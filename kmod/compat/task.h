/* SPDX-License-Identifier: GPL-2.0-only */
/* Tasks, as far as kernels differ in them. */
#ifndef FILECACHE_COMPAT_TASK_H
#define FILECACHE_COMPAT_TASK_H

#include <linux/sched.h>
#include <linux/sched/coredump.h>
#include <linux/sched/mm.h>

#include "probes.h"

#ifdef HAVE_EXEC_STATE_DUMPABLE
#include <linux/sched/exec_state.h>
#endif

/**
 * compat_task_dumpable() - Whether a process's own user may look into it.
 * @task: current, or locked by task_lock()
 *
 * Return: false for one that reads secrets or runs a program that its user
 * may not read; true if this cannot be told, as it has no memory of its own.
 */
static inline bool compat_task_dumpable(const struct task_struct *task)
{
	const struct mm_struct *mm = READ_ONCE(task->mm);
#if defined(HAVE_EXEC_STATE_DUMPABLE)
	enum task_dumpable dumpable;

	rcu_read_lock();
	dumpable = READ_ONCE(rcu_dereference(task->exec_state)->dumpable);
	rcu_read_unlock();
	return !mm || dumpable == TASK_DUMPABLE_OWNER;
#elif defined(HAVE_MM_DUMPABLE)
	return !mm || __get_dumpable(mm->flags) == SUID_DUMP_USER;
#else
#error "filecache: where is it kept whether a process may be dumped?"
#endif
}

#endif
