/* SPDX-License-Identifier: GPL-2.0-only */
/* Files of /proc/<pid>, which only kernels with our patches let a module add. */
#ifndef FILECACHE_COMPAT_PROC_H
#define FILECACHE_COMPAT_PROC_H

#include <linux/errno.h>
#include <linux/proc_fs.h>
#include <linux/seq_file.h>

#include "probes.h"

#ifndef HAVE_PROC_PID_FILE
struct pid;
struct pid_namespace;
struct task_struct;

/**
 * struct proc_pid_file - a file that a module adds to every /proc/<pid>
 * @name: its name
 * @show: prints it
 */
struct proc_pid_file {
	const char *name;
	int (*show)(struct seq_file *m, struct pid_namespace *ns, struct pid *pid,
		    struct task_struct *task);
};

static inline int proc_pid_file_register(const struct proc_pid_file *file)
{
	return -EOPNOTSUPP;
}

static inline void proc_pid_file_unregister(const struct proc_pid_file *file)
{
}
#endif

#endif
