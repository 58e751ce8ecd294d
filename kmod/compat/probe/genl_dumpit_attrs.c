// SPDX-License-Identifier: GPL-2.0-only
/* Up to 6.5: a dump finds its request's attributes in its own info. */
#include <net/genetlink.h>

struct nlattr **probe(struct netlink_callback *cb);
struct nlattr **probe(struct netlink_callback *cb)
{
	return genl_dumpit_info(cb)->attrs;
}
