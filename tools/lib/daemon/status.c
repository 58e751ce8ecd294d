// SPDX-License-Identifier: GPL-2.0-or-later
/* A socket on which a service answers root's questions, a line of JSON each. */
#include <errno.h>
#include <libgen.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/clock.h"
#include "base/json.h"
#include "status.h"

#define BACKLOG		16
/* So many connections are looked at in such a time. */
#define RATE		200
#define RATE_USEC	1000000

const struct status_limits status_limits_usual = {
	.clients = 16,
	.line = 4096,
	.idle_ns = 10 * NSEC_PER_SEC,
};

/**
 * struct client - somebody who asks
 * @server: whom
 * @next: another one
 * @fd: his socket
 * @source: of its events
 * @idle: drops him when it fires
 * @line: what he has sent, not yet a whole line
 * @len: of @line
 * @reply: what he is sent, NULL when there is nothing; until it has been sent,
 *	he is not read from
 * @reply_len: of @reply
 * @sent: of @reply
 */
struct client {
	struct status_server *server;
	struct client *next;
	int fd;
	sd_event_source *source;
	struct loop_timer *idle;
	char *line;
	size_t len;
	char *reply;
	size_t reply_len;
	size_t sent;
};

/**
 * struct status_server - the socket and who is connected
 * @loop: what it runs in
 * @commands: what may be asked for
 * @data: for @commands
 * @limits: what clients may take
 * @path: of the socket, removed at the end; NULL until it is ours
 * @fd: the socket
 * @source: of its events
 * @clients: a list
 * @count: of @clients
 */
struct status_server {
	struct loop *loop;
	const struct status_command *commands;
	void *data;
	struct status_limits limits;
	char *path;
	int fd;
	sd_event_source *source;
	struct client *clients;
	unsigned int count;
};

static void drop(struct client *client)
{
	struct status_server *server = client->server;
	struct client **at = &server->clients;

	while (*at != client)
		at = &(*at)->next;
	*at = client->next;
	server->count--;
	sd_event_source_disable_unref(client->source);
	loop_timer_destroy(client->idle);
	close(client->fd);
	free(client->line);
	free(client->reply);
	free(client);
}

static int on_idle(void *data, struct error *err)
{
	drop(data);
	return 0;
}

static void restart_idle(struct client *client)
{
	loop_timer_set(client->idle, clock_now_ns(CLOCK_MONOTONIC) +
		       client->server->limits.idle_ns);
}

static int run(const struct status_server *server, const json_t *request,
	       json_t **ret, struct error *err)
{
	const struct status_command *command;
	const char *name;
	int r;

	if (!json_is_object(request))
		return error_set(err, -EINVAL,
				 "a request is one line of JSON, like {\"request\": \"status\"}");
	r = json_get_string(request, "request", &name, err);
	if (r < 0)
		return r;
	for (command = server->commands; command->name; command++)
		if (strcmp(command->name, name) == 0)
			return command->run(server->data, request, ret, err);
	return error_set(err, -EINVAL, "%s: no such request", name);
}

/* Return: a line to be freed, or NULL when memory is short. */
static char *answer(const struct status_server *server, const char *line, size_t len)
{
	__free_json json_t *request = json_loadb(line, len, JSON_REJECT_DUPLICATES, NULL);
	json_t *content = NULL, *reply;
	struct error err = { 0 };
	char *text;

	if (run(server, request, &content, &err) < 0)
		reply = json_pack("{s:o}", "error", json_text(err.text));
	else
		reply = json_pack("{s:o}", "reply", content);
	if (!reply)
		return NULL;
	text = json_dumps(reply, JSON_COMPACT | JSON_ENSURE_ASCII);
	json_decref(reply);
	return text;
}

/* A whole line of @len bytes without its end is there. Return: 0, -errno. */
static int take_line(struct client *client, size_t len)
{
	char *text = answer(client->server, client->line, len), *more;
	size_t text_len;

	if (!text)
		return -ENOMEM;
	text_len = strlen(text);
	more = text_len < STATUS_REPLY_MAX ? realloc(text, text_len + 1) : NULL;
	if (!more) {
		free(text);
		return -ENOMEM;
	}
	more[text_len] = '\n';
	client->reply = more;
	client->reply_len = text_len + 1;
	client->sent = 0;
	client->len -= len + 1;
	memmove(client->line, client->line + len + 1, client->len);
	return 0;
}

/* Return: 1 when all is sent, 0 when more is to be sent later, -errno. */
static int send_reply(struct client *client)
{
	while (client->sent < client->reply_len) {
		ssize_t n = send(client->fd, client->reply + client->sent,
				 client->reply_len - client->sent,
				 MSG_NOSIGNAL | MSG_DONTWAIT);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return errno == EAGAIN ? 0 : -errno;
		client->sent += (size_t)n;
		restart_idle(client);
	}
	free(client->reply);
	client->reply = NULL;
	return 1;
}

/* Return: 1 when something has arrived, 0 when nothing has, -errno. */
static int receive(struct client *client)
{
	ssize_t n = recv(client->fd, client->line + client->len,
			 client->server->limits.line - client->len, MSG_DONTWAIT);

	if (n < 0)
		return errno == EAGAIN || errno == EINTR ? 0 : -errno;
	if (n == 0)
		return -ECONNRESET;
	client->len += (size_t)n;
	return 1;
}

