// SPDX-License-Identifier: GPL-2.0-or-later
/* Connection to the module: one request, sent and answered. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>

#include <linux/filecache.h>
#include <linux/genetlink.h>

#include "talk.h"

static void message_init(struct request *request, uint16_t type, uint8_t cmd,
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

void request_init(const struct filecache_client *client,
		  struct request *request, uint8_t cmd, bool dump)
{
	message_init(request, client->family.id, cmd, FILECACHE_FAMILY_VERSION,
		     dump);
}

int talk(struct filecache_client *client, struct request *request,
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

/* What the user can do; the reason is the kernel's own sentence. */
static const char *hint(const struct message_reply *reply, int code)
{
	switch (code) {
	case -ESRCH:
	case -ENOENT:
		return "; 'filecache list --all' shows the owners there are";
	case -EPERM:
	case -EACCES:
		/* Before 6.3, a dump that is refused comes without a sentence. */
		if (reply->dump && !reply->kernel_text[0])
			return "; needs CAP_NET_ADMIN or CAP_SYS_ADMIN, run this as root";
		return "; run this as root";
	case -EOPNOTSUPP:
		if (reply->kernel_text[0])
			return "";
		return "; the loaded module is older than this program, load the newer one";
	default:
		return "";
	}
}

int explain(const struct message_reply *reply, int code, const char *object,
	    struct error *err)
{
	const char *reason = reply->kernel_text[0] ? reply->kernel_text :
						     strerror(-code);

	if (code == -EPROTO)
		reason = "the module's answer makes no sense";
	return error_set(err, code, "%s: %s%s", object, reason,
			 hint(reply, code));
}

static int take_one(const struct nlmsghdr *nlh, void *data)
{
	struct one *one = data;

	one->got = true;
	return one->read(nlh, one->to);
}

int ask_one(struct filecache_client *client, struct request *request,
	    struct one *one, const char *object, struct error *err)
{
	struct message_reply reply = {
		.family = client->family.id,
		.take = take_one,
		.data = one,
	};
	int r = talk(client, request, &reply);

	if (r == 0 && !one->got)
		r = -EPROTO;
	return r < 0 ? explain(&reply, r, object, err) : 0;
}

static int take_none(const struct nlmsghdr *nlh, void *data)
{
	return 0;
}

int ask_nothing(struct filecache_client *client, struct request *request,
		const char *object, struct error *err)
{
	struct message_reply reply = {
		.family = client->family.id,
		.take = take_none,
	};
	int r = talk(client, request, &reply);

	return r < 0 ? explain(&reply, r, object, err) : 0;
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

	message_init(&request, GENL_ID_CTRL, CTRL_CMD_GETFAMILY, 1, false);
	mnl_attr_put_strz(request.nlh, CTRL_ATTR_FAMILY_NAME,
			  FILECACHE_FAMILY_NAME);
	r = talk(client, &request, &reply);
	if (r == -ENOENT)
		return error_set(err, r,
				 "the module is not loaded; load it with 'modprobe filecache'");
	if (r == 0 && client->family.id == 0)
		r = -EPROTO;
	return r < 0 ? explain(&reply, r, "family filecache", err) : 0;
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
