// SPDX-License-Identifier: GPL-2.0-or-later
#include "plug.h"

int hv_plug_create(const char *address, struct hv **ret, struct error *err)
{
	return hv_xen_create(ret, err);
}
