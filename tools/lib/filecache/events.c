// SPDX-License-Identifier: GPL-2.0-or-later
/* What the module announces by itself: ends of owners, thresholds crossed. */
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>

#include <linux/filecache.h>

#include "base/cleanup.h"
#include "talk.h"

/* Some thousand announcements, for a watcher that is not run for a while. */
#define BUFFER_BYTES (1024 * 1024)

/**
 * struct filecache_events - listener
 * @client: a connection of its own, so that no announcement meets a reply
 * @at: next message in the client's buffer
 * @left: bytes from @at on
 */
struct filecache_events {
	struct filecache_client *client;
	const struct nlmsghdr *at;
	size_t left;
};

static int join(struct filecache_client *client, uint32_t group,
		struct error *err)
{
	if (group == 0)
		return error_set(err, -EOPNOTSUPP,
				 "announcements: the loaded module makes none; load the newer one");
	if (mnl_socket_setsockopt(client->socket, NETLINK_ADD_MEMBERSHIP,
				  &group, sizeof(group)) == 0)
		return 0;
	if (errno == EPERM)
		return error_set(err, -EPERM,
				 "announcements: needs CAP_NET_ADMIN; run this as root");
	return error_errno(err, -errno, "announcements");
}

static int listen_to(struct filecache_client *client, unsigned int kinds,
		     struct error *err)
{
	int fd = mnl_socket_get_fd(client->socket);
	int room = BUFFER_BYTES;
	int r = 0;

	/* Forced, which root may; the other helps as far as it goes. */
	if (setsockopt(fd, SOL_SOCKET, SO_RCVBUFFORCE, &room, sizeof(room)) < 0)
		setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &room, sizeof(room));
	if (kinds & FILECACHE_EVENT_EXIT)
		r = join(client, client->family.exit_group, err);
	if (r == 0 && kinds & FILECACHE_EVENT_THRESHOLD)
		r = join(client, client->family.threshold_group, err);
	return r;
}

int filecache_events_create(struct filecache_events **ret, unsigned int kinds,
			    struct error *err)
{
	struct filecache_events *events = calloc(1, sizeof(*events));
	int r;

	if (!events)
		return error_errno(err, -ENOMEM, "announcements");
	r = filecache_client_create(&events->client, err);
	if (r == 0)
		r = listen_to(events->client, kinds, err);
	if (r < 0) {
		filecache_events_destroy(events);
		return r;
	}
	*ret = events;
	return 0;
}

void filecache_events_destroy(struct filecache_events *events)
{
	if (!events)
		return;
	filecache_client_destroy(events->client);
	free(events);
}

int filecache_events_fd(const struct filecache_events *events)
{
	return mnl_socket_get_fd(events->client->socket);
}

/* Return: 1 with something in the buffer, 0 for nothing yet, -errno. */
static int receive(struct filecache_events *events)
{
	int fd = filecache_events_fd(events);
	ssize_t n;

	do {
		n = recv(fd, events->client->buf, RECEIVE_ROOM, MSG_DONTWAIT);
	} while (n < 0 && errno == EINTR);
	if (n < 0)
		return errno == EAGAIN ? 0 : -errno;
	events->at = (const struct nlmsghdr *)events->client->buf;
	events->left = (size_t)n;
	return 1;
}

int filecache_events_next(struct filecache_events *events,
			  struct filecache_event *ret, struct error *err)
{
	int r;

	do {
		r = 1;
		if (events->left == 0)
			r = receive(events);
		if (r == 1)
			r = message_event(&events->at, &events->left,
					  events->client->family.id, ret);
	} while (r == -EAGAIN);
	if (r >= 0)
		return r;
	events->left = 0;
	if (r != -ENOBUFS)
		return error_errno(err, r, "announcements");
	*ret = (struct filecache_event){ .kind = FILECACHE_EVENT_LOST };
	return 1;
}

ONE_READER(threshold, struct filecache_threshold)

int filecache_threshold_set(struct filecache_client *client,
			    struct filecache_threshold *threshold,
			    struct error *err)
{
	struct filecache_threshold set;
	struct one one = { .read = read_threshold, .to = &set };
	struct request request;
	char object[40];
	int r;

	request_init(client, &request, FILECACHE_CMD_THRESHOLD_SET, false);
	if (threshold->owner_id) {
		snprintf(object, sizeof(object), "owner @%" PRIu64,
			 threshold->owner_id);
		mnl_attr_put_u64(request.nlh, FILECACHE_A_THRESHOLD_OWNER_ID,
				 threshold->owner_id);
	} else {
		snprintf(object, sizeof(object), "cgroup %" PRIu64,
			 threshold->cgroup_id);
		mnl_attr_put_u64(request.nlh, FILECACHE_A_THRESHOLD_CGROUP_ID,
				 threshold->cgroup_id);
	}
	mnl_attr_put_u64(request.nlh, FILECACHE_A_THRESHOLD_PAGES,
			 threshold->pages);
	if (threshold->hysteresis)
		mnl_attr_put_u64(request.nlh, FILECACHE_A_THRESHOLD_HYSTERESIS,
				 threshold->hysteresis);
	r = ask_one(client, &request, &one, object, err);
	if (r < 0)
		return r;
	threshold->id = set.id;
	threshold->state = set.state;
	threshold->now = set.now;
	return 0;
}

int filecache_threshold_del(struct filecache_client *client, uint32_t id,
			    struct error *err)
{
	struct request request;

	request_init(client, &request, FILECACHE_CMD_THRESHOLD_DEL, false);
	mnl_attr_put_u32(request.nlh, FILECACHE_A_THRESHOLD_ID, id);
	return ask_nothing(client, &request, "threshold", err);
}
