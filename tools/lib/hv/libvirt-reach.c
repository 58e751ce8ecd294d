// SPDX-License-Identifier: GPL-2.0-or-later
#include <errno.h>
#include <string.h>

#include <libvirt/virterror.h>

#include "libvirt-reach.h"

/* Errors are ours to word; libvirt would print them. */
static void say_nothing(void *data, virErrorPtr error)
{
}

int reach_open(struct reach *ret, const char *uri, const char *uuid, struct error *err)
{
	memset(ret, 0, sizeof(*ret));
	virSetErrorFunc(NULL, say_nothing);
	ret->conn = virConnectOpen(uri);
	if (!ret->conn)
		return error_set(err, -ENOTCONN,
				 "libvirt: %.100s: cannot be reached (%.120s); start its daemon",
				 uri, virGetLastErrorMessage());
	ret->domain = virDomainLookupByUUIDString(ret->conn, uuid);
	if (!ret->domain)
		return error_set(err, -ENOENT, "libvirt: %.100s: runs no domain %.40s", uri, uuid);
	return 0;
}

void reach_close(struct reach *reach)
{
	if (reach->domain)
		virDomainFree(reach->domain);
	if (reach->conn)
		virConnectClose(reach->conn);
}
