/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the filecache family's messages mean: pure, and with no trust in them. */
#ifndef FILECACHE_MESSAGE_H
#define FILECACHE_MESSAGE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <libmnl/libmnl.h>

#include "filecache/filecache.h"

/**
 * struct message_reply - what is expected and what has arrived
 * @family: message type that carries data
 * @seq: sequence number of the request
 * @portid: of the socket
 * @dump: more than one message is expected, with an end of its own
 * @take: called for every message of @family; negative errno ends the walk
 * @data: for @take
 * @interrupted: set when the kernel says that the list changed meanwhile
 * @kernel_text: what the kernel says about a failure, empty if nothing
 */
struct message_reply {
	uint16_t family;
	uint32_t seq;
	uint32_t portid;
	bool dump;
	int (*take)(const struct nlmsghdr *nlh, void *data);
	void *data;
	bool interrupted;
	char kernel_text[ERROR_TEXT_MAX];
};

/**
 * message_walk() - Go through what one receive call brought.
 * @reply: what is expected
 * @buf: messages, aligned as for struct nlmsghdr
 * @len: of @buf
 *
 * A message of an earlier request that was given up is skipped.
 *
 * Return: 1 when more is to come, 0 when the reply is complete, -EPROTO for
 * a message that makes no sense, the error that the kernel or @take reports.
 */
int message_walk(struct message_reply *reply, const void *buf, size_t len);

/** message_owner() - Read an owner. Return: 0; -EPROTO; @ret untouched then. */
int message_owner(const struct nlmsghdr *nlh, struct filecache_owner *ret);

/** message_stats() - Read the statistics. Return: 0, -EPROTO. */
int message_stats(const struct nlmsghdr *nlh, struct filecache_stats *ret);

/** message_evicted() - Read what an eviction did. Return: 0, -EPROTO. */
int message_evicted(const struct nlmsghdr *nlh, struct filecache_evicted *ret);

/** message_forgotten() - Read what was forgotten. Return: 0, -EPROTO. */
int message_forgotten(const struct nlmsghdr *nlh,
		      struct filecache_forgotten *ret);

/**
 * message_file() - Read what an owner has of an inode.
 * @nlh: the message
 * @ret: its path is to be freed; no pages in the end of a list that was cut
 *
 * Return: 0, -EPROTO, -ENOMEM.
 */
int message_file(const struct nlmsghdr *nlh, struct filecache_file *ret);

/** message_threshold() - Read a threshold. Return: 0, -EPROTO. */
int message_threshold(const struct nlmsghdr *nlh,
		      struct filecache_threshold *ret);

/**
 * message_event() - Take the next message from what a listener received.
 * @at: the message; moved on
 * @left: bytes from there on
 * @family: message type that carries announcements
 * @ret: what is announced
 *
 * Return: 1; -EAGAIN for one that announces nothing known; -EPROTO, then the
 * rest makes no sense either.
 */
int message_event(const struct nlmsghdr **at, size_t *left, uint16_t family,
		  struct filecache_event *ret);

/**
 * struct message_family - what the controller says about the module's family
 * @id: message type that carries its data
 * @exit_group: multicast group of owners' ends, 0 for none
 * @threshold_group: multicast group of thresholds, 0 for none
 */
struct message_family {
	uint16_t id;
	uint32_t exit_group;
	uint32_t threshold_group;
};

/** message_family() - Read the controller's reply. Return: 0, -EPROTO. */
int message_family(const struct nlmsghdr *nlh, struct message_family *ret);

#endif
