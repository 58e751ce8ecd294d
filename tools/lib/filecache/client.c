// SPDX-License-Identifier: GPL-2.0-or-later
/* Requests to the filecache module and what becomes of them. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>

#include <linux/filecache.h>
#include <linux/genetlink.h>

#include "base/cleanup.h"
#include "filecache/filecache.h"
#include "filecache/message.h"

/* As much as the kernel puts into one message of a dump. */
#define RECEIVE_ROOM 32768
#define REQUEST_ROOM 256

/* On a busy machine every dump is interrupted; do not try for ever. */
#define DUMP_TRIES 8

/* Four times what the module keeps; a dump that goes on is a fault. */
#define DUMP_OWNERS_MAX 4194304

/**
 * struct filecache_client - connection to the module
 * @socket: generic netlink
 * @seq: of the last request
 * @family: id that the kernel gave the filecache family
 * @buf: for replies, RECEIVE_ROOM bytes
 */
struct filecache_client {
	struct mnl_socket *socket;
	uint32_t seq;
	uint16_t family;
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

static void request_init(struct request *request, uint16_t type, uint8_t cmd,
			 uint8_t version, bool dump)
{
	struct genlmsghdr *genl;

	memset(request, 0, sizeof(*request));
	request->nlh = mnl_nlmsg_put_header(request->buf);
	request->nlh->nlmsg_type = type;
	/* With an acknowledgment, so that every reply has an end. */
	request->nlh->nlmsg_flags = NLM_F_REQUEST |
				    (dump ? NLM_F_DUMP : NLM_F_ACK);
	genl = mnl_nlmsg_put_extra_header(request->nlh, sizeof(*genl));
	genl->cmd = cmd;
	genl->version = version;
}

/* Return: 0, or the kernel's or the socket's negative errno. */
static int talk(struct filecache_client *client, struct request *request,
		struct message_reply *reply)
{
	ssize_t n;
	int r;

