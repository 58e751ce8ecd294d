/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A socket on which a service answers root's questions, a line of JSON each. */
#ifndef DAEMON_STATUS_H
#define DAEMON_STATUS_H

#include <stddef.h>
#include <stdint.h>

#include <jansson.h>

#include "base/error.h"
#include "loop.h"

/* What a reply may be at most; also for the client. */
#define STATUS_REPLY_MAX (16 << 20)

/**
 * struct status_command - something that may be asked for
 * @name: member "request" of the request; NULL ends a list of commands
 * @run: answers it: @ret is a new reference, which becomes member "reply" of
 *	the reply; on failure, the text of @err becomes member "error"
 */
struct status_command {
	const char *name;
	int (*run)(void *data, const json_t *request, json_t **ret,
		   struct error *err);
};

/**
 * struct status_limits - what clients may take
 * @clients: so many at a time; more are turned away
 * @line: bytes of a request; who sends more is dropped
 * @idle_ns: who neither sends a whole line nor reads is dropped after so long
 */
struct status_limits {
	unsigned int clients;
	size_t line;
	uint64_t idle_ns;
};

extern const struct status_limits status_limits_usual;

struct status_server;

/**
 * status_create() - Answer requests while the loop runs.
 * @loop: must outlive the server
 * @path: of the socket, which is made with mode 0600; its folder is made too
 * @commands: must outlive the server
 * @data: for @commands
 * @limits: copied
 * @ret: the server
 * @err: why it failed
 *
 * Besides the socket's mode, a client's uid is checked: root's or our own.
 *
 * Return: 0; -EADDRINUSE when another one answers there, or it is no socket; other negative errno.
 */
int status_create(struct loop *loop, const char *path,
		  const struct status_command *commands, void *data,
		  const struct status_limits *limits, struct status_server **ret,
		  struct error *err);

/** status_destroy() - Answer no more, remove the socket; NULL is allowed. */
void status_destroy(struct status_server *server);

#endif
