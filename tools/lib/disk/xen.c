// SPDX-License-Identifier: GPL-2.0-or-later
/* Disks of Xen's domains; what needs Xen's libraries is in disk-xen.so. */
#include "base/plug.h"
#include "xen.h"

int disk_xen_load(const struct disk_xen_ops **ret, struct error *err)
{
	void *ops;
	int r = plug_load("disk-xen", DISK_XEN_SYMBOL, &ops, err);

	if (r == 0)
		*ret = ops;
	return r;
}
