// SPDX-License-Identifier: GPL-2.0-or-later
/* For programs that link balloon-sync's parts but are not to touch a real hypervisor. */
#include <errno.h>

#include "hv/hv.h"

int hv_xen_create(struct hv **ret, struct error *err)
{
	return error_set(err, -ENODEV, "Xen: not in this test");
}

int hv_libvirt_create(const char *uri, struct hv **ret, struct error *err)
{
	return error_set(err, -ENODEV, "libvirt: not in this test");
}
