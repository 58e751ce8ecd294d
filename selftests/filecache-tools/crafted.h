/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Netlink messages as the kernel would send them, or as it never would. */
#ifndef FILECACHE_TOOLS_CRAFTED_H
#define FILECACHE_TOOLS_CRAFTED_H

#include <linux/filecache.h>
#include <linux/genetlink.h>

#include "filecache/message.h"
#include "ktap.h"

#define FAMILY 0x1c
#define SEQ 7
#define PORTID 4711

/*
 * Messages as a receive call brings them.  What is read is a copy of exactly
 * their length, so that the sanitizer sees a step beyond.
 */
static char room[8192] __attribute__((aligned(8)));
static size_t used;

static struct nlmsghdr *begin(uint16_t type, uint16_t flags)
{
	struct nlmsghdr *nlh = mnl_nlmsg_put_header(room + used);

	nlh->nlmsg_type = type;
	nlh->nlmsg_flags = flags;
	nlh->nlmsg_seq = SEQ;
	nlh->nlmsg_pid = PORTID;
	return nlh;
}

static inline struct nlmsghdr *begin_data(uint16_t flags)
{
	struct nlmsghdr *nlh = begin(FAMILY, flags);

	mnl_nlmsg_put_extra_header(nlh, sizeof(struct genlmsghdr));
	return nlh;
}

static inline void end(struct nlmsghdr *nlh)
{
	used += MNL_ALIGN(nlh->nlmsg_len);
}

/* The messages as they are, in a buffer of just their length, to be freed. */
static inline struct nlmsghdr *crafted(void)
{
	struct nlmsghdr *copy = malloc(used ? used : 1);

	ASSERT(copy);
	memcpy(copy, room, used);
	return copy;
}

/* A generator of our own, so that a failure can be repeated. */
static inline uint32_t next_random(void)
{
	static uint32_t state = 1;

	state = state * 1664525 + 1013904223;
	return state >> 8;
}

#endif
