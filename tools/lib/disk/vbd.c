// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Disks of Xen's domains: which there are, by libxl, and which block device each is in.
 *
 * What the domain itself may write to XenStore is not looked at here: libxl notes for
 * itself which disks it has given to whom, and the back end's folder is this dom0's.
 */
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include <libxl.h>
#include <libxl_utils.h>
#include <xenstore.h>

#include "base/cleanup.h"
#include "base/file.h"
#include "base/parse.h"
#include "disk.h"
#include "ring.h"
#include "xen.h"

#define PRIVCMD		"/dev/xen/privcmd"
#define FILE_MAX	65536
#define PATH_ROOM	192

/**
 * struct toolstack - connections to the parts of it
 * @log: swallows the libraries' own messages; errors are ours to word
 * @xl: which disks it has given out
 * @xs: XenStore
 */
struct toolstack {
	xentoollog_logger *log;
	libxl_ctx *xl;
	struct xs_handle *xs;
};

static void disconnect(struct toolstack *stack)
{
	if (stack->xs)
		xs_close(stack->xs);
	if (stack->xl)
		libxl_ctx_free(stack->xl);
	if (stack->log)
		xtl_logger_destroy(stack->log);
}

static int connect_all(struct toolstack *stack, struct error *err)
{
	if (access(PRIVCMD, F_OK) < 0)
		return error_set(err, -ENODEV,
				 "Xen: no " PRIVCMD "; boot this host under Xen, load xen-privcmd");
	stack->log = (xentoollog_logger *)xtl_createlogger_stdiostream(stderr, XTL_CRITICAL, 0);
	if (!stack->log)
		return error_errno(err, -ENOMEM, "Xen");
	stack->xs = xs_open(0);
	if (!stack->xs)
		return error_set(err, -ENOTCONN, "Xen: XenStore does not answer; start xenstored");
	if (libxl_ctx_alloc(&stack->xl, LIBXL_VERSION, 0, stack->log) != 0) {
		stack->xl = NULL;
		return error_set(err, -EIO,
				 "Xen: libxl cannot start; install the tools of this Xen's version");
	}
	return 0;
}

static int find_domain(const struct toolstack *stack, const char *name, uint32_t *ret,
		       struct error *err)
{
	libxl_dominfo info;
	uint64_t number;
	uint32_t id;
	int r;

	r = libxl_name_to_domid(stack->xl, name, &id);
	if (r != 0 && parse_u64("domain", name, 0, UINT16_MAX, &number, NULL) == 0) {
		id = (uint32_t)number;
		r = 0;
	}
	if (r == 0 && id == 0)
		return error_set(err, -EINVAL, "%s: is the host's own domain", name);
	libxl_dominfo_init(&info);
	if (r == 0)
		r = libxl_domain_info(stack->xl, &info, id);
	if (r == 0 && info.dying)
		r = -1;
	libxl_dominfo_dispose(&info);
	if (r != 0)
		return error_set(err, -ENOENT,
				 "%s: no such guest is running; 'xl list' shows those that are",
				 name);
	*ret = id;
	return 0;
}

/* --- the block device ----------------------------------------------------------------- */

/* As blkback has it, in hexadecimal. Return: 0; -ENOENT. */
static int read_device(const struct toolstack *stack, const char *backend, dev_t *ret)
{
	__free_mem char *text = NULL;
	unsigned int major_number, minor_number, len;
	char path[PATH_ROOM];

	snprintf(path, sizeof(path), "%s/physical-device", backend);
	text = xs_read(stack->xs, XBT_NULL, path, &len);
	if (!text || sscanf(text, "%x:%x", &major_number, &minor_number) != 2)
		return -ENOENT;
	*ret = makedev(major_number, minor_number);
	return 0;
}

/* The kernel's own name of it, whatever links there are in /dev. */
static int name_device(dev_t device, char ret[EXPORT_NAME_MAX], struct error *err)
{
	static const char key[] = "DEVNAME=";
	__free_mem char *text = NULL;
	char path[PATH_ROOM];
	const char *name;
	struct stat st;
	int r;

	snprintf(path, sizeof(path), "/sys/dev/block/%u:%u/uevent", major(device), minor(device));
	r = file_read(path, FILE_MAX, &text, NULL, err);
	if (r < 0)
		return r;
	name = strstr(text, key);
	if (!name)
		return error_set(err, -ENOENT, "%s: has no name", path);
	name += strlen(key);
	snprintf(ret, EXPORT_NAME_MAX, "/dev/%.*s", (int)strcspn(name, "\n"), name);
	if (stat(ret, &st) < 0)
		return error_errno(err, -errno, "%s", ret);
	if (!S_ISBLK(st.st_mode) || st.st_rdev != device)
		return error_set(err, -ENODEV, "%s: is not the block device %u:%u", ret,
				 major(device), minor(device));
	return 0;
}

