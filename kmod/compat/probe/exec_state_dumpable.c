// SPDX-License-Identifier: GPL-2.0-only
/* By 7.2, API change: whether a process may be dumped is in the state of its exec. */
#include <linux/sched.h>
#include <linux/sched/exec_state.h>

int probe(const struct task_struct *task);
int probe(const struct task_struct *task)
{
	return rcu_dereference(task->exec_state)->dumpable == TASK_DUMPABLE_OWNER;
}
