// SPDX-License-Identifier: GPL-2.0-or-later
/* QEMU's monitor by way of libvirt, which keeps it for itself. */
#include <errno.h>
#include <stdlib.h>

#include <libvirt/libvirt-qemu.h>
#include <libvirt/virterror.h>

#include "libvirt-reach.h"
#include "plug.h"

static int ask(void *arg, const char *request, char **ret, struct error *err)
{
	struct reach *reach = arg;
	char *reply = NULL;

	if (virDomainQemuMonitorCommand(reach->domain, request, &reply, 0) < 0 || !reply)
		return error_set(err, -ENOTCONN, "%.128s: libvirt cannot ask its QEMU: %.120s",
				 virDomainGetName(reach->domain), virGetLastErrorMessage());
	*ret = reply;
	return 0;
}

static void close_reach(void *arg)
{
	reach_close(arg);
	free(arg);
}

int hv_plug_open_monitor(const char *uri, const char *uuid, struct hv_plug_link *ret,
			 struct error *err)
{
	struct reach *reach = calloc(1, sizeof(*reach));
	int r;

	if (!reach)
		return error_errno(err, -ENOMEM, "libvirt");
	r = reach_open(reach, uri, uuid, err);
	if (r < 0) {
		close_reach(reach);
		return r;
	}
	*ret = (struct hv_plug_link){ .ask = ask, .close = close_reach, .arg = reach };
	return 0;
}
