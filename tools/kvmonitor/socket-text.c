// SPDX-License-Identifier: GPL-2.0-or-later
#include <arpa/inet.h>
#include <netinet/in.h>
#include <stdio.h>
#include <sys/socket.h>

#include "base/macros.h"
#include "socket-text.h"

/* include/net/tcp_states.h, as ss(8) calls them. */
static const char * const states[] = {
	"-", "ESTAB", "SYN-SENT", "SYN-RECV", "FIN-WAIT-1", "FIN-WAIT-2", "TIME-WAIT", "CLOSE",
	"CLOSE-WAIT", "LAST-ACK", "LISTEN", "CLOSING", "NEW-SYN-RECV",
};

const char *socket_kind(const struct guest_socket *s, char buf[SOCKET_TEXT_MAX])
{
	bool six = s->family == AF_INET6;

	if (s->family == AF_UNIX)
		return s->type == SOCK_STREAM ? "unix stream" :
		       s->type == SOCK_DGRAM ? "unix datagram" : "unix packet";
	if (s->family == AF_PACKET)
		return "packet";
	if (s->family == AF_NETLINK)
		return "netlink";
	if (s->family == AF_INET || six) {
		if (s->type == SOCK_RAW)
			return six ? "raw6" : "raw";
		if (s->protocol == IPPROTO_TCP)
			return six ? "tcp6" : "tcp";
		if (s->protocol == IPPROTO_UDP)
			return six ? "udp6" : "udp";
	}
	snprintf(buf, SOCKET_TEXT_MAX, "family %u", s->family);
	return buf;
}

const char *socket_state(const struct guest_socket *s)
{
	return s->state < ARRAY_SIZE(states) ? states[s->state] : "?";
}

static const char *end_of(const struct guest_socket *s, const uint8_t *address, uint16_t port,
			  char buf[SOCKET_TEXT_MAX])
{
	char text[INET6_ADDRSTRLEN];

	if (!inet_ntop(s->family, address, text, sizeof(text)))
		return NULL;
	snprintf(buf, SOCKET_TEXT_MAX, s->family == AF_INET6 ? "[%s]:%u" : "%s:%u", text, port);
	return buf;
}

const char *socket_local(const struct guest_socket *s, char buf[SOCKET_TEXT_MAX])
{
	switch (s->family) {
	case AF_INET:
	case AF_INET6:
		return end_of(s, s->local, s->local_port, buf);
	case AF_UNIX:
		snprintf(buf, SOCKET_TEXT_MAX, "%s", s->name);
		return s->name[0] ? buf : NULL;
	case AF_PACKET:
		if (s->interface)
			snprintf(buf, SOCKET_TEXT_MAX, "frames 0x%04x of interface %u",
				 s->protocol, s->interface);
		else
			snprintf(buf, SOCKET_TEXT_MAX, "frames 0x%04x", s->protocol);
		return buf;
	case AF_NETLINK:
		snprintf(buf, SOCKET_TEXT_MAX, "protocol %u, port %u", s->protocol, s->port);
		return buf;
	default:
		return NULL;
	}
}

const char *socket_remote(const struct guest_socket *s, char buf[SOCKET_TEXT_MAX])
{
	if (s->family != AF_INET && s->family != AF_INET6)
		return NULL;
	return end_of(s, s->remote, s->remote_port, buf);
}
