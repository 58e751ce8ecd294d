/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Inside of the library: one request, sent and answered. */
#ifndef FILECACHE_TALK_H
#define FILECACHE_TALK_H

#include "filecache/message.h"

/* As much as the kernel puts into one message of a dump. */
#define RECEIVE_ROOM 32768
#define REQUEST_ROOM 256

/**
 * struct filecache_client - connection to the module
 * @socket: generic netlink
 * @seq: of the last request
 * @family: ids that the kernel gave the filecache family and its groups
 * @buf: for replies, RECEIVE_ROOM bytes
 */
struct filecache_client {
	struct mnl_socket *socket;
	uint32_t seq;
	struct message_family family;
	char *buf;
};

/**
 * struct request - one request to be sent
 * @buf: the message
 * @nlh: its header, in @buf
 */
struct request {
	char buf[REQUEST_ROOM] __attribute__((aligned(NLMSG_ALIGNTO)));
	struct nlmsghdr *nlh;
};

/**
 * request_init() - Begin a request to the module.
 * @client: connection
 * @request: filled in; attributes may be put behind what is there
 * @cmd: enum of the uapi header
 * @dump: more than one message is expected
 */
void request_init(const struct filecache_client *client,
		  struct request *request, uint8_t cmd, bool dump);

/**
 * talk() - Send a request and take what comes until the reply is complete.
 * @client: connection
 * @request: the request
 * @reply: family, take and data are set
 *
 * Return: 0, or the kernel's, the socket's or @reply->take's negative errno.
 */
int talk(struct filecache_client *client, struct request *request,
	 struct message_reply *reply);

/**
 * struct one - where the one message of a reply goes
 * @read: one of message.h's, with its own type of structure
 * @to: the structure
 * @got: whether it came
 */
struct one {
	int (*read)(const struct nlmsghdr *nlh, void *to);
	void *to;
	bool got;
};

/* An entry for struct one from a reader that has a type. */
#define ONE_READER(name, type)						\
	static int read_##name(const struct nlmsghdr *nlh, void *to)	\
	{								\
		return message_##name(nlh, (type *)to);			\
	}

/**
 * ask_one() - A request that is answered by one message.
 * @client: connection
 * @request: the request
 * @one: reader and place
 * @object: whom the request is about, for the error
 * @err: why it failed, with what the user can do about it
 *
 * Return: 0 or negative errno; then *@one->to makes no sense.
 */
int ask_one(struct filecache_client *client, struct request *request,
	    struct one *one, const char *object, struct error *err);

/** ask_nothing() - A request that is answered by its acknowledgment alone. */
int ask_nothing(struct filecache_client *client, struct request *request,
		const char *object, struct error *err);

/** explain() - The error of a request about @object. Return: @code. */
int explain(const struct message_reply *reply, int code, const char *object,
	    struct error *err);

#endif
