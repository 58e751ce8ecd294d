// SPDX-License-Identifier: GPL-2.0-only
/* Up to 6.1: an argument of a hooked function is read from all registers. */
#include <linux/ftrace.h>
#include <linux/ptrace.h>

unsigned long probe(struct ftrace_regs *fregs);
unsigned long probe(struct ftrace_regs *fregs)
{
	return regs_get_kernel_argument(ftrace_get_regs(fregs), 0);
}
