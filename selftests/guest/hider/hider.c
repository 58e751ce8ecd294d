// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * What an intruder's module does, for tests of those who look for it.  It is loaded into a guest
 * that ends with the test, and nowhere else.
 *
 *	deed=process pid=N		takes a process from the list of all
 *	deed=module			takes itself from the list of modules
 *	deed=kobject			and from /sys/module as well
 *	deed=byte address=A		makes a byte a 'Z'
 *	deed=pointer address=A		has a pointer lead to a function of its own
 *	deed=distance address=A from=B	makes a pointer a number: how far it leads from B
 *	deed=probes			has functions of its own called by probes, and hides
 *
 * Deeds that need no code afterwards end with -EAGAIN, so that it is not loaded.  Some insmod try
 * once more then: to do it twice is the same as once.
 */
#include <linux/kobject.h>
#include <linux/kprobes.h>
#include <linux/list.h>
#include <linux/mm.h>
#include <linux/module.h>
#include <linux/pid.h>
#include <linux/sched.h>
#include <linux/vmalloc.h>

static char *deed = "";
module_param(deed, charp, 0);
static int pid;
module_param(pid, int, 0);
static ulong address;
module_param(address, ulong, 0);

static ulong from;
module_param(from, ulong, 0);

static ulong before;

static long hook(void)
{
	return -EPERM;
}

/* Another mapping of the same page can be written. */
static int poke(const void *from, size_t len)
{
	struct page *page = pfn_to_page(__pa_symbol(address) >> PAGE_SHIFT);
	void *alias = vmap(&page, 1, VM_MAP, PAGE_KERNEL);

	if (!alias)
		return -ENOMEM;
	memcpy(alias + offset_in_page(address), from, len);
	vunmap(alias);
	return 0;
}

static int hide_process(void)
{
	struct pid *number = find_get_pid(pid);
	struct task_struct *task = number ? pid_task(number, PIDTYPE_PID) : NULL;

	if (!task)
		return -ESRCH;
	list_del_init(&task->tasks);
	put_pid(number);
	return -EAGAIN;
}

static int change_byte(void)
{
	int r = poke("Z", 1);

	return r ? r : -EAGAIN;
}

static int on_entry(struct kprobe *probe, struct pt_regs *regs)
{
	return 0;
}

static int on_return(struct kretprobe_instance *instance, struct pt_regs *regs)
{
	return 0;
}

/* Two at one place, and one of a function's return; of functions that nobody calls. */
static struct kprobe probes[] = {
	{ .symbol_name = "kernel_power_off", .pre_handler = on_entry },
	{ .symbol_name = "kernel_power_off", .pre_handler = on_entry },
};

static struct kretprobe probe_of_return = {
	.kp.symbol_name = "kernel_restart",
	.handler = on_return,
};

static int probe(void)
{
	int r = register_kprobe(&probes[0]);

	if (!r)
		r = register_kprobe(&probes[1]);
	return r ? r : register_kretprobe(&probe_of_return);
}

static int change_pointer(ulong to)
{
	before = *(ulong *)address;
	return poke(&to, sizeof(to));
}

static int __init hider_init(void)
{
	if (strcmp(deed, "process") == 0)
		return hide_process();
	if (strcmp(deed, "byte") == 0)
		return change_byte();
	if (strcmp(deed, "pointer") == 0)
		return change_pointer((ulong)hook);
	if (strcmp(deed, "distance") == 0)
		return change_pointer(*(ulong *)address - from);
	if (strcmp(deed, "probes") == 0) {
		int r = probe();

		if (r)
			return r;
	} else if (strcmp(deed, "module") != 0 && strcmp(deed, "kobject") != 0) {
		return -EINVAL;
	}
	list_del_init(&THIS_MODULE->list);
	if (strcmp(deed, "kobject") == 0)
		kobject_del(&THIS_MODULE->mkobj.kobj);
	return 0;
}

static void __exit hider_exit(void)
{
	if (before)
		poke(&before, sizeof(before));
}

module_init(hider_init);
module_exit(hider_exit);
MODULE_LICENSE("GPL");
MODULE_DESCRIPTION("Hides, for tests");
