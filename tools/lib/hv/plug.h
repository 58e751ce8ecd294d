/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Hypervisors whose libraries are loaded only where they are asked for. */
#ifndef HV_PLUG_H
#define HV_PLUG_H

#include "hv.h"

#define HV_PLUG_SYMBOL "hv_plug_create"

/* What each hv-NAME.so has under that name: the hypervisor's own create. */
typedef int hv_plug_create_fn(const char *address, struct hv **ret, struct error *err);
hv_plug_create_fn hv_plug_create;

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
