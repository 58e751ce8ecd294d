// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * QEMU's machine protocol (QMP): lines of JSON over a unix socket.
 *
 * The other side is believed to be QEMU, but nothing it sends can make us wait
 * longer than agreed, or keep more than one line.
 */
#include <errno.h>
#include <inttypes.h>
#include <poll.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <sys/un.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/json.h"
#include "qmp-client.h"

#define NOT_QMP		"what answers is not QMP; give the path of a -qmp socket"
#define BUFFER_FIRST	4096
/* Enough to see what has arrived from somebody who is not waited for. */
#define LATE_WAIT_NS	NSEC_PER_MSEC
/* Up to here each whole number has a double of its own. */
#define WHOLE_MAX	9007199254740992.0

/**
 * struct qmp_client - a connection, or the want of one
 * @name: of the guest
 * @address: of the socket
 * @wait_ns: how long an answer is waited for
 * @fd: -1 when not connected
 * @number: of the connection
 * @pid: who listens
 * @greeted: QEMU has said what it is
 * @ready: and left its negotiation mode
 * @late: it has let us wait for nothing
 * @id: of the last request
 * @awaited: id of the request whose answer is to come, 0 for none
 * @buf: what has arrived
 * @room: size of @buf
 * @start: of what has not been taken yet
 * @end: of it
 * @scanned: up to here there is no end of a line
 */
struct qmp_client {
	char *name;
	struct sockaddr_un address;
	uint64_t wait_ns;
	int fd;
	unsigned int number;
	pid_t pid;
	bool greeted;
	bool ready;
	bool late;
	uint64_t id;
	uint64_t awaited;
	char *buf;
	size_t room;
	size_t start;
	size_t end;
	size_t scanned;
};

int qmp_client_create(struct qmp_client **ret, const char *name, const char *path,
		      uint64_t wait_ns, struct error *err)
{
	struct qmp_client *client;

	if (strlen(path) >= sizeof(client->address.sun_path))
		return error_set(err, -ENAMETOOLONG,
				 "%s: %s: is too long for a socket (%zu characters at most)",
				 name, path, sizeof(client->address.sun_path) - 1);
	client = calloc(1, sizeof(*client));
	if (client)
		client->name = strdup(name);
	if (!client || !client->name) {
		free(client);
		return error_errno(err, -ENOMEM, "%s", name);
	}
	client->address.sun_family = AF_UNIX;
	strcpy(client->address.sun_path, path);
	client->wait_ns = wait_ns;
	client->fd = -1;
	*ret = client;
	return 0;
}

static void disconnect(struct qmp_client *client)
{
	if (client->fd >= 0)
		close(client->fd);
	client->fd = -1;
	/* Nobody keeps a megabyte for the one long line there was. */
	free(client->buf);
	client->buf = NULL;
	client->room = 0;
	client->start = 0;
	client->end = 0;
	client->scanned = 0;
	client->awaited = 0;
	client->greeted = false;
	client->ready = false;
	client->late = false;
}

void qmp_client_close(struct qmp_client *client)
{
	disconnect(client);
}

void qmp_client_destroy(struct qmp_client *client)
{
	if (!client)
		return;
	disconnect(client);
	free(client->name);
	free(client);
}

unsigned int qmp_client_number(const struct qmp_client *client)
{
	return client->number;
}

pid_t qmp_client_pid(const struct qmp_client *client)
{
	return client->pid;
}

/* The connection is of no use any more. */
static int lose(struct qmp_client *client, struct error *err, const char *why)
{
	disconnect(client);
	return error_set(err, -ENOTCONN, "%s: %s: %s", client->name,
			 client->address.sun_path, why);
}

/* Nothing came; it may still. */
static int give_up(struct qmp_client *client, struct error *err)
{
	client->late = true;
	if (!client->greeted)
		return error_set(err, -ENOTCONN,
				 "%s: %s: QEMU does not greet; give it a socket that nobody else uses",
				 client->name, client->address.sun_path);
	return error_set(err, -ENOTCONN, "%s: %s: QEMU does not answer now",
			 client->name, client->address.sun_path);
}

