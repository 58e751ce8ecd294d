// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Sockets, by the open files that they are: a socket that no process has open (a connection
 * that is being closed) is not told.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>

#include "base/macros.h"
#include "base/u64.h"
#include "field.h"
#include "socket.h"

/* Where a struct unix_address has its struct sockaddr_un, and that its path. */
#define FAMILY_BYTES	2

static int read_bytes(const struct guest *guest, uint64_t object,
		      const struct types_member *member, void *ret, size_t len)
{
	return space_read(guest->kernel.space, field_address(object, member), ret, len);
}

static int read_ip(const struct guest *guest, struct guest_socket *s)
{
	const struct guest_layout *l = &guest->layout;
	bool six = s->family == AF_INET6;
	size_t len = six ? 16 : 4;
	uint64_t local_port, remote_port;
	int r = read_bytes(guest, s->address, six ? &l->sock_v6_local : &l->sock_local,
			   s->local, len);

	if (r == 0)
		r = read_bytes(guest, s->address, six ? &l->sock_v6_remote : &l->sock_remote,
			       s->remote, len);
	if (r == 0)
		r = field_read(guest, s->address, &l->sock_local_port, &local_port);
	if (r == 0)
		r = field_read(guest, s->address, &l->sock_remote_port, &remote_port);
	if (r < 0)
		return r;
	/* The one is kept as a number, the other as it is sent. */
	s->local_port = (uint16_t)local_port;
	s->remote_port = ntohs((uint16_t)remote_port);
	return 0;
}

static int read_unix(const struct guest *guest, struct guest_socket *s)
{
	const struct guest_layout *l = &guest->layout;
	uint64_t address, len;
	size_t i, bytes;
	int r = field_read(guest, s->address, &l->unix_addr, &address);

	/* It has not been bound. */
	if (r < 0 || !address)
		return r;
	r = field_read(guest, address, &l->unix_address_len, &len);
	if (r < 0)
		return r;
	if (len < FAMILY_BYTES)
		return -EPROTO;
	bytes = u64_min(len - FAMILY_BYTES, GUEST_SOCKET_NAME_MAX);
	r = space_read(guest->kernel.space, field_address(address, &l->unix_address_name) +
		       FAMILY_BYTES, s->name, bytes);
	if (r < 0)
		return r;
	s->name[bytes] = '\0';
	/* An abstract name begins with a NUL, and may have more. */
	if (bytes && s->name[0] == '\0') {
		for (i = 0; i < bytes; i++)
			if (s->name[i] == '\0')
				s->name[i] = '@';
	}
	return 0;
}

int guest_socket_of(struct guest *guest, const struct guest_file *file,
		    struct guest_socket *ret)
{
	const struct guest_layout *l = &guest->layout;
	struct guest_socket s = { .inode = file->number };
	uint64_t socket, family, type, protocol, state;
	int r;

	if (!S_ISSOCK(file->mode))
		return 0;
	r = field_read(guest, file->address, &l->file_private, &socket);
	if (r == 0)
		r = field_read(guest, socket, &l->socket_type, &type);
	if (r == 0)
		r = field_read(guest, socket, &l->socket_sk, &s.address);
	/* It is being closed. */
	if (r == 0 && !s.address)
		return 0;
	if (r == 0)
		r = field_read(guest, s.address, &l->sock_family, &family);
	if (r == 0)
		r = field_read(guest, s.address, &l->sock_protocol, &protocol);
	if (r == 0)
		r = field_read(guest, s.address, &l->sock_state, &state);
	if (r < 0)
		return r;
	s.family = (uint16_t)family;
	s.type = (uint16_t)type;
	s.protocol = (uint16_t)protocol;
	s.state = (uint8_t)state;
	if (s.family == AF_INET || s.family == AF_INET6)
		r = read_ip(guest, &s);
	else if (s.family == AF_UNIX)
		r = read_unix(guest, &s);
	if (r < 0)
		return r;
	*ret = s;
	return 1;
}
