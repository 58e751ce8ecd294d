// SPDX-License-Identifier: GPL-2.0-or-later
/* The tests' own client of the netlink family. */
#include <errno.h>
#include <poll.h>
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
	if (type == FILECACHE_A_FILE_PATH)
		snprintf(a->path, sizeof(a->path), "%.*s", (int)a->len[type],
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

/* Send a request for a dump and take all that it brings. */
static int dump(struct client *c, struct nlmsghdr *nlh,
		void (*take)(const struct attrs *, void *), void *data, bool *ret_torn)
{
	char reply[BUFFER];
	bool torn = false;
	int n;

	c->error[0] = '\0';
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

int client_dump(struct client *c, void (*take)(const struct attrs *, void *),
		void *data, bool *ret_torn)
{
	char buf[MNL_SOCKET_BUFFER_SIZE];

	return dump(c, client_request(c, buf, FILECACHE_CMD_OWNER_GET, NLM_F_DUMP), take,
		    data, ret_torn);
}

int client_dump_whole(struct client *c, void (*take)(const struct attrs *, void *),
		      void *data, size_t size)
{
	char before[size];
	bool torn;
	int err;

	memcpy(before, data, size);
	do {
		memcpy(data, before, size);
		err = client_dump(c, take, data, &torn);
	} while (!err && torn);
	return err;
}

int client_files(struct client *c, int attr, uint64_t value,
		 void (*take)(const struct attrs *, void *), void *data)
{
	char buf[MNL_SOCKET_BUFFER_SIZE];
	struct nlmsghdr *nlh = client_request(c, buf, FILECACHE_CMD_FILES_GET, NLM_F_DUMP);

	if (attr == FILECACHE_A_FILE_OWNER_ID)
		mnl_attr_put_u64(nlh, attr, value);
	else
		mnl_attr_put_u32(nlh, attr, value);
	return dump(c, nlh, take, data, NULL);
}

int client_forget(struct client *c, uint64_t id, struct attrs *ret)
{
	char buf[MNL_SOCKET_BUFFER_SIZE];
	struct nlmsghdr *nlh = client_request(c, buf, FILECACHE_CMD_FORGET, 0);

	if (id)
		mnl_attr_put_u64(nlh, FILECACHE_A_FORGET_ID, id);
	else
		mnl_attr_put(nlh, FILECACHE_A_FORGET_DEAD, 0, NULL);
	return client_talk(c, nlh, ret);
}

/**
 * struct group - a multicast group that is looked for
 * @name: of it
 * @id: of it, 0 until it is found
 */
struct group {
	const char *name;
	uint32_t id;
};

static int take_group(const struct nlattr *attr, void *data)
{
	struct group *group = data;
	const struct nlattr *field;
	const char *name = "";
	uint32_t id = 0;

	mnl_attr_for_each_nested(field, attr) {
		if (mnl_attr_get_type(field) == CTRL_ATTR_MCAST_GRP_NAME)
			name = mnl_attr_get_str(field);
		else if (mnl_attr_get_type(field) == CTRL_ATTR_MCAST_GRP_ID)
			id = mnl_attr_get_u32(field);
	}
	if (!strcmp(name, group->name))
		group->id = id;
	return MNL_CB_OK;
}

static int take_groups(const struct nlattr *attr, void *data)
{
	if (mnl_attr_get_type(attr) == CTRL_ATTR_MCAST_GROUPS)
		mnl_attr_parse_nested(attr, take_group, data);
	return MNL_CB_OK;
}

int client_join(struct client *c, const char *name)
{
	char buf[MNL_SOCKET_BUFFER_SIZE], reply[BUFFER];
	struct group group = { .name = name };
	uint16_t family = c->family;
	const struct nlmsghdr *nlh;
	struct nlmsghdr *request;
	int n;

	c->family = GENL_ID_CTRL;
	request = client_request(c, buf, CTRL_CMD_GETFAMILY, 0);
	c->family = family;
	/* The answer only, no acknowledgment, so that nothing is left to read. */
	request->nlmsg_flags = NLM_F_REQUEST;
	mnl_attr_put_strz(request, CTRL_ATTR_FAMILY_NAME, FILECACHE_FAMILY_NAME);
	if (mnl_socket_sendto(c->nl, request, request->nlmsg_len) < 0)
		return -errno;
	n = mnl_socket_recvfrom(c->nl, reply, sizeof(reply));
	if (n < 0)
		return -errno;
	for (nlh = (void *)reply; mnl_nlmsg_ok(nlh, n); nlh = mnl_nlmsg_next(nlh, &n))
		mnl_attr_parse(nlh, sizeof(struct genlmsghdr), take_groups, &group);
	if (!group.id)
		return -ENOENT;
	if (mnl_socket_setsockopt(c->nl, NETLINK_ADD_MEMBERSHIP, &group.id,
				  sizeof(group.id)) < 0)
		return -errno;
	return 0;
}

int client_wait(struct client *c, uint8_t cmd,
		bool (*match)(const struct attrs *, void *), void *data,
		struct attrs *ret)
{
	struct pollfd poll_fd = { .fd = mnl_socket_get_fd(c->nl), .events = POLLIN };
	char reply[BUFFER];
	struct nlmsghdr *nlh;
	int n;

	for (;;) {
		if (poll(&poll_fd, 1, 20000) == 0)
			return -ETIMEDOUT;
		n = mnl_socket_recvfrom(c->nl, reply, sizeof(reply));
		if (n < 0)
			return -errno;
		for (nlh = (void *)reply; mnl_nlmsg_ok(nlh, n);
		     nlh = mnl_nlmsg_next(nlh, &n)) {
			const struct genlmsghdr *genl = mnl_nlmsg_get_payload(nlh);

			if (nlh->nlmsg_type != c->family || genl->cmd != cmd)
				continue;
			memset(ret, 0, sizeof(*ret));
			mnl_attr_parse(nlh, sizeof(*genl), take_attr, ret);
			if (!match || match(ret, data))
				return 0;
		}
	}
}

int client_threshold(struct client *c, int attr, uint64_t value, uint64_t pages,
		     uint64_t hysteresis, struct attrs *ret)
{
	char buf[MNL_SOCKET_BUFFER_SIZE];
	struct nlmsghdr *nlh = client_request(c, buf, FILECACHE_CMD_THRESHOLD_SET, 0);

	mnl_attr_put_u64(nlh, attr, value);
	mnl_attr_put_u64(nlh, FILECACHE_A_THRESHOLD_PAGES, pages);
	if (hysteresis)
		mnl_attr_put_u64(nlh, FILECACHE_A_THRESHOLD_HYSTERESIS, hysteresis);
	return client_talk(c, nlh, ret);
}

int client_threshold_del(struct client *c, uint32_t id)
{
	char buf[MNL_SOCKET_BUFFER_SIZE];
	struct nlmsghdr *nlh = client_request(c, buf, FILECACHE_CMD_THRESHOLD_DEL, 0);

	mnl_attr_put_u32(nlh, FILECACHE_A_THRESHOLD_ID, id);
	return client_talk(c, nlh, NULL);
}