/* Return: 0 when there is something to do, -ETIMEDOUT, -errno. */
static int wait_for(const struct qmp_client *client, short events, uint64_t until_ns)
{
	struct pollfd pfd = { .fd = client->fd, .events = events };

	for (;;) {
		uint64_t now_ns = clock_now_ns(CLOCK_MONOTONIC);
		struct timespec left;
		int n;

		if (now_ns >= until_ns)
			return -ETIMEDOUT;
		left.tv_sec = (time_t)((until_ns - now_ns) / NSEC_PER_SEC);
		left.tv_nsec = (long)((until_ns - now_ns) % NSEC_PER_SEC);
		n = ppoll(&pfd, 1, &left, NULL);
		if (n > 0)
			return 0;
		if (n < 0 && errno != EINTR)
			return -errno;
	}
}

/* Return: 0 or -ENOBUFS when a line is too long, -ENOMEM. */
static int make_room(struct qmp_client *client)
{
	size_t room = client->room ? 2 * client->room : BUFFER_FIRST;
	char *more;

	if (client->start > 0) {
		memmove(client->buf, client->buf + client->start,
			client->end - client->start);
		client->end -= client->start;
		client->scanned -= client->start;
		client->start = 0;
	}
	if (client->end < client->room)
		return 0;
	if (room > QMP_LINE_MAX)
		return -ENOBUFS;
	more = realloc(client->buf, room);
	if (!more)
		return -ENOMEM;
	client->buf = more;
	client->room = room;
	return 0;
}

/* More of what QEMU sends. Return: 0; -ETIMEDOUT; -ECONNRESET at the end; -errno. */
static int fill(struct qmp_client *client, uint64_t until_ns)
{
	int r = client->end < client->room ? 0 : make_room(client);
	ssize_t n;

	while (r == 0) {
		n = recv(client->fd, client->buf + client->end,
			 client->room - client->end, MSG_DONTWAIT);
		if (n > 0) {
			client->end += (size_t)n;
			return 0;
		}
		if (n == 0)
			return -ECONNRESET;
		if (errno != EAGAIN && errno != EINTR)
			return -errno;
		r = wait_for(client, POLLIN, until_ns);
	}
	return r;
}

/* A whole line that has arrived. Return: false when there is none. */
static bool take_line(struct qmp_client *client, const char **ret, size_t *ret_len)
{
	const char *end = NULL;

	if (client->scanned < client->end)
		end = memchr(client->buf + client->scanned, '\n',
			     client->end - client->scanned);
	if (!end) {
		client->scanned = client->end;
		return false;
	}
	*ret = client->buf + client->start;
	*ret_len = (size_t)(end - *ret);
	client->start += *ret_len + 1;
	client->scanned = client->start;
	return true;
}

/* The next object that is no event. Return: 0; -ENOTCONN. */
static int receive(struct qmp_client *client, uint64_t until_ns, json_t **ret,
		   struct error *err)
{
	const char *line;
	json_t *json;
	size_t len;
	int r;

	for (;;) {
		while (!take_line(client, &line, &len)) {
			r = fill(client, until_ns);
			if (r == -ETIMEDOUT)
				return give_up(client, err);
			if (r == -ENOBUFS)
				return lose(client, err, "sends a line without end; is it QEMU's?");
			if (r < 0)
				return lose(client, err, "the connection is lost");
		}
		json = json_loadb(line, len, QMP_JSON_FLAGS, NULL);
		if (!json_is_object(json)) {
			json_decref(json);
			return lose(client, err, NOT_QMP);
		}
		if (!json_object_get(json, "event")) {
			*ret = json;
			return 0;
		}
		json_decref(json);
		/* Events without end must not keep us here. */
		if (clock_now_ns(CLOCK_MONOTONIC) >= until_ns)
			return give_up(client, err);
	}
}

