// SPDX-License-Identifier: GPL-2.0-or-later
/* The tests' own client of the netlink family. */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include <linux/genetlink.h>

#include "client.h"

#define BUFFER 32768

static int take_attr(const struct nlattr *attr, void *data)
{
	struct attrs *a = data;
	unsigned int type = mnl_attr_get_type(attr);

	if (type >= ATTRS_MAX)
		return MNL_CB_OK;
	a->has[type] = true;
	a->len[type] = mnl_attr_get_payload_len(attr);
	if (a->len[type] == 8)
		memcpy(&a->v[type], mnl_attr_get_payload(attr), 8);
	else if (a->len[type] == 4)
		a->v[type] = mnl_attr_get_u32(attr);
	else if (a->len[type] == 2)
		a->v[type] = mnl_attr_get_u16(attr);
	if (type == FILECACHE_A_OWNER_COMM)
		snprintf(a->comm, sizeof(a->comm), "%.*s", (int)a->len[type],
			 (const char *)mnl_attr_get_payload(attr));
	return MNL_CB_OK;
}

static int take_text(const struct nlattr *attr, void *data)
{
	struct client *c = data;

	if (mnl_attr_get_type(attr) == NLMSGERR_ATTR_MSG)
		snprintf(c->error, sizeof(c->error), "%s", mnl_attr_get_str(attr));
	return MNL_CB_OK;
}

/* Return: what the kernel says, 0 or negative errno. */
static int take_error(struct client *c, const struct nlmsghdr *nlh)
{
	const struct nlmsgerr *e = mnl_nlmsg_get_payload(nlh);
	size_t skip = sizeof(*e);

	if (!(nlh->nlmsg_flags & NLM_F_CAPPED))
		skip += mnl_nlmsg_get_payload_len(&e->msg);
	if (nlh->nlmsg_flags & NLM_F_ACK_TLVS)
		mnl_attr_parse(nlh, skip, take_text, c);
	return e->error;
}

struct nlmsghdr *client_request(struct client *c, void *buf, uint8_t cmd,
				uint16_t flags)
{
	struct nlmsghdr *nlh = mnl_nlmsg_put_header(buf);
	struct genlmsghdr *genl;

	nlh->nlmsg_type = c->family;
	nlh->nlmsg_flags = NLM_F_REQUEST | NLM_F_ACK | flags;
	nlh->nlmsg_seq = ++c->seq;
	genl = mnl_nlmsg_put_extra_header(nlh, sizeof(*genl));
	genl->cmd = cmd;
	genl->version = 1;
	return nlh;
}

int client_talk(struct client *c, struct nlmsghdr *request, struct attrs *ret)
{
	char buf[BUFFER];
	const struct nlmsghdr *nlh;
	int n;

	c->error[0] = '\0';
	if (ret)
		memset(ret, 0, sizeof(*ret));
	if (mnl_socket_sendto(c->nl, request, request->nlmsg_len) < 0)
		return -errno;
	/* The answer first, then the acknowledgment that was asked for. */
	for (;;) {
		n = mnl_socket_recvfrom(c->nl, buf, sizeof(buf));
		if (n < 0)
			return -errno;
		for (nlh = (void *)buf; mnl_nlmsg_ok(nlh, n);
		     nlh = mnl_nlmsg_next(nlh, &n)) {
			if (nlh->nlmsg_type == NLMSG_ERROR)
				return take_error(c, nlh);
			if (ret)
				mnl_attr_parse(nlh, sizeof(struct genlmsghdr),
					       take_attr, ret);
		}
	}
}

