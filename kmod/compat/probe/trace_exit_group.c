// SPDX-License-Identifier: GPL-2.0-only
/* 6.16 API change: who watches tasks exit is told if it is its group's last. */
#include <trace/events/sched.h>

int probe(void (*handler)(void *data, struct task_struct *task, bool group_dead));
int probe(void (*handler)(void *data, struct task_struct *task, bool group_dead))
{
	return register_trace_sched_process_exit(handler, NULL);
}
