/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Asking a service that runs; the other end of status.h. */
#ifndef DAEMON_CLIENT_H
#define DAEMON_CLIENT_H

#include <jansson.h>

#include "base/error.h"

/**
 * client_ask() - Ask one question, and wait for the answer.
 * @path: of the service's socket
 * @request: with a member "request"
 * @ret: member "reply" of the answer, a new reference
 * @err: why it failed, or what the service says
 *
 * Return: 0; -ENOENT or -ECONNREFUSED when no service answers there; -EACCES;
 * -ETIMEDOUT when it takes more than ten seconds; -EREMOTEIO when it reports
 * an error; -EPROTO when it says something else.
 */
int client_ask(const char *path, const json_t *request, json_t **ret,
	       struct error *err);

#endif