/* All lines that are there, as long as the replies are taken. Return: 0, -errno. */
static int serve(struct client *client)
{
	char *end;
	int r;

	while (!client->reply && (end = memchr(client->line, '\n', client->len))) {
		r = take_line(client, (size_t)(end - client->line));
		if (r == 0)
			r = send_reply(client);
		if (r < 0)
			return r;
		restart_idle(client);
	}
	return !client->reply && client->len == client->server->limits.line ?
	       -EMSGSIZE : 0;
}

static int on_client(sd_event_source *source, int fd, uint32_t events, void *data)
{
	struct client *client = data;
	int r = 0;

	if (client->reply)
		r = send_reply(client);
	/* What has arrived before makes room for more, or another reply. */
	if (r >= 0 && !client->reply)
		r = serve(client);
	if (r >= 0 && !client->reply && (events & (EPOLLIN | EPOLLHUP)))
		r = receive(client);
	if (r >= 0 && !client->reply)
		r = serve(client);
	if (r >= 0 && (events & EPOLLERR))
		r = -EIO;
	/* Who is not answered is not listened to, which bounds what he takes. */
	if (r >= 0)
		r = sd_event_source_set_io_events(source, client->reply ? EPOLLOUT : EPOLLIN);
	if (r < 0)
		drop(client);
	return 0;
}

static bool may_ask(int fd)
{
	struct ucred peer;
	socklen_t len = sizeof(peer);

	return getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &peer, &len) == 0 &&
	       (peer.uid == 0 || peer.uid == geteuid());
}

static int add_client(struct status_server *server, int fd)
{
	struct client *client = calloc(1, sizeof(*client));
	int r = -ENOMEM;

	if (!client)
		return -ENOMEM;
	client->server = server;
	client->fd = fd;
	client->line = malloc(server->limits.line);
	if (client->line)
		r = loop_timer_create(server->loop, on_idle, client, &client->idle, NULL);
	if (r == 0)
		r = sd_event_add_io(loop_event(server->loop), &client->source, fd,
				    EPOLLIN, on_client, client);
	if (r < 0) {
		loop_timer_destroy(client->idle);
		free(client->line);
		free(client);
		return r;
	}
	restart_idle(client);
	client->next = server->clients;
	server->clients = client;
	server->count++;
	return 0;
}

static int on_connection(sd_event_source *source, int listener, uint32_t events,
			 void *data)
{
	struct status_server *server = data;
	int fd = accept4(listener, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);

	/* Whatever went wrong was the client's, who has gone. */
	if (fd < 0)
		return 0;
	if (!may_ask(fd) || server->count >= server->limits.clients ||
	    add_client(server, fd) < 0)
		close(fd);
	return 0;
}

/*
 * A socket that nobody answers at was left by a crash.  Any other file refuses a
 * connection too, and is not ours to remove.
 */
static bool is_stale(const struct sockaddr_un *address)
{
	__free_fd int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	struct stat st;

	return fd >= 0 && lstat(address->sun_path, &st) == 0 && S_ISSOCK(st.st_mode) &&
	       connect(fd, (const struct sockaddr *)address, sizeof(*address)) < 0 &&
	       errno == ECONNREFUSED;
}

static int make_folder(const char *path)
{
	__free_mem char *copy = strdup(path);

	if (!copy)
		return -ENOMEM;
	return mkdir(dirname(copy), 0755) < 0 && errno != EEXIST ? -errno : 0;
}

/* The mode of a socket's file is that of the socket before it has a name. */
static int bind_socket(struct status_server *server, const char *path)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	const struct sockaddr *name = (const struct sockaddr *)&address;
	int r;

	if (strlen(path) >= sizeof(address.sun_path))
		return -ENAMETOOLONG;
	strcpy(address.sun_path, path);
	r = make_folder(path);
	if (r < 0)
		return r;
	server->fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (server->fd < 0 || fchmod(server->fd, 0600) < 0)
		return -errno;
	r = bind(server->fd, name, sizeof(address));
	if (r < 0 && errno == EADDRINUSE && is_stale(&address) && unlink(path) == 0)
		r = bind(server->fd, name, sizeof(address));
	if (r < 0)
		return -errno;
	server->path = strdup(path);
	if (!server->path) {
		unlink(path);
		return -ENOMEM;
	}
	return listen(server->fd, BACKLOG) < 0 ? -errno : 0;
}

int status_create(struct loop *loop, const char *path,
		  const struct status_command *commands, void *data,
		  const struct status_limits *limits, struct status_server **ret,
		  struct error *err)
{
	struct status_server *server = calloc(1, sizeof(*server));
	int r;

	if (!server)
		return error_errno(err, -ENOMEM, "%s", path);
	*server = (struct status_server){
		.loop = loop, .commands = commands, .data = data,
		.limits = *limits, .fd = -1,
	};
	r = bind_socket(server, path);
	if (r == 0)
		r = sd_event_add_io(loop_event(loop), &server->source, server->fd,
				    EPOLLIN, on_connection, server);
	/* Without descriptors left nobody can be turned away, who asks on and on. */
	if (r >= 0)
		r = sd_event_source_set_ratelimit(server->source, RATE_USEC, RATE);
	if (r < 0) {
		status_destroy(server);
		if (r == -EADDRINUSE)
			return error_set(err, r,
					 "%s: another one answers there, or it is no socket; end it or write another path",
					 path);
		return error_errno(err, r, "%s", path);
	}
	*ret = server;
	return 0;
}

void status_destroy(struct status_server *server)
{
	if (!server)
		return;
	while (server->clients)
		drop(server->clients);
	sd_event_source_disable_unref(server->source);
	if (server->fd >= 0)
		close(server->fd);
	if (server->path)
		unlink(server->path);
	free(server->path);
	free(server);
}
