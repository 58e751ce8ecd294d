// SPDX-License-Identifier: GPL-2.0-only
/*
 * /proc/<pid>/filecache: see Documentation/ABI/testing/procfs-pid-filecache.
 * Who may read it is checked by the kernel, as for /proc/<pid>/io.
 */
#define pr_fmt(fmt) KBUILD_MODNAME ": " fmt

#include <linux/capability.h>
#include <linux/cred.h>
#include <linux/filecache.h>
#include <linux/pid.h>
#include <linux/printk.h>
#include <linux/rcupdate.h>
#include <linux/sched.h>

#include "compat/proc.h"
#include "filecache.h"
#include "procfs.h"

/*
 * A page may be seen to leave one CPU's books before it is seen to enter
 * another's: numbers of pages are never shown as negative.
 */
static void show_size(struct seq_file *m, const char *name, s64 pages)
{
	u64 kb = (u64)max_t(s64, pages, 0) << (PAGE_SHIFT - 10);

	seq_printf(m, "%s%8llu kB\n", name, kb);
}

static void show_count(struct seq_file *m, const char *name, s64 count)
{
	seq_put_decimal_ull(m, name, max_t(s64, count, 0));
	seq_putc(m, '\n');
}

static int filecache_show(struct seq_file *m, struct pid_namespace *ns,
			  struct pid *pid, struct task_struct *task)
{
	/* A process may have been another user's before it was the reader's. */
	const bool all = ns_capable_noaudit(&init_user_ns, CAP_SYS_PTRACE);
	const kuid_t uid = current_fsuid();
	struct filecache_owner_info info;
	bool there;

	rcu_read_lock();
	/* Once the task has been reaped, or is another one, its leader may be freed. */
	there = pid_task(pid, PIDTYPE_PID) == task;
	if (there)
		filecache_owner_task_describe(READ_ONCE(task->group_leader),
					      all ? NULL : &uid, &info);
	rcu_read_unlock();
	if (!there)
		return -ESRCH;
	show_count(m, "Owners:\t", info.owners);
	show_size(m, "File:\t", info.counts.n[COUNT_FILE]);
	show_size(m, "Blockdev:\t", info.counts.n[COUNT_BLOCKDEV]);
	show_size(m, "Shmem:\t", info.counts.n[COUNT_SHMEM]);
	show_count(m, "Added:\t", info.counts.n[COUNT_ADDED]);
	show_count(m, "Removed:\t", info.counts.n[COUNT_REMOVED]);
	show_count(m, "Moved:\t", info.counts.n[COUNT_MOVED]);
	return 0;
}

static const struct proc_pid_file filecache_file = {
	.name = "filecache",
	.show = filecache_show,
};

/**
 * filecache_procfs_init() - Make /proc/<pid>/filecache where the kernel can.
 *
 * The module is of use without it, so this cannot fail.
 */
void filecache_procfs_init(void)
{
	int err = proc_pid_file_register(&filecache_file);

	if (!err)
		filecache.events.sources |= FILECACHE_SOURCE_PROC;
	else if (err != -EOPNOTSUPP)
		pr_warn("/proc/<pid>/%s cannot be made (%d)\n", filecache_file.name, err);
}

/** filecache_procfs_exit() - Remove it; nobody is reading on return. */
void filecache_procfs_exit(void)
{
	if (filecache.events.sources & FILECACHE_SOURCE_PROC)
		proc_pid_file_unregister(&filecache_file);
}