/* Some of a text, and with it a descriptor, unless that is -1. Return: as of send(). */
static ssize_t send_some(const struct qmp_client *client, const char *text, size_t len, int fd)
{
	struct iovec part = { .iov_base = (void *)text, .iov_len = len };
	union {
		struct cmsghdr header;
		char room[CMSG_SPACE(sizeof(int))];
	} control = { 0 };
	struct msghdr message = { .msg_iov = &part, .msg_iovlen = 1 };

	if (fd >= 0) {
		message.msg_control = &control;
		message.msg_controllen = sizeof(control);
		control.header.cmsg_level = SOL_SOCKET;
		control.header.cmsg_type = SCM_RIGHTS;
		control.header.cmsg_len = CMSG_LEN(sizeof(int));
		memcpy(CMSG_DATA(&control.header), &fd, sizeof(fd));
	}
	return sendmsg(client->fd, &message, MSG_NOSIGNAL | MSG_DONTWAIT);
}

/* Return: 0; -ENOTCONN, and what was sent of a line is of no use; -ENOMEM. */
static int send_text(struct qmp_client *client, const char *text, size_t len, int fd,
		     uint64_t until_ns, struct error *err)
{
	size_t sent = 0;
	int r;

	while (sent < len) {
		ssize_t n = send_some(client, text + sent, len - sent, fd);

		if (n > 0) {
			sent += (size_t)n;
			fd = -1;
			continue;
		}
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0 && errno != EAGAIN)
			return lose(client, err, "the connection is lost");
		r = wait_for(client, POLLOUT, until_ns);
		if (r < 0)
			return lose(client, err, "QEMU does not read what it is sent");
	}
	return 0;
}

/* Takes the reference of @arguments; @fd: goes with it, -1 for none. */
static int request(struct qmp_client *client, const char *command, json_t *arguments, int fd,
		   uint64_t until_ns, struct error *err)
{
	json_t *json;
	char *text;
	size_t len;
	int r;

	client->id++;
	json = json_pack("{s:s, s:o*, s:I}", "execute", command, "arguments", arguments,
			 "id", (json_int_t)client->id);
	text = json ? json_dumps(json, JSON_COMPACT | JSON_ENSURE_ASCII) : NULL;
	json_decref(json);
	if (!text)
		return error_errno(err, -ENOMEM, "%s", client->name);
	len = strlen(text);
	/* The end of the line takes the place of that of the string. */
	text[len] = '\n';
	r = send_text(client, text, len + 1, fd, until_ns, err);
	free(text);
	if (r == 0)
		client->awaited = client->id;
	return r;
}

/* The answer to the request that waits for one. Return: 0; -ENOTCONN. */
static int await(struct qmp_client *client, uint64_t until_ns, json_t **ret,
		 struct error *err)
{
	__free_json json_t *reply = NULL;
	const json_t *id;
	int r = receive(client, until_ns, &reply, err);

	if (r < 0)
		return r;
	id = json_object_get(reply, "id");
	/* One request is out at a time, so an answer to another is nonsense. */
	if (!json_is_real(id) || json_real_value(id) != (double)client->awaited)
		return lose(client, err, "answers what nobody asked; is it QEMU's?");
	client->awaited = 0;
	client->late = false;
	*ret = json_incref(reply);
	return 0;
}

static int take_greeting(struct qmp_client *client, uint64_t until_ns, struct error *err)
{
	__free_json json_t *greeting = NULL;
	int r = receive(client, until_ns, &greeting, err);

	if (r < 0)
		return r;
	if (!json_object_get(greeting, "QMP"))
		return lose(client, err, NOT_QMP);
	client->greeted = true;
	return request(client, "qmp_capabilities", NULL, -1, until_ns, err);
}

/* Whatever is still to come before something can be asked. */
static int settle(struct qmp_client *client, uint64_t until_ns, struct error *err)
{
	__free_json json_t *reply = NULL;
	int r = 0;

	if (!client->greeted)
		r = take_greeting(client, until_ns, err);
	if (r == 0 && client->awaited)
		r = await(client, until_ns, &reply, err);
	if (r < 0)
		return r;
	if (!client->ready && !json_object_get(reply, "return"))
		return lose(client, err, "QEMU does not accept commands there");
	client->ready = true;
	client->late = false;
	return 0;
}

