// SPDX-License-Identifier: GPL-2.0-only
/* Up to 6.15: who watches tasks exit is told the task. */
#include <trace/events/sched.h>

int probe(void (*handler)(void *data, struct task_struct *task));
int probe(void (*handler)(void *data, struct task_struct *task))
{
	return register_trace_sched_process_exit(handler, NULL);
}
