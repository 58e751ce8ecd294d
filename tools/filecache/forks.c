// SPDX-License-Identifier: GPL-2.0-or-later
/* Which processes descend from a command, by the kernel's process events. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <linux/cn_proc.h>
#include <linux/connector.h>
#include <linux/netlink.h>

#include "forks.h"

/* Some ten thousand events. */
#define BUFFER_BYTES (8 * 1024 * 1024)

/**
 * struct forks - a listener
 * @fd: socket of the process connector
 */
struct forks {
	int fd;
};

/* What is sent and received: three headers, one behind the other. */
struct listen_request {
	struct nlmsghdr nlh;
	struct cn_msg cn;
	enum proc_cn_mcast_op op;
} __attribute__((packed, aligned(NLMSG_ALIGNTO)));

static int ask_to_listen(int fd)
{
	struct listen_request request = {
		.nlh.nlmsg_len = sizeof(request),
		.nlh.nlmsg_type = NLMSG_DONE,
		.cn.id.idx = CN_IDX_PROC,
		.cn.id.val = CN_VAL_PROC,
		.cn.len = sizeof(request.op),
		.op = PROC_CN_MCAST_LISTEN,
	};

	return send(fd, &request, sizeof(request), 0) < 0 ? -errno : 0;
}

int forks_create(struct forks **ret, struct error *err)
{
	struct sockaddr_nl address = {
		.nl_family = AF_NETLINK,
		.nl_groups = CN_IDX_PROC,
	};
	struct forks *forks = malloc(sizeof(*forks));
	int size = BUFFER_BYTES, r = 0;

	if (!forks)
		return error_errno(err, -ENOMEM, "process events");
	forks->fd = socket(AF_NETLINK, SOCK_DGRAM | SOCK_CLOEXEC,
			   NETLINK_CONNECTOR);
	if (forks->fd < 0 ||
	    bind(forks->fd, (struct sockaddr *)&address, sizeof(address)) < 0)
		r = -errno;
	if (r == 0) {
		/* A smaller buffer does as well, unless very much goes on. */
		setsockopt(forks->fd, SOL_SOCKET, SO_RCVBUFFORCE, &size,
			   sizeof(size));
		r = ask_to_listen(forks->fd);
	}
	if (r < 0) {
		forks_destroy(forks);
		return error_errno(err, r, "process events");
	}
	*ret = forks;
	return 0;
}

void forks_destroy(struct forks *forks)
{
	if (!forks)
		return;
	if (forks->fd >= 0)
		close(forks->fd);
	free(forks);
}

static void take_event(const char *buf, size_t len, struct members *members)
{
	const size_t headers = NLMSG_HDRLEN + sizeof(struct cn_msg);
	struct proc_event event = { 0 };

	if (len <= headers)
		return;
	len -= headers;
	memcpy(&event, buf + headers, len < sizeof(event) ? len : sizeof(event));
	if (event.what != PROC_EVENT_FORK)
		return;
	/* A thread has the number of its process, which is known. */
	if (members_has_pid(members, event.event_data.fork.parent_tgid))
		members_add_pid(members, event.event_data.fork.child_tgid);
}

int forks_drain(struct forks *forks, struct members *members)
{
	int lost = 0;

	for (;;) {
		char buf[1024] __attribute__((aligned(NLMSG_ALIGNTO)));
		struct sockaddr_nl from;
		socklen_t size = sizeof(from);
		ssize_t n = recvfrom(forks->fd, buf, sizeof(buf), MSG_DONTWAIT,
				     (struct sockaddr *)&from, &size);

		if (n < 0 && errno == ENOBUFS)
			lost = -ENOBUFS;
		else if (n < 0 && errno != EINTR)
			return errno == EAGAIN ? lost : -errno;
		/* Only the kernel is believed. */
		else if (n >= 0 && from.nl_pid == 0)
			take_event(buf, (size_t)n, members);
	}
}
