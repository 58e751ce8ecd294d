// SPDX-License-Identifier: GPL-2.0-or-later
/* For programs that link balloon-sync's parts but are not to touch a real Xen. */
#include <errno.h>

#include "hv/hv.h"

int hv_xen_create(struct hv **ret, struct error *err)
{
	return error_set(err, -ENODEV, "Xen: not in this test");
}
