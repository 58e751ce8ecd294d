// SPDX-License-Identifier: GPL-2.0-only
/* Up to 6.17: whether a process may be dumped is in the flags of its memory. */
#include <linux/mm_types.h>
#include <linux/sched/coredump.h>

int probe(const struct mm_struct *mm);
int probe(const struct mm_struct *mm)
{
	return __get_dumpable(mm->flags) == SUID_DUMP_USER;
}
