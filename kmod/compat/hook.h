/* SPDX-License-Identifier: GPL-2.0-only */
/* Tracepoints and ftrace, as far as kernels differ in them. */
#ifndef FILECACHE_COMPAT_HOOK_H
#define FILECACHE_COMPAT_HOOK_H

#include <linux/ftrace.h>
#include <linux/preempt.h>
#include <linux/ptrace.h>
#include <linux/sched/signal.h>
#include <linux/types.h>

#include "probes.h"

/*
 * Handlers of tracepoints run with preemption off: our per-CPU books need it.
 * Newer kernels may call them with preemption on.
 */
#if defined(HAVE_TRACE_GUARDED)
static __always_inline void compat_event_enter(void)
{
	preempt_disable_notrace();
}

static __always_inline void compat_event_leave(void)
{
	preempt_enable_notrace();
}
#elif defined(HAVE_TRACE_PREEMPT_OFF)
static __always_inline void compat_event_enter(void)
{
}

static __always_inline void compat_event_leave(void)
{
}
#else
#error "filecache: are handlers of tracepoints called with preemption off?"
#endif

/*
 * COMPAT_EXIT_HANDLER() - A handler of sched_process_exit as this kernel calls it.
 * @_name: of the handler
 * @_handle: void (*)(struct task_struct *task, bool group_dead)
 */
#if defined(HAVE_TRACE_EXIT_GROUP)
#define COMPAT_EXIT_HANDLER(_name, _handle)					\
static void _name(void *data, struct task_struct *task, bool group_dead)	\
{										\
	_handle(task, group_dead);						\
}
#elif defined(HAVE_TRACE_EXIT_TASK)
#define COMPAT_EXIT_HANDLER(_name, _handle)					\
static void _name(void *data, struct task_struct *task)				\
{										\
	/* Of two last threads both may see 0. */				\
	_handle(task, !atomic_read(&task->signal->live));			\
}
#else
#error "filecache: what is a handler told when a task exits?"
#endif

#if defined(HAVE_FTRACE_ARGUMENT)
/* Ops that a hook needs so that compat_hook_argument() works. */
#define COMPAT_HOOK_FLAGS 0

/**
 * compat_hook_argument() - An argument of the function that is hooked.
 * @fregs: as the hook got them
 * @n: which one, from 0
 */
static __always_inline unsigned long
compat_hook_argument(struct ftrace_regs *fregs, unsigned int n)
{
	return ftrace_regs_get_argument(fregs, n);
}
#elif defined(HAVE_FTRACE_FULL_REGS)
#define COMPAT_HOOK_FLAGS FTRACE_OPS_FL_SAVE_REGS

static __always_inline unsigned long
compat_hook_argument(struct ftrace_regs *fregs, unsigned int n)
{
	return regs_get_kernel_argument(ftrace_get_regs(fregs), n);
}
#else
#error "filecache: how does a hook read the arguments of a function?"
#endif

#endif
