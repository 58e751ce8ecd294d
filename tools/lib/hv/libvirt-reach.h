/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A domain of libvirt's that runs, for a few calls. */
#ifndef HV_LIBVIRT_REACH_H
#define HV_LIBVIRT_REACH_H

#include <libvirt/libvirt.h>

#include "base/error.h"

/**
 * struct reach - a domain, and the connection that it is reached by
 * @conn: to libvirt
 * @domain: of it
 */
struct reach {
	virConnectPtr conn;
	virDomainPtr domain;
};

/**
 * reach_open() - Connect to libvirt, and find a domain.
 * @ret: filled in; to be given to reach_close() also on failure
 * @uri: of libvirt on this host
 * @uuid: of the domain
 * @err: why it failed
 *
 * Return: 0; -ENOTCONN; -ENOENT without such a domain.
 */
int reach_open(struct reach *ret, const char *uri, const char *uuid, struct error *err);

/** reach_close() - Disconnect. */
void reach_close(struct reach *reach);

#endif
