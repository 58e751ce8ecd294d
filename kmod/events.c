// SPDX-License-Identifier: GPL-2.0-only
/*
 * How the page cache's events arrive: by tracepoints.  Those of an ordinary
 * kernel are not exported to modules and some kernels have more of them than
 * others, so they are looked up by name.  Migration has a tracepoint in few
 * kernels; elsewhere it is hooked by ftrace.
 */
#define pr_fmt(fmt) KBUILD_MODNAME ": " fmt

#include <linux/filecache.h>
#include <linux/ftrace.h>
#include <linux/rcupdate.h>
#include <linux/sched.h>
#include <linux/slab.h>
#include <linux/tracepoint.h>

#include "compat/collapse.h"
#include "compat/hook.h"
#include "filecache.h"
#include "page.h"

static void task_exits(struct task_struct *task, bool group_dead)
{
	if (!group_dead)
		return;
	compat_event_enter();
	filecache_owner_task_exit(task);
	compat_event_leave();
}

COMPAT_EXIT_HANDLER(on_exit, task_exits)

/**
 * struct event - a kind of event
 * @name: of the tracepoint, or of the function that is hooked
 * @handler: its prototype is the tracepoint's, after a void pointer
 * @source: of enum filecache_source
 * @needed: there is no doing without it
 * @tp: the tracepoint; NULL when this kernel does not have it
 * @wanted: it is to arrive
 */
struct event {
	const char *name;
	void *handler;
	u32 source;
	bool needed;
	struct tracepoint *tp;
	bool wanted;
};

/*
 * In the order in which they begin.  Removals come first: moves give tags to
 * pages that were there before us, and so do adds, and whatever has a tag must
 * be seen to go.
 */
static struct event events[] = {
	{ "sched_process_exit", on_exit, FILECACHE_SOURCE_EXIT, true },
	{ "mm_filemap_delete_from_page_cache", filecache_page_deleted,
	  FILECACHE_SOURCE_DELETE, true },
	{ "mm_shmem_delete_from_page_cache", filecache_page_deleted,
	  FILECACHE_SOURCE_SHMEM },
	{ "mm_migrate_folio", filecache_page_migrated, FILECACHE_SOURCE_MIGRATE },
	{ "folio_migrate_flags", NULL, FILECACHE_SOURCE_MIGRATE_HOOK },
	{ "mm_filemap_replace_page_cache", filecache_page_replaced,
	  FILECACHE_SOURCE_REPLACE },
	{ "mm_filemap_collapse", filecache_page_collapsed, FILECACHE_SOURCE_COLLAPSE },
	{ "mm_shmem_add_to_page_cache", filecache_page_added, FILECACHE_SOURCE_SHMEM },
	{ "mm_filemap_add_to_page_cache", filecache_page_added,
	  FILECACHE_SOURCE_ADD, true },
};

/* folio_migrate_flags(new, old) */
static void notrace on_migrate(unsigned long ip, unsigned long parent_ip,
			       struct ftrace_ops *ops, struct ftrace_regs *fregs)
{
	filecache_page_migrated(NULL, (struct folio *)compat_hook_argument(fregs, 0),
				(struct folio *)compat_hook_argument(fregs, 1));
}

static struct ftrace_ops migrate_hook = {
	.func = on_migrate,
	/* PERMANENT: ftrace_enabled = 0 is refused rather than losing events. */
	.flags = FTRACE_OPS_FL_PERMANENT | COMPAT_HOOK_FLAGS,
};

static int migrate_hook_set(const char *name)
{
	/* ftrace takes the name apart where it is. */
	unsigned char *copy = kstrdup(name, GFP_KERNEL);
	int err = -ENOMEM;

	if (copy)
		err = ftrace_set_filter(&migrate_hook, copy, strlen(name), 1);
	if (!err)
		err = register_ftrace_function(&migrate_hook);
	kfree(copy);
	if (!err)
		return 0;
	ftrace_free_filter(&migrate_hook);
	pr_err("%s: cannot be hooked (%d); is ftrace_enabled 0?\n", name, err);
	return err;
}

static void migrate_hook_clear(void)
{
	unregister_ftrace_function(&migrate_hook);
	/* Or the filter stays behind. */
	ftrace_free_filter(&migrate_hook);
}

static void tracepoint_found(struct tracepoint *tp, void *data)
{
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(events); i++)
		if (events[i].handler && !strcmp(tp->name, events[i].name))
			events[i].tp = tp;
}

/* Whether all events of a source are there. */
static bool source_complete(u32 source)
{
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(events); i++)
		if (events[i].source == source && !events[i].tp)
			return false;
	return true;
}

static int events_choose(void)
{
	struct event *event;

	for_each_kernel_tracepoint(tracepoint_found, NULL);
	for (event = events; event < events + ARRAY_SIZE(events); event++) {
		if (event->source == FILECACHE_SOURCE_MIGRATE_HOOK)
			event->wanted = !source_complete(FILECACHE_SOURCE_MIGRATE);
		else
			event->wanted = source_complete(event->source);
		if (event->wanted)
			filecache.events.sources |= event->source;
		if (event->wanted || !event->needed)
			continue;
		pr_err("this kernel lacks the tracepoint %s; it needs CONFIG_TRACEPOINTS\n",
		       event->name);
		return -ENOENT;
	}
	filecache.events.shmem = filecache.events.sources & FILECACHE_SOURCE_SHMEM;
	return 0;
}

/* Stop the first @n of them, and wait until none is under way. */
static void events_stop(unsigned int n)
{
	while (n--) {
		if (!events[n].wanted)
			continue;
		if (events[n].tp)
			tracepoint_probe_unregister(events[n].tp, events[n].handler, NULL);
		else
			migrate_hook_clear();
	}
	tracepoint_synchronize_unregister();
}

/**
 * filecache_events_init() - Let the events arrive.
 *
 * When it returns, every change of the page cache that begins is seen.
 *
 * Return: 0; -ENOENT when this kernel lacks one of them; other negative errno.
 */
int filecache_events_init(void)
{
	unsigned int i;
	int err;

	err = events_choose();
	for (i = 0; !err && i < ARRAY_SIZE(events); i++) {
		if (!events[i].wanted)
			continue;
		if (events[i].tp)
			err = tracepoint_probe_register(events[i].tp, events[i].handler, NULL);
		else
			err = migrate_hook_set(events[i].name);
		if (err) {
			events_stop(i);
			break;
		}
		/* Whoever had passed it before it was ours is through then. */
		synchronize_rcu();
	}
	return err;
}

/** filecache_events_exit() - Stop them; none is under way on return. */
void filecache_events_exit(void)
{
	events_stop(ARRAY_SIZE(events));
}

/** filecache_events_blind() - Return: enum filecache_blind, what cannot be seen. */
u32 filecache_events_blind(void)
{
	u32 sources = filecache.events.sources, blind = 0;

	if (!(sources & FILECACHE_SOURCE_SHMEM))
		blind |= FILECACHE_BLIND_SHMEM;
	if (!(sources & FILECACHE_SOURCE_REPLACE))
		blind |= FILECACHE_BLIND_REPLACE;
	if (!(sources & FILECACHE_SOURCE_COLLAPSE) && compat_collapses_files())
		blind |= FILECACHE_BLIND_COLLAPSE;
	return blind;
}

/** filecache_events_sources() - Return: enum filecache_source, what is seen. */
u32 filecache_events_sources(void)
{
	return filecache.events.sources;
}
