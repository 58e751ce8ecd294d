/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What a socket of a guest is called. */
#ifndef KVMONITOR_SOCKET_TEXT_H
#define KVMONITOR_SOCKET_TEXT_H

#include "guest/socket.h"

#define SOCKET_TEXT_MAX	128

/** socket_kind() - Such as "tcp6", "unix stream". Return: @buf, or a text that stays. */
const char *socket_kind(const struct guest_socket *socket, char buf[SOCKET_TEXT_MAX]);

/** socket_state() - As by ss(8). Return: a text that stays. */
const char *socket_state(const struct guest_socket *socket);

/**
 * socket_local() - Its own end: an address and a port, a path, what it gets.
 * @socket: such as told by guest_socket_of()
 * @buf: gets it
 *
 * Return: @buf; NULL when it has none.
 */
const char *socket_local(const struct guest_socket *socket, char buf[SOCKET_TEXT_MAX]);

/** socket_remote() - The other end, of IP, likewise. */
const char *socket_remote(const struct guest_socket *socket, char buf[SOCKET_TEXT_MAX]);

#endif