	reply->seq = ++client->seq;
	reply->portid = mnl_socket_get_portid(client->socket);
	reply->kernel_text[0] = '\0';
	request->nlh->nlmsg_seq = reply->seq;
	if (mnl_socket_sendto(client->socket, request->nlh,
			      request->nlh->nlmsg_len) < 0)
		return -errno;
	do {
		n = mnl_socket_recvfrom(client->socket, client->buf,
					RECEIVE_ROOM);
		if (n < 0 && errno == EINTR) {
			r = 1;
			continue;
		}
		if (n < 0)
			return -errno;
		r = message_walk(reply, client->buf, (size_t)n);
	} while (r > 0);
	return r;
}

/* The error of a request about @object, with what the user can do about it. */
static int explain(const struct message_reply *reply, int code,
		   const char *object, const char *todo, struct error *err)
{
	const char *reason = reply->kernel_text[0] ? reply->kernel_text :
						     strerror(-code);

	if (code == -EPROTO)
		reason = "the module's answer makes no sense";
	return error_set(err, code, "%s: %s%s%s", object, reason,
			 todo ? "; " : "", todo ? todo : "");
}

static int take_family(const struct nlmsghdr *nlh, void *data)
{
	return message_family(nlh, data);
}

static int resolve(struct filecache_client *client, struct error *err)
{
	struct message_reply reply = {
		.family = GENL_ID_CTRL,
		.take = take_family,
		.data = &client->family,
	};
	struct request request;
	int r;

	request_init(&request, GENL_ID_CTRL, CTRL_CMD_GETFAMILY, 1, false);
	mnl_attr_put_strz(request.nlh, CTRL_ATTR_FAMILY_NAME,
			  FILECACHE_FAMILY_NAME);
	r = talk(client, &request, &reply);
	if (r == -ENOENT)
		return error_set(err, r,
				 "the module is not loaded; load it with 'modprobe filecache'");
	if (r < 0)
		return explain(&reply, r, "family filecache", NULL, err);
	if (client->family == 0)
		return explain(&reply, -EPROTO, "family filecache", NULL, err);
	return 0;
}

static int open_socket(struct filecache_client *client, struct error *err)
{
	int on = 1;

	client->socket = mnl_socket_open2(NETLINK_GENERIC, SOCK_CLOEXEC);
	if (!client->socket)
		return error_errno(err, -errno, "netlink socket");
	if (mnl_socket_bind(client->socket, 0, MNL_SOCKET_AUTOPID) < 0)
		return error_errno(err, -errno, "netlink socket");
	/* Both only improve what is said about errors. */
	mnl_socket_setsockopt(client->socket, NETLINK_EXT_ACK, &on, sizeof(on));
	mnl_socket_setsockopt(client->socket, NETLINK_CAP_ACK, &on, sizeof(on));
	return 0;
}

int filecache_client_create(struct filecache_client **ret, struct error *err)
{
	struct filecache_client *client = calloc(1, sizeof(*client));
	int r;

	if (!client)
		return error_errno(err, -ENOMEM, "netlink");
	client->seq = (uint32_t)time(NULL);
	client->buf = malloc(RECEIVE_ROOM);
	r = client->buf ? open_socket(client, err) :
			  error_errno(err, -ENOMEM, "netlink");
	if (r == 0)
		r = resolve(client, err);
	if (r < 0) {
		filecache_client_destroy(client);
		return r;
	}
	*ret = client;
	return 0;
}

void filecache_client_destroy(struct filecache_client *client)
{
	if (!client)
		return;
	if (client->socket)
		mnl_socket_close(client->socket);
	free(client->buf);
	free(client);
}

/* Where the one message of a reply goes, and whether it came. */
struct one {
	void *to;
	bool got;
};

static int take_owner(const struct nlmsghdr *nlh, void *data)
{
	struct one *one = data;

	one->got = true;
	return message_owner(nlh, one->to);
}

static int take_stats(const struct nlmsghdr *nlh, void *data)
{
	struct one *one = data;

	one->got = true;
	return message_stats(nlh, one->to);
}

static int take_evicted(const struct nlmsghdr *nlh, void *data)
{
	struct one *one = data;

	one->got = true;
	return message_evicted(nlh, one->to);
}

/* What the user can do; the reason is the kernel's own sentence. */
static const char *hint(int code)
{
	switch (code) {
	case -ESRCH:
	case -ENOENT:
		return "'filecache list --all' shows the owners there are";
	case -EPERM:
	case -EACCES:
		return "run this as root";
	default:
		return NULL;
	}
}

/* A request that is answered by one message. */
static int ask_one(struct filecache_client *client, struct request *request,
		   struct message_reply *reply)
{
	struct one *one = reply->data;
	int r;

	reply->family = client->family;
	r = talk(client, request, reply);
	if (r == 0 && !one->got)
		r = -EPROTO;
	return r;
}

static int ask_owner(struct filecache_client *client, struct request *request,
		     const char *object, struct filecache_owner *ret,
		     struct error *err)
{
	struct filecache_owner owner;
	struct one one = { .to = &owner };
	struct message_reply reply = { .take = take_owner, .data = &one };
	int r = ask_one(client, request, &reply);

	if (r < 0)
		return explain(&reply, r, object, hint(r), err);
	*ret = owner;
	return 0;
}

int filecache_get_pid(struct filecache_client *client, pid_t pid,
		      struct filecache_owner *ret, struct error *err)
{
	struct request request;
	char object[32];

	snprintf(object, sizeof(object), "pid %d", (int)pid);
	request_init(&request, client->family, FILECACHE_CMD_OWNER_GET,
		     FILECACHE_FAMILY_VERSION, false);
	mnl_attr_put_u32(request.nlh, FILECACHE_A_OWNER_PID, (uint32_t)pid);
	return ask_owner(client, &request, object, ret, err);
}

int filecache_get_owner(struct filecache_client *client, uint64_t id,
			struct filecache_owner *ret, struct error *err)
{
	struct request request;
	char object[32];

