// SPDX-License-Identifier: GPL-2.0-only
/* The module: what is started in which order, and stopped in reverse. */
#include <linux/module.h>
#include <linux/workqueue.h>

#include "filecache.h"
#include "netlink.h"
#include "notify.h"
#include "procfs.h"
#include "sysfs.h"
#include "threshold.h"

struct filecache filecache = {
	.owners.max = 1 << 17,
	.owners.max_dead = 1 << 14,
	.owners.reap_ms = 2000,
	.thresholds.watch_ms = 100,
};

module_param_named(max_owners, filecache.owners.max, uint, 0644);
MODULE_PARM_DESC(max_owners, "Not more owners than this; further ones' pages go to the overflow owner");
module_param_named(max_dead, filecache.owners.max_dead, uint, 0644);
MODULE_PARM_DESC(max_dead, "Not more owners than this whose process has ended; the oldest ones are folded by user and cgroup");
module_param_named(reap_ms, filecache.owners.reap_ms, uint, 0644);
MODULE_PARM_DESC(reap_ms, "How often to free owners that have ended and have no pages, in ms");
module_param_named(watch_ms, filecache.thresholds.watch_ms, uint, 0644);
MODULE_PARM_DESC(watch_ms, "How often to compare owners with thresholds that clients have set, in ms");

static int __init filecache_init(void)
{
	int err;

	filecache.queue = alloc_workqueue("filecache", WQ_UNBOUND, 0);
	if (!filecache.queue)
		return -ENOMEM;
	err = filecache_tags_init();
	if (err)
		goto err_queue;
	err = filecache_accounts_init();
	if (err)
		goto err_tags;
	err = filecache_owners_init();
	if (err)
		goto err_accounts;
	err = filecache_events_init();
	if (err)
		goto err_owners;
	err = filecache_scan_run();
	if (err)
		goto err_events;
	filecache_reaper_start();
	err = filecache_sysfs_init();
	if (err)
		goto err_reaper;
	err = filecache_thresholds_init();
	if (err)
		goto err_sysfs;
	err = filecache_netlink_init();
	if (err)
		goto err_thresholds;
	filecache_notify_start();
	filecache_procfs_init();
	return 0;

err_thresholds:
	filecache_thresholds_exit();
err_sysfs:
	filecache_sysfs_exit();
err_reaper:
	filecache_reaper_stop();
err_events:
	filecache_events_exit();
err_owners:
	filecache_owners_exit();
err_accounts:
	filecache_accounts_exit();
err_tags:
	filecache_tags_exit();
err_queue:
	destroy_workqueue(filecache.queue);
	return err;
}

static void __exit filecache_exit(void)
{
	filecache_procfs_exit();
	filecache_notify_stop();
	filecache_thresholds_stop();
	filecache_netlink_exit();
	filecache_thresholds_exit();
	filecache_sysfs_exit();
	filecache_reaper_stop();
	filecache_events_exit();
	filecache_owners_exit();
	filecache_accounts_exit();
	filecache_tags_exit();
	destroy_workqueue(filecache.queue);
}

module_init(filecache_init);
module_exit(filecache_exit);

MODULE_DESCRIPTION("Which process filled the page cache");
MODULE_LICENSE("GPL");
MODULE_VERSION(FILECACHE_VERSION);
