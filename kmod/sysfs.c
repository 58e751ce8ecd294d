// SPDX-License-Identifier: GPL-2.0-only
/*
 * /sys/kernel/filecache: see Documentation/ABI/testing/sysfs-kernel-filecache.
 * The values are those of FILECACHE_CMD_STATS_GET, under the same names.
 */
#include <linux/kobject.h>
#include <linux/sysfs.h>

#include "filecache.h"
#include "stats.h"
#include "sysfs.h"

static struct kobject *filecache_kobj;

#define VALUE(_name, _expression)						\
static ssize_t _name##_show(struct kobject *kobj, struct kobj_attribute *attr,	\
			    char *buf)						\
{										\
	struct filecache_totals t;						\
										\
	filecache_totals_read(&t);						\
	return sysfs_emit(buf, "%llu\n", (unsigned long long)(_expression));	\
}										\
static struct kobj_attribute _name##_attr = __ATTR_RO(_name)

VALUE(owners_live, t.owners_live);
VALUE(owners_dead, t.owners_dead);
VALUE(owned_file, t.owned.n[COUNT_FILE]);
VALUE(owned_blockdev, t.owned.n[COUNT_BLOCKDEV]);
VALUE(owned_shmem, t.owned.n[COUNT_SHMEM]);
VALUE(unknown_file, t.unknown.n[COUNT_FILE]);
VALUE(unknown_blockdev, t.unknown.n[COUNT_BLOCKDEV]);
VALUE(unknown_shmem, t.unknown.n[COUNT_SHMEM]);
VALUE(added, t.all.n[COUNT_ADDED]);
VALUE(removed, t.all.n[COUNT_REMOVED]);
VALUE(moved, t.all.n[COUNT_MOVED]);
VALUE(untagged_removed, t.untagged_removed);
VALUE(untaggable, t.untaggable);
VALUE(stale_tags, t.stale);
VALUE(overflowed, t.overflowed);
VALUE(buckets, t.buckets);
VALUE(folded, t.folded);
VALUE(forgotten, t.forgotten);
VALUE(thresholds, t.thresholds);
VALUE(notify_lost, t.notify_lost);

static ssize_t tag_bytes_show(struct kobject *kobj, struct kobj_attribute *attr,
			      char *buf)
{
	return sysfs_emit(buf, "%llu\n", filecache_tags_bytes());
}

static ssize_t scanned_show(struct kobject *kobj, struct kobj_attribute *attr,
			    char *buf)
{
	return sysfs_emit(buf, "%lld\n", atomic64_read(&filecache.scan.pages));
}

static ssize_t scan_ns_show(struct kobject *kobj, struct kobj_attribute *attr,
			    char *buf)
{
	return sysfs_emit(buf, "%llu\n", filecache.scan.ns);
}

static ssize_t blind_show(struct kobject *kobj, struct kobj_attribute *attr,
			  char *buf)
{
	return sysfs_emit(buf, "0x%x\n", filecache_events_blind());
}

static ssize_t sources_show(struct kobject *kobj, struct kobj_attribute *attr,
			    char *buf)
{
	return sysfs_emit(buf, "0x%x\n", filecache_events_sources());
}

static ssize_t version_show(struct kobject *kobj, struct kobj_attribute *attr,
			    char *buf)
{
	return sysfs_emit(buf, "%s\n", FILECACHE_VERSION);
}

static struct kobj_attribute tag_bytes_attr = __ATTR_RO(tag_bytes);
static struct kobj_attribute scanned_attr = __ATTR_RO(scanned);
static struct kobj_attribute scan_ns_attr = __ATTR_RO(scan_ns);
static struct kobj_attribute blind_attr = __ATTR_RO(blind);
static struct kobj_attribute sources_attr = __ATTR_RO(sources);
static struct kobj_attribute version_attr = __ATTR_RO(version);

static struct attribute *filecache_attrs[] = {
	&owners_live_attr.attr,
	&owners_dead_attr.attr,
	&owned_file_attr.attr,
	&owned_blockdev_attr.attr,
	&owned_shmem_attr.attr,
	&unknown_file_attr.attr,
	&unknown_blockdev_attr.attr,
	&unknown_shmem_attr.attr,
	&added_attr.attr,
	&removed_attr.attr,
	&moved_attr.attr,
	&untagged_removed_attr.attr,
	&untaggable_attr.attr,
	&stale_tags_attr.attr,
	&overflowed_attr.attr,
	&buckets_attr.attr,
	&folded_attr.attr,
	&forgotten_attr.attr,
	&thresholds_attr.attr,
	&notify_lost_attr.attr,
	&tag_bytes_attr.attr,
	&scanned_attr.attr,
	&scan_ns_attr.attr,
	&blind_attr.attr,
	&sources_attr.attr,
	&version_attr.attr,
	NULL
};

static const struct attribute_group filecache_group = {
	.attrs = filecache_attrs,
};

/** filecache_sysfs_init() - Make /sys/kernel/filecache. Return: 0, -errno. */
int filecache_sysfs_init(void)
{
	int err;

	filecache_kobj = kobject_create_and_add("filecache", kernel_kobj);
	if (!filecache_kobj)
		return -ENOMEM;
	err = sysfs_create_group(filecache_kobj, &filecache_group);
	if (err)
		kobject_put(filecache_kobj);
	return err;
}

/** filecache_sysfs_exit() - Remove it; nobody is reading on return. */
void filecache_sysfs_exit(void)
{
	kobject_put(filecache_kobj);
}
