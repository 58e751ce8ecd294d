/* SPDX-License-Identifier: GPL-2.0-only */
/* Tracepoints and ftrace, as far as kernels differ in them. */
#ifndef FILECACHE_COMPAT_HOOK_H
#define FILECACHE_COMPAT_HOOK_H

#include <linux/ftrace.h>
#include <linux/preempt.h>
#include <linux/ptrace.h>

/*
 * Tracepoint handlers here are called with preemption off, which is what our
 * per-CPU books need.  Newer kernels call them preemptible; then these do it.
 */
static __always_inline void compat_event_enter(void)
{
}

static __always_inline void compat_event_leave(void)
{
}

/* Ops that a hook needs so that compat_hook_argument() works. */
#define COMPAT_HOOK_FLAGS FTRACE_OPS_FL_SAVE_REGS

/**
 * compat_hook_argument() - An argument of the function that is hooked.
 * @fregs: as the hook got them
 * @n: which one, from 0
 */
static __always_inline unsigned long
compat_hook_argument(struct ftrace_regs *fregs, unsigned int n)
{
	return regs_get_kernel_argument(ftrace_get_regs(fregs), n);
}

#endif