static int connect_now(struct qmp_client *client, struct error *err)
{
	const struct sockaddr *address = (const struct sockaddr *)&client->address;
	const char *path = client->address.sun_path;
	struct ucred peer = { 0 };
	socklen_t len = sizeof(peer);
	int r;

	client->fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (client->fd < 0)
		return error_errno(err, -errno, "%s: %s", client->name, path);
	if (connect(client->fd, address, sizeof(client->address)) < 0) {
		r = -errno;
		disconnect(client);
		if (r == -ENOENT || r == -ECONNREFUSED)
			return error_set(err, -ENODEV,
					 "%s: nobody listens at %s; is the guest running, with '-qmp unix:%s,server=on,wait=off'?",
					 client->name, path, path);
		if (r == -EAGAIN)
			return error_set(err, -ENOTCONN,
					 "%s: %s: too many wait for QEMU's attention there",
					 client->name, path);
		return error_errno(err, r, "%s: %s", client->name, path);
	}
	getsockopt(client->fd, SOL_SOCKET, SO_PEERCRED, &peer, &len);
	client->pid = peer.pid;
	client->number++;
	return 0;
}

/* Events that have come meanwhile, or the end of the connection. */
static void drain(struct qmp_client *client)
{
	json_t *json;

	/* With nothing asked, anything but an event is nonsense; so is EOF. */
	if (receive(client, clock_now_ns(CLOCK_MONOTONIC) + LATE_WAIT_NS, &json, NULL) == 0) {
		json_decref(json);
		disconnect(client);
	}
	/* That there was nothing to read is as it should be. */
	client->late = false;
}

int qmp_client_open(struct qmp_client *client, struct error *err)
{
	uint64_t until_ns;
	int r = 0;

	if (client->fd >= 0 && client->ready && !client->awaited) {
		struct pollfd pfd = { .fd = client->fd, .events = POLLIN };

		if (poll(&pfd, 1, 0) > 0)
			drain(client);
	}
	if (client->fd < 0)
		r = connect_now(client, err);
	if (r < 0 || (client->ready && !client->awaited))
		return r;
	until_ns = clock_now_ns(CLOCK_MONOTONIC) +
		   (client->late ? LATE_WAIT_NS : client->wait_ns);
	return settle(client, until_ns, err);
}

int qmp_refused(const char *name, const char *command, const json_t *error, struct error *err)
{
	const char *class = json_string_value(json_object_get(error, "class"));
	const char *why = json_string_value(json_object_get(error, "desc"));
	int code = -EREMOTEIO;

	if (class && (strcmp(class, "DeviceNotActive") == 0 ||
		      strcmp(class, "DeviceNotFound") == 0))
		code = -ENXIO;
	return error_set(err, code, "%s: QEMU refused '%s': %.200s", name, command,
			 why ? why : "it does not say why");
}

static int execute(struct qmp_client *client, const char *command, json_t *arguments, int fd,
		   json_t **ret, struct error *err)
{
	__free_json json_t *reply = NULL;
	json_t *result;
	uint64_t until_ns = clock_now_ns(CLOCK_MONOTONIC) + client->wait_ns;
	int r;

	if (client->fd < 0 || !client->ready || client->awaited) {
		json_decref(arguments);
		return error_set(err, -ENOTCONN, "%s: %s: not connected", client->name,
				 client->address.sun_path);
	}
	r = request(client, command, arguments, fd, until_ns, err);
	if (r == 0)
		r = await(client, until_ns, &reply, err);
	if (r < 0)
		return r;
	result = json_object_get(reply, "return");
	if (!result)
		return qmp_refused(client->name, command, json_object_get(reply, "error"), err);
	if (ret)
		*ret = json_incref(result);
	return 0;
}

int qmp_execute(struct qmp_client *client, const char *command, json_t *arguments,
		json_t **ret, struct error *err)
{
	return execute(client, command, arguments, -1, ret, err);
}

int qmp_give_fd(struct qmp_client *client, const char *name, int fd, struct error *err)
{
	return execute(client, "getfd", json_pack("{s:s}", "fdname", name), fd, NULL, err);
}

int qmp_u64(const json_t *object, const char *key, uint64_t *ret)
{
	const json_t *member = json_object_get(object, key);
	double value = json_real_value(member);

	if (!json_is_real(member) || value < 0 || value >= WHOLE_MAX ||
	    value != (double)(uint64_t)value)
		return -EINVAL;
	*ret = (uint64_t)value;
	return 0;
}