	snprintf(object, sizeof(object), "owner @%llu", (unsigned long long)id);
	request_init(&request, client->family, FILECACHE_CMD_OWNER_GET,
		     FILECACHE_FAMILY_VERSION, false);
	mnl_attr_put_u64(request.nlh, FILECACHE_A_OWNER_ID, id);
	return ask_owner(client, &request, object, ret, err);
}

/**
 * struct dump - owners collected so far
 * @owners: array
 * @count: of owners
 * @room: of the array
 */
struct dump {
	struct filecache_owner *owners;
	size_t count;
	size_t room;
};

static int take_dumped(const struct nlmsghdr *nlh, void *data)
{
	struct dump *dump = data;
	int r;

	if (dump->count >= DUMP_OWNERS_MAX)
		return -EPROTO;
	if (dump->count == dump->room) {
		size_t room = dump->room ? 2 * dump->room : 256;
		struct filecache_owner *more;

		more = reallocarray(dump->owners, room, sizeof(*more));
		if (!more)
			return -ENOMEM;
		dump->owners = more;
		dump->room = room;
	}
	r = message_owner(nlh, &dump->owners[dump->count]);
	if (r < 0)
		return r;
	/* Owners in a dump are addressed by id; one without is no owner. */
	if (dump->owners[dump->count].id == 0)
		return -EPROTO;
	/* A list that turns in a circle must not fill the memory. */
	if (dump->count > 0 && dump->owners[dump->count].id ==
			       dump->owners[dump->count - 1].id)
		return -EPROTO;
	dump->count++;
	return 0;
}

int filecache_dump(struct filecache_client *client,
		   struct filecache_owner **ret, size_t *ret_count,
		   bool *ret_torn, struct error *err)
{
	struct dump dump = { 0 };
	struct message_reply reply = {
		.family = client->family,
		.dump = true,
		.take = take_dumped,
		.data = &dump,
	};
	struct request request;
	int tries = DUMP_TRIES, r;

	request_init(&request, client->family, FILECACHE_CMD_OWNER_GET,
		     FILECACHE_FAMILY_VERSION, true);
	do {
		dump.count = 0;
		reply.interrupted = false;
		r = talk(client, &request, &reply);
	} while (r == 0 && reply.interrupted && --tries > 0);
	if (r < 0) {
		free(dump.owners);
		/* Before 6.3, a dump that is refused comes without a sentence. */
		return explain(&reply, r, "all owners",
			       r == -EPERM && !reply.kernel_text[0] ?
			       "needs CAP_NET_ADMIN, run this as root" : hint(r),
			       err);
	}
	*ret = dump.owners;
	*ret_count = dump.count;
	*ret_torn = reply.interrupted;
	return 0;
}

int filecache_get_stats(struct filecache_client *client,
			struct filecache_stats *ret, struct error *err)
{
	struct filecache_stats stats;
	struct one one = { .to = &stats };
	struct message_reply reply = { .take = take_stats, .data = &one };
	struct request request;
	int r;

	request_init(&request, client->family, FILECACHE_CMD_STATS_GET,
		     FILECACHE_FAMILY_VERSION, false);
	r = ask_one(client, &request, &reply);
	if (r < 0)
		return explain(&reply, r, "statistics", hint(r), err);
	*ret = stats;
	return 0;
}

static int ask_evict(struct filecache_client *client, struct request *request,
		     const char *object, struct filecache_evicted *ret,
		     struct error *err)
{
	struct filecache_evicted evicted;
	struct one one = { .to = &evicted };
	struct message_reply reply = { .take = take_evicted, .data = &one };
	int r = ask_one(client, request, &reply);

	if (r < 0)
		return explain(&reply, r, object, hint(r), err);
	*ret = evicted;
	return 0;
}

int filecache_evict_owner(struct filecache_client *client, uint64_t id,
			  struct filecache_evicted *ret, struct error *err)
{
	struct request request;
	char object[32];

	snprintf(object, sizeof(object), "owner @%llu", (unsigned long long)id);
	request_init(&request, client->family, FILECACHE_CMD_EVICT,
		     FILECACHE_FAMILY_VERSION, false);
	mnl_attr_put_u64(request.nlh, FILECACHE_A_EVICT_ID, id);
	return ask_evict(client, &request, object, ret, err);
}

int filecache_evict_pid(struct filecache_client *client, pid_t pid,
			struct filecache_evicted *ret, struct error *err)
{
	struct request request;
	char object[32];

	snprintf(object, sizeof(object), "pid %d", (int)pid);
	request_init(&request, client->family, FILECACHE_CMD_EVICT,
		     FILECACHE_FAMILY_VERSION, false);
	mnl_attr_put_u32(request.nlh, FILECACHE_A_EVICT_PID, (uint32_t)pid);
	return ask_evict(client, &request, object, ret, err);
}