int client_open(struct client *c)
{
	char buf[MNL_SOCKET_BUFFER_SIZE];
	struct nlmsghdr *nlh;
	struct attrs answer;
	int one = 1, err;

	memset(c, 0, sizeof(*c));
	c->nl = mnl_socket_open2(NETLINK_GENERIC, SOCK_CLOEXEC);
	if (!c->nl || mnl_socket_bind(c->nl, 0, MNL_SOCKET_AUTOPID) < 0)
		return -errno;
	mnl_socket_setsockopt(c->nl, NETLINK_EXT_ACK, &one, sizeof(one));
	mnl_socket_setsockopt(c->nl, NETLINK_GET_STRICT_CHK, &one, sizeof(one));
	c->family = GENL_ID_CTRL;
	nlh = client_request(c, buf, CTRL_CMD_GETFAMILY, 0);
	mnl_attr_put_strz(nlh, CTRL_ATTR_FAMILY_NAME, FILECACHE_FAMILY_NAME);
	err = client_talk(c, nlh, &answer);
	if (err)
		return err;
	c->family = answer.v[CTRL_ATTR_FAMILY_ID];
	return 0;
}

void client_close(struct client *c)
{
	mnl_socket_close(c->nl);
}

static int get_owner(struct client *c, int attr, uint64_t value, struct attrs *ret)
{
	char buf[MNL_SOCKET_BUFFER_SIZE];
	struct nlmsghdr *nlh = client_request(c, buf, FILECACHE_CMD_OWNER_GET, 0);

	if (attr == FILECACHE_A_OWNER_ID)
		mnl_attr_put_u64(nlh, attr, value);
	else
		mnl_attr_put_u32(nlh, attr, value);
	return client_talk(c, nlh, ret);
}

int client_pid(struct client *c, pid_t pid, struct attrs *ret)
{
	return get_owner(c, FILECACHE_A_OWNER_PID, pid, ret);
}

int client_owner(struct client *c, uint64_t id, struct attrs *ret)
{
	return get_owner(c, FILECACHE_A_OWNER_ID, id, ret);
}

int client_stats(struct client *c, struct attrs *ret)
{
	char buf[MNL_SOCKET_BUFFER_SIZE];

	return client_talk(c, client_request(c, buf, FILECACHE_CMD_STATS_GET, 0), ret);
}

int client_evict(struct client *c, int attr, uint64_t value, struct attrs *ret)
{
	char buf[MNL_SOCKET_BUFFER_SIZE];
	struct nlmsghdr *nlh = client_request(c, buf, FILECACHE_CMD_EVICT, 0);

	if (attr == FILECACHE_A_EVICT_ID)
		mnl_attr_put_u64(nlh, attr, value);
	else
		mnl_attr_put_u32(nlh, attr, value);
	return client_talk(c, nlh, ret);
}

int client_dump(struct client *c, void (*take)(const struct attrs *, void *),
		void *data, bool *ret_torn)
{
	char buf[MNL_SOCKET_BUFFER_SIZE], reply[BUFFER];
	struct nlmsghdr *nlh;
	bool torn = false;
	int n;

	nlh = client_request(c, buf, FILECACHE_CMD_OWNER_GET, NLM_F_DUMP);
	if (mnl_socket_sendto(c->nl, nlh, nlh->nlmsg_len) < 0)
		return -errno;
	for (;;) {
		n = mnl_socket_recvfrom(c->nl, reply, sizeof(reply));
		if (n < 0)
			return -errno;
		for (nlh = (void *)reply; mnl_nlmsg_ok(nlh, n);
		     nlh = mnl_nlmsg_next(nlh, &n)) {
			struct attrs a = {};

			torn |= nlh->nlmsg_flags & NLM_F_DUMP_INTR;
			if (nlh->nlmsg_type == NLMSG_ERROR)
				return take_error(c, nlh);
			if (nlh->nlmsg_type == NLMSG_DONE) {
				if (ret_torn)
					*ret_torn = torn;
				return *(int *)mnl_nlmsg_get_payload(nlh);
			}
			mnl_attr_parse(nlh, sizeof(struct genlmsghdr), take_attr, &a);
			take(&a, data);
		}
	}
}
