// SPDX-License-Identifier: GPL-2.0-only
/* 6.2 API change: ftrace saves the arguments alone, and has a function for them. */
#include <linux/ftrace.h>

unsigned long probe(struct ftrace_regs *fregs);
unsigned long probe(struct ftrace_regs *fregs)
{
	return ftrace_regs_get_argument(fregs, 0);
}
