// SPDX-License-Identifier: GPL-2.0-or-later
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "disk-source.h"
#include "disk/image.h"
#include "disk/nbd.h"
#include "name.h"

/* For the socket of QEMU's server; away with the next start of the machine. */
#define FOLDER	"/run/kvmonitor"
/* What guests of libvirt's overwrite may be a lot. */
#define BACKUPS	"/var/cache/kvmonitor"

static int find_image(struct disk_source *source, struct error *err)
{
	struct export_disk *only = &source->disks[0];
	const char *name = strrchr(source->path, '/');
	struct disk *disk;
	int r = disk_open_image(&disk, source->path, err);

	if (r < 0)
		return r;
	snprintf(only->name, sizeof(only->name), "%s", name ? name + 1 : source->path);
	snprintf(only->format, sizeof(only->format), "raw");
	only->size = disk->size;
	only->read_only = true;
	source->count = 1;
	disk_destroy(disk);
	return 0;
}

/* Of the guest with that name. */
static int find_process(struct disk_source *source, const char *text, struct error *err)
{
	struct qemu_process process;
	struct monitor *monitor;
	int r = name_process(&process, text, err);

	if (r < 0)
		return r;
	if (process.socket_count) {
		strcpy(source->socket, process.sockets[0]);
		source->path = source->socket;
		r = name_open_own(&monitor, &process, text, source->path, err);
		if (r == 0)
			monitor_close(monitor);
	} else if (process.libvirt) {
		source->kind = DISK_SOURCE_LIBVIRT;
		strcpy(source->uuid, process.uuid);
		source->user = process.user;
	} else {
		r = error_set(err, -ENOTSUP, "%s: its QEMU has no socket for QMP", text);
	}
	qemu_process_free(&process);
	return r;
}

static struct backup_guest backup_guest(const struct disk_source *source)
{
	return (struct backup_guest){
		.uri = NAME_LIBVIRT_URI, .uuid = source->uuid, .user = source->user,
	};
}

/* Return: 0; -ENOENT when there is none. */
static int find_live(struct disk_source *source, const char *text, struct error *err)
{
	const struct backup_guest guest = backup_guest(source);
	int r = source->kind == DISK_SOURCE_LIBVIRT ?
			backup_disks(&guest, source->disks, err) :
			export_disks(source->path, source->disks, err);

	if (r == 0)
		return error_set(err, -ENOENT, "%s: the guest has no disk", text);
	if (r < 0)
		return r;
	source->count = (size_t)r;
	return 0;
}

static int find_domain(struct disk_source *source, const char *name, struct error *err)
{
	int i, r = disk_xen_load(&source->xen, err);

	if (r == 0)
		r = source->xen->list(name, source->domain_disks, err);
	if (r < 0)
		return r;
	if (r == 0)
		return error_set(err, -ENOENT, "%s: the guest has no disk", source->path);
	for (i = 0; i < r; i++)
		source->disks[i] = source->domain_disks[i].shown;
	source->kind = DISK_SOURCE_XEN;
	source->count = (size_t)r;
	return 0;
}

int disk_source_find(struct disk_source *source, const char *text, struct error *err)
{
	const char *domain = name_domain(text);
	struct stat st;
	int r = 0;

	memset(source, 0, sizeof(*source));
	source->path = text;
	if (domain)
		return find_domain(source, domain, err);
	if (!name_is_path(text))
		r = find_process(source, text, err);
	if (r < 0)
		return r;
	if (source->kind == DISK_SOURCE_LIBVIRT)
		return find_live(source, text, err);
	if (stat(source->path, &st) < 0)
		return error_errno(err, -errno, "%s", source->path);
	if (!S_ISSOCK(st.st_mode))
		return find_image(source, err);
	source->kind = DISK_SOURCE_QEMU;
	return find_live(source, text, err);
}

static bool is_called(const struct export_disk *disk, const char *name)
{
	return strcmp(disk->name, name) == 0 || strcmp(disk->device, name) == 0 ||
	       strcmp(disk->node, name) == 0;
}

int disk_source_choose(const struct disk_source *source, const char *name,
		       const struct export_disk **ret, struct error *err)
{
	const struct export_disk *found = NULL;
	size_t i;

	if (!name && source->count > 1)
		return error_set(err, -EINVAL,
				 "%s: the guest has %zu disks, '%s', '%s' and perhaps more; say which by --disk",
				 source->path, source->count, source->disks[0].name,
				 source->disks[1].name);
	for (i = 0; i < source->count; i++) {
		if (name && !is_called(&source->disks[i], name))
			continue;
		if (found)
			return error_set(err, -EINVAL, "%s: two disks are called '%s'",
					 source->path, name);
		found = &source->disks[i];
	}
	if (!found)
		return error_set(err, -ENOENT, "%s: the guest has no disk '%s'; see --list",
				 source->path, name);
	*ret = found;
	return 0;
}

int disk_handle_open(struct disk_handle *handle, const struct disk_source *source,
		     const struct export_disk *which, struct error *err)
{
	const struct disk_xen *domain_disk = &source->domain_disks[which - source->disks];
	const struct backup_guest guest = backup_guest(source);

	memset(handle, 0, sizeof(*handle));
	handle->name = which->name;
	if (source->kind == DISK_SOURCE_LIBVIRT)
		return backup_open(&handle->backup, &guest, which->name, BACKUPS, err);
	if (source->kind == DISK_SOURCE_QEMU)
		return export_open(&handle->export, source->path, which->node, FOLDER, err);
	if (source->kind == DISK_SOURCE_IMAGE)
		return disk_open_image(&handle->image, source->path, err);
	if (domain_disk->why.code < 0)
		return error_set(err, domain_disk->why.code, "%s", domain_disk->why.text);
	handle->xen = source->xen;
	handle->domain_disk = domain_disk;
	return disk_open_image(&handle->image, which->node, err);
}

int disk_handle_settle(const struct disk_handle *handle, uint64_t wait_ns, struct error *err)
{
	return handle->xen ? handle->xen->settle(handle->domain_disk, wait_ns, err) : 0;
}

bool disk_handle_ended(const struct disk_handle *handle)
{
	return handle->xen && !handle->xen->runs(handle->domain_disk);
}

int disk_handle_socket(const struct disk_handle *handle)
{
	if (handle->backup)
		return backup_fd(handle->backup);
	return handle->export ? export_fd(handle->export) : -1;
}

int disk_handle_fd(const struct disk_handle *handle)
{
	return handle->image ? disk_image_fd(handle->image) : disk_handle_socket(handle);
}

int disk_handle_disk(struct disk_handle *handle, struct disk **ret, struct error *err)
{
	if (!handle->image)
		return disk_open_nbd(ret, disk_handle_socket(handle),
				     handle->export ? export_name(handle->export) : handle->name,
				     err);
	*ret = handle->image;
	return 0;
}

int disk_handle_close(struct disk_handle *handle, struct error *err)
{
	disk_destroy(handle->image);
	return handle->backup ? backup_close(handle->backup, err) :
				export_close(handle->export, err);
}
