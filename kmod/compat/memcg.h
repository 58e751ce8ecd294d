/* SPDX-License-Identifier: GPL-2.0-only */
/* Memory cgroups, which a kernel may be without. */
#ifndef FILECACHE_COMPAT_MEMCG_H
#define FILECACHE_COMPAT_MEMCG_H

#include <linux/cgroup.h>
#include <linux/memcontrol.h>
#include <linux/sched.h>

/**
 * compat_current_works_for() - The cgroup that the current thread works for.
 *
 * A loop device's worker, for one, charges what it reads to the memory cgroup
 * of whoever uses the device, if that cgroup has the io controller.
 *
 * Return: id of the cgroup; 0 when it works for nobody, for the root, or for
 * a group that is not of the v2 hierarchy.
 */
static inline u64 compat_current_works_for(void)
{
#ifdef CONFIG_MEMCG
	const struct mem_cgroup *memcg = READ_ONCE(current->active_memcg);

	/* Whoever set it holds it meanwhile. */
	if (memcg && memcg->css.parent && memcg->css.cgroup->root == &cgrp_dfl_root)
		return cgroup_id(memcg->css.cgroup);
#endif
	return 0;
}

#endif