static int measure(dev_t device, uint64_t *ret, struct error *err)
{
	char path[PATH_ROOM];
	uint64_t sectors;
	int r;

	snprintf(path, sizeof(path), "/sys/dev/block/%u:%u/size", major(device), minor(device));
	r = file_read_u64(path, &sectors, err);
	if (r == 0)
		*ret = sectors * DISK_SECTOR;
	return r;
}

static int find_device(const struct toolstack *stack, const char *backend,
		       struct export_disk *ret, struct error *err)
{
	dev_t device;
	int r = read_device(stack, backend, &device);

	if (r < 0)
		return error_set(err, r, "%s: its back end has no block device (yet)", ret->name);
	r = name_device(device, ret->node, err);
	return r < 0 ? r : measure(device, &ret->size, err);
}

/* --- the list --------------------------------------------------------------------------- */

static int refuse(const libxl_device_disk *disk, struct error *err)
{
	if (disk->backend_domid != 0)
		return error_set(err, -EOPNOTSUPP,
				 "%.40s: its back end is in the domain %u, which alone can read it",
				 disk->vdev, disk->backend_domid);
	if (disk->backend == LIBXL_DISK_BACKEND_QDISK)
		return error_set(err, -EOPNOTSUPP,
				 "%.40s: its back end is a QEMU (qdisk), which holds back what it writes; give that QEMU's socket for QMP instead, if it has one",
				 disk->vdev);
	if (disk->backend != LIBXL_DISK_BACKEND_PHY)
		return error_set(err, -EOPNOTSUPP,
				 "%.40s: its back end is of the kind '%s', which cannot be read",
				 disk->vdev, libxl_disk_backend_to_string(disk->backend));
	return 0;
}

/* What is wrong with one is told when that is to be read. */
static void describe(const struct toolstack *stack, const libxl_device_disk *disk,
		     const char *backend, struct disk_xen *ret)
{
	struct export_disk *shown = &ret->shown;
	bool is_phy = disk->backend == LIBXL_DISK_BACKEND_PHY;
	const char *kind;

	/* /local/domain/0/backend/vbd/1/51712 */
	kind = strstr(backend, "/backend/");
	kind = kind ? kind + strlen("/backend/") : "";
	snprintf(shown->name, sizeof(shown->name), "%s", disk->vdev);
	snprintf(shown->device, sizeof(shown->device), "%.*s-%" PRIu32 "-%" PRIu32,
		 (int)strcspn(kind, "/"), kind, ret->domain, ret->number);
	snprintf(shown->node, sizeof(shown->node), "%s", disk->pdev_path);
	/* Which one a QEMU has been told is not noted. */
	snprintf(shown->format, sizeof(shown->format), "%s",
		 is_phy ? "raw" : libxl_disk_format_to_string(disk->format));
	shown->read_only = !disk->readwrite;
	if (refuse(disk, &ret->why) == 0)
		find_device(stack, backend, shown, &ret->why);
}

/* Return: whether there is a medium. */
static bool take(const struct toolstack *stack, uint32_t domain, const libxl_device_disk *disk,
		 struct disk_xen *ret)
{
	libxl_diskinfo info;
	bool found;

	memset(ret, 0, sizeof(*ret));
	if (!disk->vdev || !disk->pdev_path || !disk->pdev_path[0])
		return false;
	libxl_diskinfo_init(&info);
	found = libxl_device_disk_getinfo(stack->xl, domain, disk, &info) == 0 && info.backend;
	if (found) {
		ret->domain = domain;
		ret->number = (uint32_t)info.devid;
		describe(stack, disk, info.backend, ret);
	}
	libxl_diskinfo_dispose(&info);
	return found;
}

static int list_domain(const struct toolstack *stack, const char *name,
		       struct disk_xen ret[EXPORT_DISKS_MAX], struct error *err)
{
	libxl_device_disk *disks;
	uint32_t domain = 0;
	int i, number = 0, r = find_domain(stack, name, &domain, err);
	unsigned int count = 0;

	if (r < 0)
		return r;
	disks = libxl_device_disk_list(stack->xl, domain, &number);
	for (i = 0; i < number && count < EXPORT_DISKS_MAX; i++)
		count += take(stack, domain, &disks[i], &ret[count]);
	if (disks)
		libxl_device_disk_list_free(disks, number);
	return (int)count;
}

static int list(const char *name, struct disk_xen ret[EXPORT_DISKS_MAX], struct error *err)
{
	struct toolstack stack = { 0 };
	int r = connect_all(&stack, err);

	if (r == 0)
		r = list_domain(&stack, name, ret, err);
	disconnect(&stack);
	return r;
}

/* A XenStore that does not answer is no reason to believe that it has ended. */
static bool runs(const struct disk_xen *disk)
{
	struct xs_handle *xs = xs_open(0);
	bool there = !xs || xs_is_domain_introduced(xs, disk->domain);

	if (xs)
		xs_close(xs);
	return there;
}

const struct disk_xen_ops disk_xen_ops = { .list = list, .runs = runs, .settle = ring_settle };
