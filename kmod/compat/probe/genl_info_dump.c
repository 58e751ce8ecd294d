// SPDX-License-Identifier: GPL-2.0-only
/* 6.6 API change: a dump has the same info as other requests. */
#include <net/genetlink.h>

struct nlattr **probe(struct netlink_callback *cb);
struct nlattr **probe(struct netlink_callback *cb)
{
	return genl_info_dump(cb)->attrs;
}
