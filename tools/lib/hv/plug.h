/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Hypervisors whose libraries are loaded only where they are asked for. */
#ifndef HV_PLUG_H
#define HV_PLUG_H

#include <stddef.h>
#include <stdint.h>

#include "hv.h"

#define HV_PLUG_SYMBOL "hv_plug_create"

/* What each hv-NAME.so has under that name: the hypervisor's own create. */
typedef int hv_plug_create_fn(const char *address, struct hv **ret, struct error *err);
hv_plug_create_fn hv_plug_create;

/**
 * struct hv_plug_link - a QEMU's monitor that is somebody else's
 * @ask: have it carry out a line of QMP; the answer is to be freed
 * @close: let go of it
 * @arg: given to both
 */
struct hv_plug_link {
	int (*ask)(void *arg, const char *request, char **ret, struct error *err);
	void (*close)(void *arg);
	void *arg;
};

#define HV_PLUG_MONITOR_SYMBOL "hv_plug_open_monitor"

/* What hv-libvirt.so has under that name, see hv_plug_monitor(). */
typedef int hv_plug_monitor_fn(const char *uri, const char *uuid, struct hv_plug_link *ret,
			       struct error *err);
hv_plug_monitor_fn hv_plug_open_monitor;

/**
 * hv_plug_monitor() - Reach a QEMU's monitor through libvirt, by its hv-libvirt.so.
 * @uri: of libvirt on this host
 * @uuid: of a domain that runs
 * @ret: filled in
 * @err: why it failed
 *
 * Return: 0; -ENOPKG when it cannot be loaded; -ENOTCONN; -ENOENT without such a domain.
 */
int hv_plug_monitor(const char *uri, const char *uuid, struct hv_plug_link *ret,
		    struct error *err);

#define HV_PLUG_BACKUP_SYMBOL	"hv_plug_backup"
#define HV_PLUG_BACKUP_SOCKET	"nbd"
#define HV_PLUG_BACKUP_SCRATCH	"scratch"

/**
 * struct hv_plug_disk - a disk of a guest of libvirt's
 * @name: the guest's for it, as libvirt has it ("vda")
 * @path: of its image; may be empty
 * @size: in bytes
 */
struct hv_plug_disk {
	char name[64];
	char path[128];
	uint64_t size;
};

/**
 * struct hv_plug_backup - what hv-libvirt.so has for backups in pull mode
 * @list: the disks of a domain that have a medium. Return: how many; negative errno.
 * @begin: have QEMU export what a disk holds now, under its name, at the socket
 *	   HV_PLUG_BACKUP_SOCKET in @folder, where the file HV_PLUG_BACKUP_SCRATCH gets what
 *	   the guest overwrites.  QEMU makes both there, and neither must exist.  Return: 0;
 *	   -EREMOTEIO when libvirt refuses, as it does while it is at another job; others.
 * @end: end it; who has begun another one in another folder is left alone. Return: 0, also
 *	 when there is none; -ENOENT without such a domain; others.
 */
struct hv_plug_backup {
	int (*list)(const char *uri, const char *uuid, struct hv_plug_disk *ret, size_t room,
		    struct error *err);
	int (*begin)(const char *uri, const char *uuid, const char *disk, const char *folder,
		     struct error *err);
	int (*end)(const char *uri, const char *uuid, const char *folder, struct error *err);
};

extern const struct hv_plug_backup hv_plug_backup;

/** hv_plug_load_backup() - Load these. Return: 0; -ENOPKG when they cannot be loaded. */
int hv_plug_load_backup(const struct hv_plug_backup **ret, struct error *err);

/**
 * hv_plug() - Connect to a hypervisor by its hv-NAME.so.
 * @name: "xen" or "libvirt"
 * @address: see hv_libvirt_create(); nothing for Xen
 * @ret: the connection
 * @err: why there is none
 *
 * libvirt alone brings seventy libraries with it, for networks, certificates and
 * words of all languages, of which a program that runs as root and asks QEMU
 * itself should not have a single one.
 *
 * Return: 0; -ENOPKG when it cannot be loaded; as its create.
 */
int hv_plug(const char *name, const char *address, struct hv **ret, struct error *err);

#endif
