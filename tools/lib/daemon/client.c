// SPDX-License-Identifier: GPL-2.0-or-later
/* Asking a service that runs; the other end of status.h. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/un.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/json.h"
#include "client.h"
#include "status.h"

#define WAIT_S 10

static int connect_to(const char *path, int *ret, struct error *err)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	struct timeval wait = { .tv_sec = WAIT_S };
	int fd, r;

	if (strlen(path) >= sizeof(address.sun_path))
		return error_errno(err, -ENAMETOOLONG, "%s", path);
	strcpy(address.sun_path, path);
	fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (fd < 0)
		return error_errno(err, -errno, "%s", path);
	if (setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &wait, sizeof(wait)) < 0 ||
	    setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &wait, sizeof(wait)) < 0 ||
	    connect(fd, (struct sockaddr *)&address, sizeof(address)) < 0) {
		r = -errno;
		close(fd);
		if (r == -ENOENT || r == -ECONNREFUSED)
			return error_set(err, r, "%s: no service answers there; start it first",
					 path);
		return error_errno(err, r, "%s", path);
	}
	*ret = fd;
	return 0;
}

static int send_line(int fd, const json_t *request)
{
	__free_mem char *text = json_dumps(request, JSON_COMPACT | JSON_ENSURE_ASCII);
	size_t len, sent = 0;

	if (!text)
		return -ENOMEM;
	len = strlen(text);
	/* The end of the line takes the place of that of the string. */
	text[len++] = '\n';
	while (sent < len) {
		ssize_t n = send(fd, text + sent, len - sent, MSG_NOSIGNAL);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return -errno;
		sent += (size_t)n;
	}
	return 0;
}

static int receive_line(int fd, char **ret, size_t *ret_len)
{
	__free_mem char *buf = NULL;
	size_t len = 0, room = 0;

	while (len == 0 || buf[len - 1] != '\n') {
		ssize_t n;

		if (len == room) {
			char *more;

			room = room ? 2 * room : 4096;
			more = len < STATUS_REPLY_MAX ? realloc(buf, room) : NULL;
			if (!more)
				return -ENOMEM;
			buf = more;
		}
		n = recv(fd, buf + len, room - len, 0);
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return errno == EAGAIN ? -ETIMEDOUT : -errno;
		if (n == 0)
			return -ECONNRESET;
		len += (size_t)n;
	}
	*ret = no_free_ptr(buf);
	*ret_len = len;
	return 0;
}

static int read_reply(const char *path, const char *text, size_t len, json_t **ret,
		      struct error *err)
{
	__free_json json_t *json = json_loadb(text, len, JSON_REJECT_DUPLICATES, NULL);
	json_t *reply = json_object_get(json, "reply");
	const char *why = json_string_value(json_object_get(json, "error"));

	if (reply) {
		*ret = json_incref(reply);
		return 0;
	}
	if (why)
		return error_set(err, -EREMOTEIO, "%s", why);
	return error_set(err, -EPROTO,
			 "%s: the answer is not understood; is it of the same version?",
			 path);
}

static int exchange(const char *path, int fd, const json_t *request, json_t **ret,
		    struct error *err)
{
	__free_mem char *text = NULL;
	size_t len = 0;
	int r = send_line(fd, request);

	if (r == 0)
		r = receive_line(fd, &text, &len);
	if (r == -ETIMEDOUT)
		return error_set(err, r, "%s: no answer within %d seconds", path, WAIT_S);
	return r < 0 ? error_errno(err, r, "%s", path) :
	       read_reply(path, text, len, ret, err);
}

int client_ask(const char *path, const json_t *request, json_t **ret,
	       struct error *err)
{
	__free_fd int fd = -1;
	int r = connect_to(path, &fd, err);

	return r < 0 ? r : exchange(path, fd, request, ret, err);
}
