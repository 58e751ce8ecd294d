/* SPDX-License-Identifier: GPL-2.0-only */
/* Generic netlink, as far as kernels differ in it. */
#ifndef FILECACHE_COMPAT_NETLINK_H
#define FILECACHE_COMPAT_NETLINK_H

#include <net/genetlink.h>

#include "probes.h"

/** compat_dump_attrs() - Return: attributes of the request of a dump, or NULL. */
static inline struct nlattr **compat_dump_attrs(struct netlink_callback *cb)
{
#if defined(HAVE_GENL_INFO_DUMP)
	return genl_info_dump(cb)->attrs;
#elif defined(HAVE_GENL_DUMPIT_ATTRS)
	return genl_dumpit_info(cb)->attrs;
#else
#error "filecache: where does a dump find the attributes of its request?"
#endif
}

#endif
